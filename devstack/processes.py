"""Starts one program of the stack, keeps its output in a log file, and ends it for certain.

Each program leads its own session, so that Ctrl-C in a terminal reaches the supervisor alone and what a
program started itself ends with it. On Linux it also ends when its parent is killed (see launch.py).
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from devstack.config import CHECKOUT

_LAUNCHER = Path(__file__).with_name("launch.py")
_LOG_LIMIT = 5_000_000


class ProcessError(Exception):
    """A program that could not be started or ended too early; the message ends with its last lines."""


@dataclass(frozen=True)
class Identity:
    """The user a program runs as when it must not run as root."""

    uid: int
    gid: int
    capability: int | None = None

    def flags(self) -> list[str]:
        """Arguments for launch.py."""
        flags = ["--uid", str(self.uid), "--gid", str(self.gid)]
        return flags if self.capability is None else [*flags, "--capability", str(self.capability)]


@dataclass(frozen=True)
class Command:
    """A program of the stack: how it is started and how it is ended."""

    name: str
    argv: Sequence[str]
    log: Path
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    cwd: Path = CHECKOUT
    stop_signal: signal.Signals = signal.SIGTERM
    #: Seconds between the stop signal and SIGKILL.
    grace: float = 10.0
    identity: Identity | None = None


class Process:
    """A program that was started."""

    def __init__(self, command: Command, child: asyncio.subprocess.Process) -> None:
        self.command = command
        self._child = child

    @property
    def pid(self) -> int:
        """The program's process id, which is its session's id too."""
        return self._child.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs."""
        return self._child.returncode

    async def wait(self) -> int:
        """Wait until it ends by itself."""
        return await self._child.wait()

    async def stop(self) -> None:
        """Ask it to end, then insist; returns when it and everything it started are gone."""
        if self._child.returncode is None:
            self._child.send_signal(self.command.stop_signal)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._child.wait(), self.command.grace)
        await self.kill()

    async def kill(self) -> None:
        """End it and everything it started, at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left in its group
            os.killpg(self.pid, signal.SIGKILL)
        await self._child.wait()

    def last_lines(self, count: int = 15) -> str:
        """The end of its log, to say why it failed."""
        return last_lines(self.command.log, count)


async def start(command: Command) -> Process:
    """Start a program.

    Raises:
        ProcessError: when it cannot be started at all.
    """
    command.log.parent.mkdir(parents=True, exist_ok=True)
    if command.log.exists() and command.log.stat().st_size > _LOG_LIMIT:
        command.log.replace(command.log.with_suffix(".previous.log"))
    launcher = [
        sys.executable, "-I", "-S", str(_LAUNCHER),
        "--parent", str(os.getpid()), "--signal", str(int(command.stop_signal)),
        *(command.identity.flags() if command.identity else []),
        "--",
    ]  # fmt: skip
    with command.log.open("ab") as log:
        try:
            child = await asyncio.create_subprocess_exec(
                *launcher,
                *command.argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(command.environ),
                cwd=command.cwd,
                start_new_session=True,
            )
        except OSError as error:
            raise ProcessError(f"{command.name} cannot be started: {error.strerror}") from None
    return Process(command, child)


async def run(command: Command, limit: float) -> None:
    """Run a program to its end.

    Raises:
        ProcessError: when it fails, or takes longer than `limit` seconds.
    """
    process = await start(command)
    try:
        code = await asyncio.wait_for(process.wait(), limit)
    except TimeoutError:
        raise ProcessError(f"{command.name} did not end within {limit:.0f} s") from None
    finally:
        await process.stop()
    if code != 0:
        raise ProcessError(f"{command.name} ended with code {code}:\n{process.last_lines()}")


def last_lines(path: Path, count: int = 15) -> str:
    """The last lines of a file, empty when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 20_000))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-count:])
    except OSError:
        return ""
