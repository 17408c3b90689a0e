"""Waiting registrations: 1,000 and 10,000 open; the worker's memory, bytes on disk each, step latency.

Half wait at the form, half for their link. The two sizes follow each other, so the skeleton's bare update is
taken beside each: what the machine does by itself shows there.
"""

import asyncio
import random
import time
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from benchmarks import load
from benchmarks.figures import Row, number, p50, times
from benchmarks.open_ones import begin_many
from benchmarks.options import Options
from benchmarks.people import Person
from benchmarks.results import Result
from benchmarks.rig import Rig, rig
from benchmarks.skeleton import THEMES

SIZES = (1_000, 10_000)
SAMPLES = 150
SIZE = "SELECT pg_database_size(current_database())"


@dataclass(frozen=True)
class Taken:
    """What was found at one size: bytes of memory, seconds of each step."""

    memory: int
    new: list[float]
    back: list[float]
    bare: list[float]


async def measure(options: Options) -> Result:
    """Take the measure."""
    small, large = (options.of(size, 20) for size in SIZES)
    rows: list[Row] = []
    taken: list[Taken] = []
    async with rig(skeleton=True) as under:
        known = [f"connu.{n}@entreprise.example" for n in range(large // 2 + 1)]
        await under.contacts(known)
        empty = await _disk(under)
        meter = load.Meter(under.product.supervisor)
        at_form: list[UUID] = []
        done = 0
        for size in (small, large):
            with meter:
                seconds, begun = await begin_many(under, size - done, known=known)
            at_form += begun
            rows.append(Row(f"{number(size)} open: begun a second", round((size - done) / seconds, 1), "/s"))
            done = size
            await _settled(under, size // 2)
            ours, theirs = await _disk(under)
            # Whoever comes back is anyone: the oldest have long left the worker's cache.
            taken.append(await _take(under, at_form, min(options.of(SAMPLES, 10), len(at_form) // 2)))
            rows += _rows(f"{number(size)} open", taken[-1])
            rows += [
                Row(f"{number(size)} open: our database, each", _kib(ours - empty[0], size), "KiB"),
                Row(
                    f"{number(size)} open: the engine's database, each", _kib(theirs - empty[1], size), "KiB"
                ),
            ]
        few, many = taken
        rows += [
            times("worker's memory, large beside small", many.memory, few.memory, most=1.3),
            times("step of a new person, p50, large beside small", p50(many.new), p50(few.new), most=1.3),
            times("step of who comes back, p50, large beside small", p50(many.back), p50(few.back), most=1.3),
            times("bare update, p50, large beside small", p50(many.bare), p50(few.bare)),
        ]
        return Result("waiting", rows, meter.cores, meter.others)


async def _settled(under: Rig, mails: int) -> None:
    """Until every mail has left and the worker rests."""
    async with asyncio.timeout(300):
        while under.sink.count < mails:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    await asyncio.sleep(3)


async def _take(under: Rig, at_form: list[UUID], samples: int) -> Taken:
    taken = Taken(load.memory(under.product.supervisor, "worker"), [], [], [])
    browser = under.browser()
    random.shuffle(at_form)
    for _ in range(samples):
        one = Person(under, browser)
        await one.identity()
        await one.themes()
        taken.new.append(one.took["themes"])
        one.returns(at_form.pop())
        await one.themes()
        taken.back.append(one.took["themes"])
        handle = await under.skeletons.start()
        began = time.perf_counter()
        await under.skeletons.say(handle, THEMES)
        taken.bare.append(time.perf_counter() - began)
    browser.close()
    return taken


def _rows(who: str, taken: Taken) -> list[Row]:
    return [
        Row(f"{who}: worker's memory", round(taken.memory / 2**20), "MiB"),
        Row(f"{who}: step of a new person, p50", round(p50(taken.new) * 1000, 1), "ms"),
        Row(f"{who}: step of who comes back, p50", round(p50(taken.back) * 1000, 1), "ms"),
        Row(f"{who}: bare update, p50", round(p50(taken.bare) * 1000, 1), "ms"),
    ]


def _kib(size: int, count: int) -> float:
    return round(size / count / 1024, 1)


async def _disk(under: Rig) -> tuple[int, int]:
    """Bytes of our database and of the engine's file, with what it has not yet merged."""
    connection = await asyncpg.connect(under.product.database_url)
    try:
        ours = int(await connection.fetchval(SIZE))
    finally:
        await connection.close()
    folder = under.product.config.data / "engine"
    return ours, sum(path.stat().st_size for path in folder.rglob("*.db*") if path.is_file())
