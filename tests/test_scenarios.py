"""docs/scenarios.md names tests that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMED = re.findall(r"`(\w+/\w+)::(test_\w+)`", (ROOT / "docs/scenarios.md").read_text(encoding="utf-8"))


def test_every_line_names_a_test() -> None:
    lines = (ROOT / "docs/scenarios.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| ") and not line.startswith("| line")]
    assert len(rows) > 50
    assert not [row for row in rows if "::test_" not in row]


@pytest.mark.parametrize(("file", "test"), sorted(set(NAMED)))
def test_named_test_exists(file: str, test: str) -> None:
    tree = ast.parse((ROOT / "tests" / f"{file}.py").read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    assert test in {node.name for node in ast.walk(tree) if isinstance(node, functions)}
