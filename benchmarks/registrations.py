"""Whole registrations a second, member-number branch to account, beside the skeleton.

At the pages, each redirect followed to the page it leads to, as browsers do; and through the JSON API, which
has no pages. In turn with the skeleton, sixteen at once.
"""

from benchmarks.figures import Row, times
from benchmarks.load import Meter
from benchmarks.options import Options
from benchmarks.people import Person, through_the_api
from benchmarks.play import at_once
from benchmarks.results import Result
from benchmarks.rig import rig

CLIENTS = 16
ROUNDS = 4


async def measure(options: Options) -> Result:
    """Take the measure."""
    each, rounds = 4, options.of(ROUNDS)
    seconds = {"pages": 0.0, "api": 0.0, "skeleton": 0.0}
    async with rig(skeleton=True) as under:
        browsers = [under.browser(number) for number in range(CLIENTS)]
        meters = {name: Meter(under.product.supervisor) for name in seconds}

        async def pages(number: int) -> None:
            one = Person(under, browsers[number], looks=True)
            await one.by_number()
            await one.finish()

        async def api(number: int) -> None:
            await through_the_api(under, browsers[number])

        async def skeleton(number: int) -> None:
            await under.skeletons.whole()

        await at_once(CLIENTS, 1, pages)  # caches, connections
        await at_once(CLIENTS, 1, skeleton)
        for _ in range(rounds):
            for name, play in (("pages", pages), ("api", api), ("skeleton", skeleton)):
                with meters[name]:
                    seconds[name] += await at_once(CLIENTS, each, play)
    count = rounds * CLIENTS * each
    rates = {name: count / took for name, took in seconds.items()}
    rows = [
        Row("at the pages", round(rates["pages"], 1), "/s"),
        Row("through the JSON API", round(rates["api"], 1), "/s"),
        Row("skeleton", round(rates["skeleton"], 1), "/s"),
        times("at the pages beside the skeleton", rates["pages"], rates["skeleton"], least=0.8),
        times("through the JSON API beside the skeleton", rates["api"], rates["skeleton"], least=0.8),
    ]
    rows += [
        Row(f"CPU of {part}, each, {name}", round(meter.spent(part) / count * 1000, 1), "ms")
        for name, meter in meters.items()
        for part in meter.cores
    ]
    return Result("registrations", rows, meters["pages"].cores, meters["pages"].others)
