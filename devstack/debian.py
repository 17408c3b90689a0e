"""Debian's PostgreSQL, for what needs an extension that the wheel lacks: the engine's visibility store.

The order: MON_ESPACE_POSTGRESQL (a folder of programs), then what Debian's packages left on this machine.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from devstack.engine.model import Say

_PLACE = Path("/usr/lib/postgresql")
_SHARED = Path("/usr/share/postgresql")


def find(environ: Mapping[str, str]) -> Path | None:
    """The folder of the newest PostgreSQL's programs that has the extension btree_gin."""
    if given := environ.get("MON_ESPACE_POSTGRESQL"):
        return Path(given) if (Path(given) / "initdb").exists() else None
    versions = [program.parent.parent.name for program in _PLACE.glob("*/bin/initdb")]
    for version in sorted(versions, key=_number, reverse=True):
        if (_SHARED / version / "extension" / "btree_gin.control").exists():
            return _PLACE / version / "bin"
    return None


def install(environ: Mapping[str, str], say: Say) -> Path | None:
    """Install the package, as root, on a machine that is nobody's own: it brings a cluster and a user."""
    if environ.get("MON_ESPACE_POSTGRESQL") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    say("installing PostgreSQL with apt-get")
    quiet = {**environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", "postgresql"]):
        subprocess.run(["apt-get", *arguments], env=quiet, capture_output=True, timeout=900, check=False)
    return find(environ)


def _number(version: str) -> int:
    return int(version) if version.isdigit() else 0
