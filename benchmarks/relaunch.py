"""AKTO's relaunch on one machine: engine, PostgreSQL, worker, web, mail sink and people on the same cores.

`relaunch` plays one rate for as long as said (six a second for twenty minutes is the goal: 350,000 companies
in a week, with a tenfold peak), mixed branches, at the pages, while reminders go out. `ladder` climbs, in
short rungs, until one does not hold: it says the highest rate that does, and what stands in the way.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks.crowd import Crowd, idle
from benchmarks.figures import Row, p95
from benchmarks.load import Meter
from benchmarks.open_ones import begin
from benchmarks.options import Options
from benchmarks.people import somebody
from benchmarks.play import a_second
from benchmarks.results import Result
from benchmarks.rig import Rig, rig
from domain.policy import Policy

#: Reminders a second that go out meanwhile.
REMINDERS_A_SECOND = 0.5
RUNGS = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)
RUNG_SECONDS = 30.0
IDLE_PEOPLE = 20
SLOWER = 3.0
#: A rung holds when all are done this soon after the last came.
AFTER = 10.0


async def measure(options: Options) -> Result:
    """One rate, for as long as said."""
    rate, seconds = options.rate, options.minutes * 60
    async with rig() as under:
        contacts = await _contacts(under, round(rate * seconds))
        calm = await idle(under, contacts, IDLE_PEOPLE)
        count = await _reminders(under, seconds)
        crowd = Crowd(under, contacts)
        with (meter := Meter(under.product.supervisor)):
            after = await a_second(rate, seconds, crowd.one)
        welcomed = await crowd.welcomed(60)
        wrong = await crowd.wrong()
        reminded = sum(m.kind.startswith("reminder") for ms in under.sink.mails.values() for m in ms)
    for line in sorted({*wrong, *crowd.failures}):
        print(f"  {line}")
    came = len(crowd.branches)
    rows = [
        Row("whole registrations begun", came),
        Row("a second", rate, "/s"),
        Row("ended right (account, attachment, password)", came - len(wrong), "", least=came),
        Row("welcomed by exactly one mail", welcomed, "", least=came),
        Row("people who met an error", sum(crowd.failures.values()), "", most=0),
        Row("« not now » answered, form sent again", crowd.again),
        Row("reminders gone out meanwhile", reminded, "", least=count),
        Row("last one done after the last came", round(after, 1), "s"),
        Row("step p95 on the idle machine", round(p95(calm.steps) * 1000, 1), "ms"),
        Row("step p95 meanwhile", round(p95(crowd.steps) * 1000, 1), "ms"),
        *crowd.beside(calm, most=SLOWER),
    ]
    return Result("relaunch", rows, meter.cores, meter.others)


@dataclass(frozen=True)
class Rung:
    """One rate, played for a little while."""

    rate: float
    holds: bool
    cores: dict[str, float]
    others: float
    rows: list[Row]


async def ladder(options: Options) -> Result:
    """The highest rate that holds."""
    seconds = max(5.0, RUNG_SECONDS * options.scale)
    rungs: list[Rung] = []
    async with rig() as under:
        contacts = await _contacts(under, round(sum(RUNGS) * seconds))
        calm = await idle(under, contacts, options.of(IDLE_PEOPLE, 3))
        for rate in RUNGS:
            rungs.append(await _rung(under, contacts, rate, seconds, calm))
            if not rungs[-1].holds:
                break
    highest = max((rung.rate for rung in rungs if rung.holds), default=0.0)
    rows = [Row("step p95 on the idle machine", round(p95(calm.steps) * 1000, 1), "ms")]
    rows += [row for rung in rungs for row in rung.rows]
    rows.append(Row("highest rate that holds", highest, "/s", least=6.0))
    last = rungs[-1]
    return Result("ladder", rows, last.cores, last.others)


async def _rung(under: Rig, contacts: list[str], rate: float, seconds: float, calm: Crowd) -> Rung:
    crowd = Crowd(under, contacts)
    with (meter := Meter(under.product.supervisor)):
        after = await a_second(rate, seconds, crowd.one)
    slower = crowd.beside(calm, f"{rate:g}/s: ")
    wrong = len(await crowd.wrong())
    holds = (
        not (wrong or crowd.failures) and after <= AFTER and all((row.found or 0) <= SLOWER for row in slower)
    )
    rows = [
        *slower,
        Row(f"{rate:g}/s: done after the last came", round(after, 1), "s"),
        Row(f"{rate:g}/s: not ended right", wrong),
        Row(f"{rate:g}/s: cores in all, of those of the machine", round(sum(meter.cores.values()), 2)),
    ]
    print(f"  {rate:g}/s {'holds' if holds else 'does not hold'}: {meter.cores} {dict(crowd.failures)}")
    return Rung(rate, holds, meter.cores, meter.others, rows)


async def _contacts(under: Rig, people: int) -> list[str]:
    known = [f"connu.{n}@entreprise.example" for n in range(people // 2 + IDLE_PEOPLE + 10)]
    await under.contacts(known)
    return known


async def _reminders(under: Rig, seconds: float) -> int:
    """Registrations that wait at their form, their reminders due evenly over that time; how many."""
    count = round(REMINDERS_A_SECOND * seconds)
    lead = 5 + count / 10
    start = datetime.now(UTC) + timedelta(seconds=lead)
    for number in range(count):
        due = start + timedelta(seconds=number / REMINDERS_A_SECOND)
        hours = max(0.0, (due - datetime.now(UTC)) / timedelta(hours=1))
        await begin(under, somebody(), Policy(form_reminders_hours=(hours,)))
    await asyncio.sleep(max(0.0, (start - datetime.now(UTC)).total_seconds()))
    return count
