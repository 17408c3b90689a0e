"""The same work on many registrations: so many a second, a bounded number at once, and no further when
nobody answers any more.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from starter.operators.acts import Report, Result

AT_ONCE = 20
#: That many in a row without an answer: the rest would fare no better.
ENOUGH = 5
_SILENT = {Result.UNANSWERED, Result.UNAVAILABLE}


async def paced(
    registrations: Sequence[UUID],
    work: Callable[[UUID], Awaitable[Report]],
    per_second: float,
    tell: Callable[[Report], None],
) -> list[Report]:
    """Do the work on each; returns one report for each that was begun, in the order they ended."""
    reports: list[Report] = []
    silent = 0
    room = asyncio.Semaphore(AT_ONCE)

    async def one(registration: UUID) -> None:
        nonlocal silent
        try:
            report = await work(registration)
        finally:
            room.release()
        silent = silent + 1 if report.result in _SILENT else 0
        reports.append(report)
        tell(report)

    begin = asyncio.get_running_loop().time()
    async with asyncio.TaskGroup() as group:
        for number, registration in enumerate(registrations):
            await asyncio.sleep(max(0.0, begin + number / per_second - asyncio.get_running_loop().time()))
            await room.acquire()
            if silent >= ENOUGH:
                room.release()
                break
            group.create_task(one(registration))
    return reports
