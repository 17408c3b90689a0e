"""The first answer: identity submitted → answer, and → mail at the relay; for addresses known and unknown.

Sixteen at once, beside the skeleton's bare update-with-start in the same run. An unknown person's first mail
leaves after the last form; it is counted from there.
"""

import time

from benchmarks.figures import Row, milliseconds, p95, times
from benchmarks.load import Meter
from benchmarks.options import Options
from benchmarks.people import Person
from benchmarks.play import at_once
from benchmarks.results import Result
from benchmarks.rig import rig

CLIENTS = 16
ROUNDS = 8


async def measure(options: Options) -> Result:
    """Take the measure."""
    each, rounds = 3, options.of(ROUNDS)
    bare: list[float] = []
    answers: dict[str, list[float]] = {"known": [], "unknown": []}
    mails: dict[str, list[float]] = {"known": [], "unknown": []}
    async with rig(skeleton=True) as under:
        known = [f"connu.{n}@entreprise.example" for n in range((rounds + 1) * CLIENTS * each)]
        await under.contacts(known)
        browsers = [under.browser(number) for number in range(CLIENTS)]
        meter = Meter(under.product.supervisor)

        async def contact(number: int) -> None:
            one = Person(under, browsers[number], email=known.pop())
            began = time.perf_counter()
            await one.identity()
            mail = await under.sink.first(one.email)
            answers["known"].append(one.took["identity"])
            mails["known"].append(mail.at - began)

        async def stranger(number: int) -> None:
            one = Person(under, browsers[number])
            await one.by_number()
            ended = time.perf_counter()
            mail = await under.sink.first(one.email)
            answers["unknown"].append(one.took["identity"])
            mails["unknown"].append(mail.at - (ended - one.took["number"]))

        async def skeleton(number: int) -> None:
            began = time.perf_counter()
            await under.skeletons.start()
            bare.append(time.perf_counter() - began)

        for turn in range(rounds + 1):
            if turn == 1:  # caches, connections
                for taken in (bare, *answers.values(), *mails.values()):
                    taken.clear()
                meter = Meter(under.product.supervisor)
            with meter:
                await at_once(CLIENTS, each, contact)
                await at_once(CLIENTS, each, stranger)
            await at_once(CLIENTS, each, skeleton)
    beside = p95(bare)
    rows: list[Row] = milliseconds("bare update-with-start", bare)
    for who in ("known", "unknown"):
        rows += milliseconds(f"{who}: answer", answers[who])
        rows.append(times(f"{who}: answer beside it, p95", p95(answers[who]), beside, most=3.0))
        rows += milliseconds(f"{who}: mail at the relay", mails[who])
        rows.append(times(f"{who}: mail beside it, p95", p95(mails[who]), beside, most=5.0))
    return Result("first_answer", rows, meter.cores, meter.others)
