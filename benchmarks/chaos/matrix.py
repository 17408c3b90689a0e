"""One round of the matrix: a fault, and people who stand at every step it can touch."""

import asyncio
import random
import statistics
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import httpx2

from benchmarks.chaos import audit
from benchmarks.chaos.audit import Findings
from benchmarks.chaos.branches import BRANCHES, Branch
from benchmarks.chaos.faults import Blow, Fault
from benchmarks.chaos.person import Person, Surprise
from benchmarks.chaos.stage import PATIENCE, Stage
from infrastructure.database import DatabaseUnavailable

#: People who walk at once while nothing is wrong.
TOGETHER = 6
#: What is put down to the product, not to the harness.
TROUBLE = (Surprise, TimeoutError, AssertionError, DatabaseUnavailable, httpx2.HTTPError)


@dataclass(frozen=True)
class Cell:
    """A fault at a step of a branch."""

    fault: Fault
    branch: Branch
    step: str


@dataclass
class Row:
    """What a cell came to; `seconds`: median and worst, from the blow until the step was done."""

    fault: str
    branch: str
    step: str
    seconds: tuple[float, float]
    found: Findings

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        kept = asdict(self)
        return {**{key: kept[key] for key in ("fault", "branch", "step", "seconds")}, **kept["found"]}


class Walker:
    """A person in a cell, who acts a moment before the blow or into the outage."""

    def __init__(self, cell: Cell, person: Person, before: float | None) -> None:
        self.cell = cell
        self.person = person
        self._before = before
        self.seconds = 0.0
        self.trouble: list[str] = []
        steps = cell.branch.steps
        point = steps.index(cell.step)
        self._quiet = steps[: max(0, point - cell.fault.early)]
        self._struck = steps[len(self._quiet) : point + 1]
        self._after = steps[point + 1 :]

    async def approach(self, gate: asyncio.Semaphore) -> None:
        """Walk up to where the fault is met."""
        async with gate:
            await self._try(self._walk_up())

    async def _walk_up(self) -> None:
        await self.person.arrive()
        for step in self._quiet:
            await self.person.do(step)

    async def meet(self, blow: Blow) -> None:
        """Act at the blow; remember how long it took."""
        if self._before is None:
            await blow.struck.wait()
        else:
            await blow.go.wait()
            await asyncio.sleep(self._before)
        await self._try(self._act())
        self.seconds = max(0.0, time.monotonic() - blow.stage.struck_at)

    async def _act(self) -> None:
        fault = self.cell.fault
        for step in self._struck:
            if fault.instead and step == self.cell.step:
                await fault.instead(self.person, step)
            else:
                await self.person.do(step)

    async def finish(self, gate: asyncio.Semaphore) -> None:
        """Walk to the end."""
        async with gate:
            if not self.person.gone:
                await self._try(self._walk_on())

    async def _walk_on(self) -> None:
        for step in self._after:
            await self.person.do(step)

    async def _try(self, work: Any) -> None:
        if self.trouble:
            work.close()
            return
        try:
            async with asyncio.timeout(2 * PATIENCE):
                await work
        except TROUBLE as error:
            self.trouble.append(f"{type(error).__name__}: {error}")


def cells(fault: Fault, branches: Iterable[str], steps: Iterable[str] = ()) -> list[Cell]:
    """The cells of a fault that make sense, among these branches and steps (all, if none are named)."""
    wanted = set(steps)
    return [
        Cell(fault, BRANCHES[name], step)
        for name in branches
        for step in BRANCHES[name].steps
        if fault.fits(BRANCHES[name], step) and (not wanted or step in wanted)
    ]


async def play(
    stage: Stage, fault: Fault, chosen: list[Cell], each: int, chance: random.Random
) -> tuple[list[Row], list[Person]]:
    """Strike once while `each` people stand in each cell; the first into the outage, others just before."""
    walkers = []
    for cell in chosen:
        for number in range(each):
            person = Person(stage, cell.branch)
            before = None if number == 0 else chance.uniform(0, 0.25)
            fault.personal(person, cell.step)
            walkers.append(Walker(cell, person, before))
    gate = asyncio.Semaphore(TOGETHER)
    await asyncio.gather(*(walker.approach(gate) for walker in walkers))
    await stage.forget_insee()
    ready = [walker.person for walker in walkers if not walker.trouble]
    blow = Blow(stage, ready, asyncio.Event(), asyncio.Event())
    stage.struck_at = time.monotonic()
    meeting = [asyncio.ensure_future(walker.meet(blow)) for walker in walkers]
    await asyncio.sleep(0.1)
    trouble: list[str] = []
    try:
        await fault.strike(blow)
    except TROUBLE as error:
        trouble.append(f"{type(error).__name__}: {error}")
        blow.at_once()
    await asyncio.gather(*meeting)
    await stage.ready()
    await asyncio.gather(*(walker.finish(gate) for walker in walkers))
    rows = [await _row(stage, cell, [one for one in walkers if one.cell is cell]) for cell in chosen]
    rows[0].found.words += trouble
    return rows, [walker.person for walker in walkers]


async def _row(stage: Stage, cell: Cell, walkers: list[Walker]) -> Row:
    found = Findings()
    for walker in walkers:
        found.add(await audit.of(stage, walker.person))
        found.words += walker.trouble
    seconds = [walker.seconds for walker in walkers]
    spread = (round(statistics.median(seconds), 1), round(max(seconds), 1))
    return Row(cell.fault.name, cell.branch.name, cell.step, spread, found)
