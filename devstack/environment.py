"""The product's environment beside its data, so that its programs can be run against a running copy:

set -a; . .devstack/env; set +a
python -m starter list
"""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

NAME = "env"
_OURS = ("AKTO_", "TEMPORAL_")


def write(folder: Path, environ: Mapping[str, str]) -> None:
    """Write it for the shell, readable by its owner alone: it holds the copy's keys."""
    lines = [
        f"{name}={shlex.quote(value)}" for name, value in sorted(environ.items()) if name.startswith(_OURS)
    ]
    path = folder / NAME
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def read(folder: Path) -> dict[str, str]:
    """Read it back.

    Raises:
        FileNotFoundError: no copy has run in that folder.
    """
    lines = (folder / NAME).read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if line)
    return {name: "".join(shlex.split(value)) for name, _, value in pairs}
