"""The user PostgreSQL runs as when the stack is started by root, which it refuses.

Started by anybody else, it runs as that user. Started by root (a container, a CI machine), it runs as the
owner of an existing cluster, else as `nobody`: no user is created. A checkout, a virtual environment or a
temporary folder often stands below a folder that only root may enter; then the server keeps one of root's
capabilities to pass through, and no mode of any folder is changed.
"""

import os
import pwd
import stat
from pathlib import Path

from devstack.processes import Identity

_OVERRIDE, _READ_SEARCH = 1, 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


class UnreachableError(Exception):
    """The server's user cannot reach a file it needs; the message says what to do."""


def for_server(cluster: Path, program: Path) -> Identity | None:
    """Who runs this program on this cluster; None for the present user.

    Raises:
        UnreachableError: as root without the means to let another user in.
    """
    if os.geteuid() != 0:
        return None
    uid, gid = _owner(cluster)
    if all(_may_enter(folder, uid) for path in (cluster, program) for folder in path.resolve().parents):
        return Identity(uid, gid)
    held = _held_capabilities()
    executable = stat.S_IROTH | stat.S_IXOTH
    for capability in (_READ_SEARCH, _OVERRIDE):
        # Reading through folders is enough, unless the program itself is closed to others.
        sufficient = capability == _OVERRIDE or program.stat().st_mode & executable == executable
        if held >> capability & 1 and sufficient:
            return Identity(uid, gid, capability)
    raise UnreachableError(
        "PostgreSQL does not run as root, and no other user can reach its files: start as an ordinary user, "
        "or put the checkout and MON_ESPACE_DATA into folders that every user may enter"
    )


def _owner(cluster: Path) -> tuple[int, int]:
    if cluster.exists() and (owned := cluster.stat()).st_uid != 0:
        return owned.st_uid, owned.st_gid
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise UnreachableError("PostgreSQL does not run as root, and there is no user `nobody`") from None
    return nobody.pw_uid, nobody.pw_gid


def _may_enter(folder: Path, uid: int) -> bool:
    status = folder.stat() if folder.exists() else None
    if status is None:
        return True  # made later, by the caller
    return bool(status.st_mode & stat.S_IXOTH) or (
        status.st_uid == uid and bool(status.st_mode & stat.S_IXUSR)
    )


def _held_capabilities() -> int:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1], 16) for line in lines if line.startswith("CapPrm:")), 0)
