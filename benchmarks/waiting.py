"""Waiting registrations: 1,000 and 10,000 open; the worker's memory, bytes on disk each, step latency.

Half wait at the form, half for their link. The two sizes follow each other, so the skeleton's bare update is
taken beside each: what the machine does by itself shows there.
"""

import asyncio
import time

import asyncpg

from benchmarks import load
from benchmarks.figures import Row, p50, times
from benchmarks.open_ones import begin_many
from benchmarks.options import Options
from benchmarks.people import Person
from benchmarks.results import Result
from benchmarks.rig import Rig, rig
from benchmarks.skeleton import THEMES

SIZES = (1_000, 10_000)
SAMPLES = 150
SIZE = "SELECT pg_database_size(current_database())"


async def measure(options: Options) -> Result:
    """Take the measure."""
    small, large = (options.of(size, 20) for size in SIZES)
    rows: list[Row] = []
    taken: dict[int, tuple[float, float, float]] = {}
    async with rig(skeleton=True) as under:
        known = [f"connu.{n}@entreprise.example" for n in range(large // 2 + 1)]
        await under.contacts(known)
        empty = await _disk(under)
        meter = load.Meter(under.product.supervisor)
        done = 0
        for size in (small, large):
            with meter:
                seconds = await begin_many(under, size - done, known=known)
            rows.append(Row(f"{size:,} open: begun a second", round((size - done) / seconds, 1), "/s"))
            done = size
            await _settled(under, size // 2)
            rows += await _rows(under, size, empty, taken, options.of(SAMPLES, 10))
        small_one, large_one = taken[small], taken[large]
        rows += [
            times("worker's memory, large beside small", large_one[0], small_one[0], most=1.3),
            times("step p50, large beside small", large_one[1], small_one[1], most=1.3),
            times("bare update p50, large beside small", large_one[2], small_one[2]),
        ]
        return Result("waiting", 'make bench ARGS="waiting"', rows, meter.cores, meter.others)


async def _settled(under: Rig, mails: int) -> None:
    """Until every mail has left and the worker rests."""
    async with asyncio.timeout(300):
        while under.sink.count < mails:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    await asyncio.sleep(3)


async def _rows(
    under: Rig, size: int, empty: tuple[int, int], taken: dict[int, tuple[float, float, float]], samples: int
) -> list[Row]:
    memory = load.memory(under.product.supervisor, "worker") / 2**20
    ours, theirs = await _disk(under)
    browser = under.browser()
    steps, bare = [], []
    for _ in range(samples):
        one = Person(under, browser)
        await one.identity()
        await one.themes()
        steps.append(one.took["themes"])
        handle = await under.skeletons.start()
        began = time.perf_counter()
        await under.skeletons.say(handle, THEMES)
        bare.append(time.perf_counter() - began)
    taken[size] = memory, p50(steps), p50(bare)
    who = f"{size:,} open"
    return [
        Row(f"{who}: worker's memory", round(memory), "MiB"),
        Row(f"{who}: our database, each", round((ours - empty[0]) / size / 1024, 1), "KiB"),
        Row(f"{who}: the engine's database, each", round((theirs - empty[1]) / size / 1024, 1), "KiB"),
        Row(f"{who}: step, p50", round(p50(steps) * 1000, 1), "ms"),
        Row(f"{who}: bare update, p50", round(p50(bare) * 1000, 1), "ms"),
    ]


async def _disk(under: Rig) -> tuple[int, int]:
    """Bytes of our database and of the engine's file, with what it has not yet merged."""
    connection = await asyncpg.connect(under.product.database_url)
    try:
        ours = int(await connection.fetchval(SIZE))
    finally:
        await connection.close()
    folder = under.product.config.data / "engine"
    return ours, sum(path.stat().st_size for path in folder.rglob("*.db*") if path.is_file())
