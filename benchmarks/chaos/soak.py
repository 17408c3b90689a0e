"""Mixed registrations for a while, faults at random moments; then everybody is accounted for."""

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from benchmarks.chaos import audit
from benchmarks.chaos.audit import Findings
from benchmarks.chaos.branches import BRANCHES
from benchmarks.chaos.matrix import TROUBLE
from benchmarks.chaos.person import Person
from benchmarks.chaos.stage import PATIENCE, Stage
from infrastructure.database import DatabaseUnavailable

#: People at once, and how often one gives up or leaves in the middle.
AT_ONCE = 5
ABANDONS, LEAVES = 0.1, 0.05
#: Seconds between two faults.
PAUSES = (4.0, 15.0)

Strike = Callable[[Stage], Awaitable[None]]


def _kill(name: str, how: signal.Signals = signal.SIGKILL) -> Strike:
    return lambda stage: stage.kill(name, how)


def _switched(part: str, mode: str, lasts: float) -> Strike:
    async def strike(stage: Stage) -> None:
        await stage.switch(part, mode, seconds=5)
        await asyncio.sleep(lasts)
        await stage.switch(part, "none")

    return strike


STRIKES: dict[str, Strike] = {
    "worker killed": _kill("worker"),
    "worker stopped": _kill("worker", signal.SIGTERM),
    "web killed": _kill("portal"),
    "engine killed": _kill("temporal"),
    "PostgreSQL killed": _kill("postgres"),
    "PostgreSQL restarted": _kill("postgres", signal.SIGINT),
    "connections cut": lambda stage: stage.cut(),
    "relay down": _switched("mailbox", "down", 4),
    "relay silent": _switched("mailbox", "silence", 3),
    "relay greylists": _switched("mailbox", "greylist", 4),
    "INSEE down": _switched("sirene", "down", 4),
    "INSEE slow": _switched("sirene", "slow", 4),
}


async def soak(stage: Stage, seconds: float, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Run for so long, let everybody finish, audit; what was found, as it is kept."""
    people: list[Person] = []
    trouble: list[str] = []
    struck: Counter[str] = Counter()
    until = time.monotonic() + seconds
    walkers = [
        asyncio.create_task(_register(stage, people, trouble, until, random.Random(f"{seed}-{number}")))
        for number in range(AT_ONCE)
    ]
    chance = random.Random(seed)
    while time.monotonic() < until:
        await asyncio.sleep(chance.uniform(*PAUSES))
        name = chance.choice(sorted(STRIKES))
        struck[name] += 1
        say(f"{max(0, until - time.monotonic()):5.0f} s left, {len(people):4} registrations: {name}")
        await STRIKES[name](stage)
        if chance.random() < 0.3:
            await stage.forget_insee()
    await stage.ready()
    await asyncio.gather(*walkers)
    found = Findings(words=trouble)
    for person in people:
        found.add(await audit.of(stage, person))
    whole = await audit.of_all(stage, people, [one.registration for one in people if one.registration])
    unsettled = await audit.unsettled(stage, people)
    ends = Counter(person.gone or "registered" for person in people)
    return {
        "minutes": round(seconds / 60, 1), "seed": seed, "faults": dict(sorted(struck.items())),
        "branches": dict(Counter(person.branch.name for person in people)), "ends": dict(ends),
        **asdict(found), "unsettled": unsettled, "whole": whole,
    }  # fmt: skip


async def _register(
    stage: Stage, people: list[Person], trouble: list[str], until: float, chance: random.Random
) -> None:
    """One person after the other."""
    while time.monotonic() < until:
        person = Person(stage, BRANCHES[chance.choice(sorted(BRANCHES))])
        people.append(person)
        person.doubled = chance.random() < 0.2
        try:
            async with asyncio.timeout(3 * PATIENCE):
                await _walk(person, chance)
        except TROUBLE as error:
            trouble.append(f"{person.branch.name} after {person.done[-1:]}: {type(error).__name__}: {error}")


async def _walk(person: Person, chance: random.Random) -> None:
    while True:
        try:
            await person.arrive()
            break
        except DatabaseUnavailable:
            await asyncio.sleep(0.5)
    for step in person.branch.steps:
        may_stop = person.registration is not None and step not in {"open", "password", "welcome"}
        drawn = chance.random() * len(person.branch.steps)
        if may_stop and drawn < ABANDONS:
            await person.abandon()
            return
        if may_stop and drawn < ABANDONS + LEAVES:
            person.gone = "left"
            return
        await asyncio.sleep(chance.uniform(0, 0.4))
        await person.do(step)
