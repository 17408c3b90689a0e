"""The layers, for what import-linter does not see: modules at the top level."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IO_LIBRARIES = {
    "asyncpg",
    "aiosmtplib",
    "httpx2",
    "fastapi",
    "starlette",
    "uvicorn",
    "cryptography",
    "argon2",
}
#: All that workflows may import: no sandbox watches them at run time.
OF_WORKFLOWS = {"asyncio", "collections", "contextlib", "datetime", "typing"} | {
    "domain", "pydantic", "temporalio", "workflows",
}  # fmt: skip
IMPURE = IO_LIBRARIES | {"temporalio", "time", "random", "secrets", "os", "uuid"}


def imported(path: Path) -> set[str]:
    """Top-level names that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_worker_is_the_composition_root_of_production_parts_alone() -> None:
    assert imported(ROOT / "worker.py") & {"devstack", "starter", "tests"} == set()


def test_nobody_imports_the_worker_but_tests() -> None:
    for folder in ("domain", "workflows", "activities", "infrastructure", "starter", "devstack"):
        for path in (ROOT / folder).rglob("*.py"):
            assert "worker" not in imported(path), path


@pytest.mark.parametrize("path", sorted((ROOT / "workflows").glob("*.py")), ids=lambda path: path.name)
def test_workflows_do_nothing_that_a_replay_would_find_otherwise(path: Path) -> None:
    assert imported(path) <= OF_WORKFLOWS
    assert list(impurities(ast.parse(path.read_text(encoding="utf-8")))) == []


def impurities(tree: ast.Module) -> Iterator[str]:
    """What reads a clock other than Temporal's, does I/O, or keeps something between registrations."""
    for node in ast.walk(tree):
        match node:
            case ast.Global(names=names):
                yield f"global {names}"
            case ast.Call(func=ast.Name(id="open" | "input" | "print" | "eval" | "exec" as name)):
                yield name
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr="now" | "today" | "utcnow")):
                if owner != "workflow":
                    yield f"{owner}'s clock"


def test_impurities_are_seen() -> None:
    bad = "global seen\ndatetime.now()\nprint(1)\nworkflow.now()"
    assert len(list(impurities(ast.parse(bad)))) == 3


@pytest.mark.parametrize("path", sorted((ROOT / "domain").glob("*.py")), ids=lambda path: path.name)
def test_the_domain_knows_no_clock_no_chance_and_no_temporal(path: Path) -> None:
    assert imported(path) & IMPURE == set()
    text = path.read_text(encoding="utf-8")
    assert "datetime.now" not in text
    assert "utcnow" not in text


def test_one_place_talks_to_registrations() -> None:
    """Only the facade and its neighbours hold a Temporal client."""
    allowed = {
        "registrations.py",
        "letters.py",
        "app.py",
        "cli.py",
        "codec_server.py",
        "contract.py",
        "retention.py",
    }
    for path in (ROOT / "starter").rglob("*.py"):
        if "temporalio" in imported(path):
            assert path.name in allowed or "operators" in path.parts, path


def test_the_portal_starts_without_the_command_line() -> None:
    said = "import sys, starter.app; print('typer' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout.strip() == "False"
