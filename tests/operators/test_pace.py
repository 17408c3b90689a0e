"""Many at once: each is done once, and nobody is asked any more when nobody answers."""

import asyncio
from uuid import UUID, uuid4

from starter.operators.acts import Report, Result
from starter.operators.pace import AT_ONCE, ENOUGH, paced

MANY = [uuid4() for _ in range(60)]


async def test_each_is_done_once_and_told() -> None:
    told: list[Report] = []
    under_way = most = 0

    async def work(registration: UUID) -> Report:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.05)
        under_way -= 1
        return Report(registration, Result.DONE, "")

    reports = await paced(MANY, work, 1_000_000, told.append)
    assert reports == told
    assert {one.registration for one in reports} == set(MANY)
    assert len(reports) == len(MANY)
    assert 1 < most <= AT_ONCE


async def test_it_stops_when_nobody_answers() -> None:
    async def work(registration: UUID) -> Report:
        return Report(registration, Result.UNANSWERED, "")

    reports = await paced(MANY, work, 500, lambda _: None)
    assert ENOUGH <= len(reports) < len(MANY)


async def test_refusals_are_answers() -> None:
    async def work(registration: UUID) -> Report:
        return Report(registration, Result.REFUSED, "")

    assert len(await paced(MANY, work, 1_000_000, lambda _: None)) == len(MANY)
