"""docs/wire.md names tests that exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)(?:\[([^\]`]+)\])?`")


def test_every_row_names_a_test_that_exists() -> None:
    rows = [
        line
        for line in (ROOT / "docs" / "wire.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("|") and not line.startswith(("|---", "| what comes"))
    ]
    assert len(rows) > 60
    for row in rows:
        found = NAMED.findall(row)
        assert found, row
        for file, name, case in found:
            source = (ROOT / file).read_text(encoding="utf-8")
            tests = [
                node
                for node in ast.parse(source).body
                if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and node.name == name
            ]
            assert tests, row
            text = "\n".join(ast.unparse(one) for one in tests[0].decorator_list)
            assert not case or case.replace("'", "\\'") in text or case in text, row
