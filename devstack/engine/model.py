"""What an engine is to the rest of the stack, and what each road to one is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devstack.processes import Process

Say = Callable[[str], None]


class RoadClosed(Exception):
    """This road leads to no engine here; the message says why, in one or a few lines."""


class EngineError(Exception):
    """No road leads to an engine; the message lists each road tried and why it failed."""


@dataclass(frozen=True)
class EngineSettings:
    """What an engine is asked for.

    Attributes:
        folder: where its database and configuration are kept.
        cache: where engines that were built or downloaded once are kept.
        environ: the environment the roads look at.
        port: the loopback port of its gRPC interface.
        ui_port: the loopback port of its web interface; None for no web interface.
        codec_url: the codec server the web interface uses.
        namespace: the namespace that must exist.
        logs: the folder of its log files.
        private: the namespace is one test run's own: on a given server it is removed at the end.
        say: tells the developer what takes long.
    """

    folder: Path
    cache: Path
    environ: Mapping[str, str]
    port: int
    ui_port: int | None = None
    codec_url: str | None = None
    namespace: str = "default"
    logs: Path = Path()
    private: bool = False
    say: Say = field(default=lambda text: None)


@dataclass
class Engine:
    """An engine that answers, with the namespace that was asked for.

    Attributes:
        address: host:port of its gRPC interface.
        namespace: the namespace to use.
        road: which road led to it, for people.
        environ: the variables a program needs to reach it, on top of its own environment.
        ui: the address of its web interface, if it has one here.
        processes: its programs, in the order they were started; none when it was given.
    """

    address: str
    namespace: str
    road: str
    environ: Mapping[str, str]
    ui: str | None = None
    processes: list[Process] = field(default_factory=list)

    async def stop(self) -> None:
        """End its programs, the last one started first."""
        for process in reversed(self.processes):
            await process.stop()
