"""`make bench`: take measures, keep each as a file in benchmarks/results/, print figures and goals.

python -m benchmarks                    every measure that is taken by default, about twenty minutes
python -m benchmarks steps storm        some
python -m benchmarks --scale 0.1 steps  small: to see that it works; printed, not kept
python -m benchmarks relaunch --rate 6 --minutes 20
python -m benchmarks start --tests      how long every test takes, too
python -m benchmarks page               write docs/performance.md from the results on disk
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

from benchmarks import (
    desk,
    first_answer,
    history_size,
    page,
    registrations,
    relaunch,
    scale_out,
    start,
    steps,
    storm,
    waiting,
)
from benchmarks.options import Options
from benchmarks.results import Result, table
from devstack.leaving import leave

Measure = Callable[[Options], Awaitable[Result]]
#: In the order of docs/performance.md.
MEASURES: dict[str, Measure] = {
    "steps": steps.measure,
    "registrations": registrations.measure,
    "first_answer": first_answer.measure,
    "history": history_size.measure,
    "waiting": waiting.measure,
    "storm": storm.measure,
    "spread_storm": storm.spread,
    "ladder": relaunch.ladder,
    "relaunch": relaunch.measure,
    "scale_out": scale_out.measure,
    "desk": desk.measure,
    "start": start.measure,
}
#: Twenty minutes by itself: taken when it is named.
ON_DEMAND = {"relaunch"}


def main(arguments: Sequence[str]) -> int:
    """Take the measures; 0 when all were taken, whether their goals are reached or not."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="measure", help=f"{', '.join(MEASURES)}, page")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rate", type=float, default=6.0)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--tests", action="store_true")
    parser.add_argument("--keep", action="store_true", help="keep a result of another scale than 1")
    given = parser.parse_args(arguments)
    names = given.names or [name for name in MEASURES if name not in ON_DEMAND]
    if unknown := set(names) - {*MEASURES, "page"}:
        parser.error(f"no such measure: {', '.join(sorted(unknown))}")
    options = Options(given.scale, given.rate, given.minutes, given.tests)
    keep = options.scale == 1 or given.keep
    failed = [name for name in names if name != "page" and not asyncio.run(_take(name, options, keep))]
    if keep or "page" in names:
        page.write()
    return 1 if failed else 0


async def _take(name: str, options: Options, keep: bool) -> bool:
    print(f"\n{name} …", flush=True)
    began = time.monotonic()
    # The SDK leaves the failures of calls that were given up behind; they say nothing more.
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    try:
        result = await MEASURES[name](options)
    except Exception as error:
        _explain(name, error)
        return False
    result.seconds = time.monotonic() - began
    result.command = options.command(name)
    for line in table(result.rows):
        print(line)
    if result.cpu:
        used = ", ".join(f"{part} {cores}" for part, cores in result.cpu.items())
        print(f"cores: {used}; everything else {result.others}{' (NOISY)' if result.noisy else ''}")
    print(f"{result.seconds:.0f} s", flush=True)
    if keep:
        result.save()
    return True


def _explain(name: str, error: BaseException) -> None:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    print(f"{name} broke off: {type(error).__name__} {error}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
