"""Reminder storm: 5,000 reminders due at the same moment while people register; and the same 5,000 spread
over the ten minutes of `AKTO_REMINDER_SPREAD_MINUTES`.

People who are known contacts begin at a steady rate, first without the storm, then while it lasts; each link
mail is timed from the form to the relay. The storm is over when every reminder has reached the relay.
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta

from benchmarks.figures import Row, milliseconds, p95, times
from benchmarks.load import Meter
from benchmarks.open_ones import begin_many
from benchmarks.options import Options
from benchmarks.people import Person
from benchmarks.play import a_second
from benchmarks.results import Result
from benchmarks.rig import Rig, rig
from domain.policy import Policy
from infrastructure.settings import Settings

REMINDERS = 5_000
PEOPLE_A_SECOND = 1.0
CALM = 40.0
#: The mail queue's limit (worker.py), which paces the storm.
CONFIGURED = 50.0
#: Seconds: who is reminded never began in the minute of those who begin now; they would share a turn.
LONG_AGO = 60
#: The storm is given up after so many times what the configured rate would take.
PATIENCE = 6


async def measure(options: Options) -> Result:
    """All at once, as after an outage: what the spread cannot help."""
    return await _measure("storm", options, timedelta())


async def spread(options: Options) -> Result:
    """As the product is set: began together, reminded one after the other."""
    minutes = Settings.model_fields["reminder_spread_minutes"].default * options.scale
    return await _measure("spread_storm", options, timedelta(minutes=minutes))


async def _measure(name: str, options: Options, over: timedelta) -> Result:
    count = options.of(REMINDERS, 20)
    pace = min(CONFIGURED, count / over.total_seconds()) if over else CONFIGURED
    longest = PATIENCE * count / CONFIGURED + over.total_seconds() + 30
    async with rig() as under:
        known = [f"connu.{n}@entreprise.example" for n in range(round(CALM + longest) + 50)]
        await under.contacts(known)
        calm, storm = _Links(under, known), _Links(under, known)
        await a_second(PEOPLE_A_SECOND, max(5.0, CALM * options.scale), calm.one)
        due = await _wait_for_the_hour(under, count, over)
        reminders = _Reminders(under)
        await asyncio.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds()))
        began = time.perf_counter()
        with (meter := Meter(under.product.supervisor)):
            people = asyncio.create_task(storm.until(reminders.enough(count), longest))
            last = await people
    drained = max(last - began, 1e-6)
    done = reminders.count()
    mails = done + len(storm.took)
    rows = [
        *milliseconds("link mail without the storm", calm.took),
        *milliseconds("link mail while it lasts", storm.took),
        times("link mail, with beside without, p95", p95(storm.took), p95(calm.took), most=2.0),
        Row("answers « try again » (503) while it lasts", storm.turned_away),
        Row("reminders due", count),
        Row("reminders at the relay", done, "", least=count),
        Row("storm drained in", round(drained, 1), "s"),
        Row(
            "mails a second meanwhile",
            round(mails / drained, 1),
            "/s",
            least=round(0.9 * pace, 1),
        ),
    ]
    return Result(name, rows, meter.cores, meter.others)


async def _wait_for_the_hour(under: Rig, count: int, over: timedelta) -> datetime:
    """Begin the registrations, each with a reminder due from one and the same moment on; says when."""
    trial = max(20, count // 50)
    took, _ = await begin_many(under, trial)
    speed = trial / took
    due = datetime.now(UTC) + timedelta(seconds=1.4 * count / speed + LONG_AGO)

    def reminded_then() -> Policy:
        hours = (due - datetime.now(UTC)) / timedelta(hours=1)
        return Policy(form_reminders_hours=(max(0.0, hours),))

    await begin_many(under, count, reminded_then, spread=over)
    return due


class _Links:
    """Known contacts who begin, and when their mail came."""

    def __init__(self, under: Rig, known: list[str]) -> None:
        self._under = under
        self._known = known
        self.took: list[float] = []
        self.turned_away = 0

    async def one(self, number: int) -> None:
        person = Person(self._under, self._under.browser(number), email=self._known.pop(), tries=1_000)
        began = time.perf_counter()
        await person.identity()
        self.turned_away += person.again
        mail = await self._under.sink.first(person.email, within=600)
        person.browser.close()
        self.took.append(mail.at - began)

    async def until(self, enough: asyncio.Task[float], longest: float) -> float:
        """One more person a while, until it is enough or lasts too long; when that was."""
        async with asyncio.TaskGroup() as group:
            until = time.perf_counter() + longest
            number = 0
            while not enough.done() and time.perf_counter() < until:
                group.create_task(self.one(number))
                number += 1
                await asyncio.wait({enough}, timeout=1 / PEOPLE_A_SECOND)
        if enough.done():
            return enough.result()
        enough.cancel()
        return time.perf_counter()


class _Reminders:
    """The reminders that have come."""

    def __init__(self, under: Rig) -> None:
        self._under = under

    def count(self) -> int:
        """How many so far."""
        everything = list(self._under.sink.mails.values())
        return sum(mail.kind.startswith("reminder") for mails in everything for mail in mails)

    def enough(self, wanted: int) -> "asyncio.Task[float]":
        """A task that ends when all have come, with the moment."""

        async def watch() -> float:
            while True:
                if self.count() >= wanted:
                    return time.perf_counter()
                await asyncio.sleep(0.25)

        return asyncio.create_task(watch())
