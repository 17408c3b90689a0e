"""Scale-out on one machine: 1, 2, 4 worker processes, 1 or 2 web processes; whole registrations a second.

As many people as the stack takes, at the pages. What each part uses says where the limit is.
"""

from benchmarks.figures import Row, times
from benchmarks.load import Meter
from benchmarks.options import Options
from benchmarks.people import Person
from benchmarks.play import at_once
from benchmarks.results import Result
from benchmarks.rig import Rig, rig

CLIENTS = 24
SHAPES = ((1, 1), (2, 1), (4, 1), (1, 2), (2, 2))


async def measure(options: Options) -> Result:
    """Take the measure."""
    rows: list[Row] = []
    rates: list[float] = []
    async with rig() as under:
        await _rate(under, 1)
        for workers, webs in SHAPES:
            await under.workers(workers)
            await under.webs(webs)
            with (meter := Meter(under.product.supervisor)):
                rates.append(await _rate(under, options.of(4)))
            who = f"{workers} worker{'s' * (workers > 1)}, {webs} web"
            rows.append(Row(f"{who}: whole registrations", round(rates[-1], 1), "/s"))
            rows += [Row(f"{who}: cores of {part}", cores) for part, cores in meter.cores.items()]
            rows.append(Row(f"{who}: cores of everything else", meter.others))
    rows += [
        times(f"{workers} workers, {webs} web beside 1 and 1", rate, rates[0])
        for (workers, webs), rate in zip(SHAPES[1:], rates[1:], strict=True)
    ]
    return Result("scale_out", rows, meter.cores, meter.others)


async def _rate(under: Rig, each: int) -> float:
    async def one(number: int) -> None:
        browser = under.browser(number)
        person = Person(under, browser, looks=True)
        await person.by_number()
        await person.finish()
        browser.close()

    return CLIENTS * each / await at_once(CLIENTS, each, one)
