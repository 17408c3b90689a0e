"""Keeps the programs of the stack running, and ends them in the right order.

A program that dies is started again, sooner at first and later when it keeps dying, and said so. At the
end the layers are taken down from the top: nothing loses what it stands on while it still works.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import IntEnum

from devstack.processes import Command, Process, ProcessError, start

Say = Callable[[str], None]

_FIRST_PAUSE = 0.5
#: Seconds after which a program counts as healthy again.
_HEALTHY_AFTER = 30.0


class Layer(IntEnum):
    """What stands on what, the ground first."""

    GROUND = 0  # PostgreSQL
    ENGINE = 1
    AROUND = 2  # mailbox, Sirene stand-in, codec server, web interfaces
    WORKER = 3
    WEB = 4


@dataclass(frozen=True)
class Part:
    """A program of the stack, its place, and how one knows that it is ready."""

    command: Command
    layer: Layer
    ready: Callable[[Process], Awaitable[None]]


@dataclass
class _Kept:
    process: Process
    layer: Layer
    watch: asyncio.Task[None] | None = None


@dataclass
class Supervisor:
    """The running programs of one stack.

    Attributes:
        say: tells the developer what happens.
        changed: called with the process ids whenever they change.
        longest_pause: seconds before the next start of a program that keeps dying.
    """

    say: Say
    changed: Callable[[list[int]], None] = lambda pids: None
    longest_pause: float = 30.0
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _stopping: bool = False

    async def start(self, part: Part) -> None:
        """Start a program and wait until it is ready.

        Raises:
            ProcessError: when it does not become so; the message ends with its last lines.
        """
        process = await start(part.command)
        self._keep(process, part.layer)
        await part.ready(process)

    def adopt(self, process: Process, layer: Layer) -> None:
        """Take over a program that was started elsewhere."""
        self._keep(process, layer)

    async def end(self, name: str) -> None:
        """End one program for good: it is not started again."""
        kept = self._kept.pop(name)
        if kept.watch:
            kept.watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await kept.watch
        await kept.process.stop()
        self._tell_pids()

    def watch(self) -> None:
        """From now on, start again what dies; until then a death is an error of the start."""
        for name, kept in self._kept.items():
            kept.watch = asyncio.create_task(self._revive(name, kept), name=f"watch {name}")

    async def rest(self) -> None:
        """From now on a death is expected: nothing is started again."""
        self._stopping = True
        for kept in self._kept.values():
            if kept.watch:
                kept.watch.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await kept.watch

    async def stop(self) -> None:
        """End everything, from the top layer down; each layer side by side."""
        await self.rest()
        for layer in sorted(Layer, reverse=True):
            processes = [kept.process for kept in self._kept.values() if kept.layer == layer]
            await asyncio.gather(*(process.stop() for process in processes))
        self._kept.clear()

    async def kill(self) -> None:
        """End everything at once."""
        self._stopping = True
        await asyncio.gather(*(kept.process.kill() for kept in self._kept.values()))

    def pid(self, name: str) -> int:
        """The process id of one program."""
        return self._kept[name].process.pid

    @property
    def names(self) -> list[str]:
        """The programs, in the order they were started."""
        return list(self._kept)

    def _keep(self, process: Process, layer: Layer) -> None:
        self._kept[process.command.name] = _Kept(process, layer)
        self._tell_pids()

    def _tell_pids(self) -> None:
        self.changed([kept.process.pid for kept in self._kept.values()])

    async def _revive(self, name: str, kept: _Kept) -> None:
        loop = asyncio.get_running_loop()
        pause = _FIRST_PAUSE
        while True:
            begun = loop.time()
            code = await kept.process.wait()
            if self._stopping:
                return
            if loop.time() - begun > _HEALTHY_AFTER:
                pause = _FIRST_PAUSE
            command = kept.process.command
            self.say(f"{name} ended with code {code}; started again in {pause:.1f} s (log: {command.log})")
            await kept.process.kill()  # what it started itself
            await asyncio.sleep(pause)
            pause = min(pause * 2, self.longest_pause)
            try:
                kept.process = await start(command)
            except ProcessError as error:
                self.say(str(error))
                continue
            self._tell_pids()
