"""Where one copy of the embedded stack keeps its state, and where everything built once is kept.

The data folder belongs to one copy and may be thrown away; the cache is shared by all copies of a user
and stands outside the checkout, because what is in it takes minutes to make again.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devstack.ports import LOOPBACK, Ports

CHECKOUT = Path(__file__).resolve().parent.parent


def cache_folder(environ: Mapping[str, str]) -> Path:
    """`MON_ESPACE_CACHE`, else `mon-espace` in the user's cache folder; works without HOME."""
    if given := environ.get("MON_ESPACE_CACHE"):
        return Path(given).expanduser().absolute()
    xdg = environ.get("XDG_CACHE_HOME", "")
    if xdg and Path(xdg).is_absolute():
        return Path(xdg) / "mon-espace"
    home = environ.get("HOME") or os.path.expanduser("~")  # without HOME, the user database knows
    if not os.path.isabs(home):
        home = f"/var/tmp/mon-espace-{os.getuid()}"  # noqa: S108 - a user without any home at all
    return Path(home) / ".cache" / "mon-espace"


@dataclass(frozen=True)
class StackConfig:
    """One copy of the stack: its folder and its ports."""

    data: Path
    cache: Path
    ports: Ports

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "StackConfig":
        """Read `MON_ESPACE_DATA`, `MON_ESPACE_CACHE` and `MON_ESPACE_PORT_*`."""
        given = environ.get("MON_ESPACE_DATA")
        data = Path(given).expanduser().absolute() if given else CHECKOUT / ".devstack"
        return cls(data=data, cache=cache_folder(environ), ports=Ports.from_environ(environ))

    @property
    def logs(self) -> Path:
        """One log file for each process of the stack."""
        return self.data / "logs"

    def url(self, part: str) -> str:
        """The address of a part that speaks HTTP."""
        return f"http://{LOOPBACK}:{getattr(self.ports, part)}"
