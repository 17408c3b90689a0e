"""The client in Go, built once for the run; its modules and objects are kept outside the checkout."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from devstack.config import CHECKOUT, cache_folder
from devstack.engine.build import USUAL_PLACES, go_environ

SOURCE = CHECKOUT / "clients" / "go"
#: The first build compiles Temporal's SDK: some three minutes on two cores.
BUILD_WITHIN = 900.0


class Go:
    """A Go toolchain with our own caches; the user's settings only say where modules come from."""

    def __init__(self, program: str, cache: Path) -> None:
        self._program = program
        self._environ = go_environ(os.environ, cache)

    def run(self, *arguments: str, seconds: float = BUILD_WITHIN) -> subprocess.CompletedProcess[str]:
        """Run one command of Go in the client's folder."""
        return subprocess.run(
            [self._program, *arguments],
            cwd=SOURCE,
            env=self._environ,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )


@pytest.fixture(scope="session")
def go() -> Go:
    """Go with the client's modules at hand; skips where either cannot be had."""
    program = next((p for p in (shutil.which("go"), *USUAL_PLACES) if p and Path(p).exists()), None)
    if program is None:
        pytest.skip("no Go on this machine")
    cache = cache_folder(os.environ) / "clients-go"
    cache.mkdir(parents=True, exist_ok=True)
    go = Go(program, cache)
    if "requires go" in (version := go.run("list", "-m", seconds=60)).stderr:
        pytest.skip(f"Go is too old here: {version.stderr.strip()}")
    if go.run("mod", "download", seconds=300).returncode:
        pytest.skip("the modules of the client in Go cannot be downloaded here")
    return go


@pytest.fixture(scope="session")
def client(go: Go, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program."""
    program = tmp_path_factory.mktemp("go") / "client"
    built = go.run("build", "-o", str(program), ".")
    assert built.returncode == 0, built.stderr
    return program
