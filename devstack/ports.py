"""Which port each part of the embedded stack listens on, and free ports for private copies.

Everything listens on 127.0.0.1 alone. A port of `make run` is named in an environment variable, so that
two copies run side by side; a busy one is reported by the name of its part, its number and its variable.
"""

import random
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

LOOPBACK = "127.0.0.1"

#: Below the range the kernel gives to outgoing connections: a port that was free a moment ago stays free.
_PRIVATE_RANGE = range(20_000, 32_000)
_given: set[int] = set()


class PortError(Exception):
    """A port that cannot be used; the message says which and how to choose another."""


def is_free(port: int) -> bool:
    """Whether nothing listens on this loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Connections that were closed a moment ago must not count: a restart may follow at once.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A loopback port that is free and was not given before in this process."""
    for port in random.sample(_PRIVATE_RANGE, len(_PRIVATE_RANGE)):
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise PortError(f"no free port between {_PRIVATE_RANGE.start} and {_PRIVATE_RANGE.stop}")


@dataclass(frozen=True)
class Ports:
    """One port for each part that somebody may want to reach."""

    portal: int = 8000
    mailbox: int = 8025
    smtp: int = 1025
    temporal: int = 7233
    temporal_ui: int = 8233
    codec: int = 8234
    sirene: int = 8030
    postgres: int = 5433
    start: int = 8080
    portal_metrics: int = 9464
    worker_metrics: int = 9465
    worker_health: int = 9466

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Ports":
        """Read `MON_ESPACE_PORT_<NAME>`; what is absent keeps its default.

        Raises:
            PortError: for a value that is no port, or a port that two parts would share.
        """
        chosen: dict[str, int] = {}
        for part in fields(cls):
            text = environ.get(variable(part.name), "").strip()
            if not text:
                continue
            if not text.isdecimal() or not 0 < int(text) < 65_536:
                raise PortError(f"{variable(part.name)} must be a port between 1 and 65535")
            chosen[part.name] = int(text)
        ports = cls(**chosen)
        owner: dict[int, str] = {}
        for name, port in ports.named():
            if other := owner.get(port):
                raise PortError(f"port {port} is given to both {other} and {name}: set {variable(name)}")
            owner[port] = name
        return ports

    @classmethod
    def free(cls) -> "Ports":
        """Free ports for a private copy of the whole stack."""
        return cls(**{part.name: free_port() for part in fields(cls)})

    def named(self) -> Iterator[tuple[str, int]]:
        """Each part with its port."""
        for part in fields(self):
            yield part.name, getattr(self, part.name)

    def require_free(self, unneeded: frozenset[str] = frozenset()) -> None:
        """Refuse to go on while a port is taken.

        Raises:
            PortError: one line for each busy port.
        """
        busy = [
            f"port {port} ({name}) is in use: free it, or set {variable(name)} to another port"
            for name, port in self.named()
            if name not in unneeded and not is_free(port)
        ]
        if busy:
            raise PortError("\n".join(busy))


def variable(name: str) -> str:
    """The environment variable that sets this part's port."""
    return f"MON_ESPACE_PORT_{name.upper()}"
