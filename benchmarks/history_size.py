"""Events, bytes, billable actions of each branch, from their histories; docs/events.md has where they go."""

from benchmarks import events
from benchmarks.figures import Row
from benchmarks.options import Options
from benchmarks.results import Result

#: Dollars a million of Temporal Cloud's actions, as listed on 25 November 2026 (pay as you go, the first five
#: million of a month; on a server of one's own an action costs nothing).
DOLLARS_A_MILLION = 50.0
SOURCE = "https://docs.temporal.io/cloud/pricing"


def price(actions: int) -> float:
    """Dollars for a million registrations of so many actions each, without the discounts of large volumes."""
    return actions * DOLLARS_A_MILLION


async def measure(options: Options) -> Result:
    """Take the measure: one registration of each branch, whatever the scale."""
    rows: list[Row] = []
    for name, one in (await events.measure(events.BRANCHES)).items():
        most = events.BUDGET[name]
        actions = one.actions.total()
        rows += [
            Row(f"{name}: events", one.events.total(), "", most=most[0]),
            Row(f"{name}: history", round(one.bytes.total() / 1024, 1), "KiB", most=most[1] / 1024),
            Row(f"{name}: billable actions", actions, "", most=most[2]),
            Row(f"{name}: price of a million registrations", price(actions), "$"),
        ]
    return Result("history", rows)
