"""Step latency: the HTTP POST of a form to its answer, beside the skeleton's bare update in the same run.

Three forms that follow the first (themes, establishment, number) against the same three updates of the
skeleton. Both are played in turn, a little at a time, so that whatever else the machine does weighs on both.
"""

import time
from dataclasses import dataclass, field

from benchmarks.browser import Browser
from benchmarks.figures import Row, milliseconds, p50, p95, times
from benchmarks.load import Meter
from benchmarks.options import Options
from benchmarks.people import Person
from benchmarks.play import at_once
from benchmarks.results import Result
from benchmarks.rig import Rig, rig
from benchmarks.skeleton import ESTABLISHMENT, NUMBER, THEMES

CLIENTS = (1, 4, 16)
ROUNDS = 8
STEPS = {"themes": THEMES, "establishment": ESTABLISHMENT, "number": NUMBER}


@dataclass
class Sample:
    """Seconds, by step."""

    took: dict[str, list[float]] = field(default_factory=lambda: {step: [] for step in STEPS})

    @property
    def all(self) -> list[float]:
        """Every step's."""
        return [seconds for step in self.took.values() for seconds in step]


async def measure(options: Options) -> Result:
    """Take the measure."""
    rows: list[Row] = []
    async with rig(skeleton=True) as under:
        meter = Meter(under.product.supervisor)
        await _both(under, 4, 2, Sample(), Sample(), meter)  # caches, connections
        meter = Meter(under.product.supervisor)
        for clients in CLIENTS:
            product, skeleton = Sample(), Sample()
            each = max(2, 12 // clients)
            for _ in range(options.of(ROUNDS)):
                await _both(under, clients, each, product, skeleton, meter)
            rows += _rows(clients, product, skeleton)
        return Result("steps", rows, meter.cores, meter.others)


async def _both(under: Rig, clients: int, each: int, product: Sample, skeleton: Sample, meter: Meter) -> None:
    browsers = [under.browser(number) for number in range(clients)]

    async def person(number: int) -> None:
        await _person(under, browsers[number], product)

    async def bare(number: int) -> None:
        handle = await under.skeletons.start()
        for step, which in STEPS.items():
            began = time.perf_counter()
            await under.skeletons.say(handle, which)
            skeleton.took[step].append(time.perf_counter() - began)

    with meter:
        await at_once(clients, each, person)
    await at_once(clients, each, bare)
    for browser in browsers:
        browser.close()


async def _person(under: Rig, browser: Browser, sample: Sample) -> None:
    one = Person(under, browser)
    await one.by_number()
    for step, seconds in sample.took.items():
        seconds.append(one.took[step])


def _rows(clients: int, product: Sample, skeleton: Sample) -> list[Row]:
    who = "1 client" if clients == 1 else f"{clients} clients"
    ours, theirs = product.all, skeleton.all
    rows = milliseconds(f"{who}: step", ours) + milliseconds(f"{who}: bare update", theirs)
    goals = ({"most": 1.5} if clients == 1 else {}), ({"most": 2.0} if clients == 16 else {})
    rows.append(times(f"{who}: step beside bare update, p50", p50(ours), p50(theirs), **goals[0]))
    rows.append(times(f"{who}: step beside bare update, p95", p95(ours), p95(theirs), **goals[1]))
    if clients == 1:
        for step in STEPS:
            one, other = p50(product.took[step]), p50(skeleton.took[step])
            rows.append(times(f"{who}: {step} alone, p50", one, other))
    return rows
