"""What is remembered of INSEE, and the quota of all workers, in a real PostgreSQL."""

import asyncio
from datetime import date, timedelta

import pytest

from domain.effects import InseeAnswer
from infrastructure.database import DatabaseUnavailable, PoolType, connect
from infrastructure.insee_memory import recall, remember, take_call
from infrastructure.settings import Settings

SIRET = "00000001800010"
HOURS = timedelta(hours=6)
CLOSED = InseeAnswer(
    about=SIRET, status="closed", closed_on=date(2021, 6, 30), name="CAFÉ « L'ÉTÉ »", commune="DIJON"
)


async def test_an_answer_is_remembered_whole(database: PoolType) -> None:
    assert await recall(database, SIRET) is None
    await remember(database, CLOSED, HOURS)
    assert await recall(database, SIRET) == CLOSED
    assert await recall(database, "00000001800028") is None


async def test_a_newer_answer_takes_the_place(database: PoolType) -> None:
    await remember(database, InseeAnswer(about=SIRET, status="unknown"), HOURS)
    await remember(database, CLOSED, HOURS)
    assert await recall(database, SIRET) == CLOSED


async def test_an_answer_holds_for_its_time_and_is_then_forgotten(database: PoolType) -> None:
    await remember(database, CLOSED, timedelta(seconds=0.2))
    assert await recall(database, SIRET) == CLOSED
    await asyncio.sleep(0.25)
    assert await recall(database, SIRET) is None
    await remember(database, InseeAnswer(about="00000001800028", status="active"), HOURS)
    assert await database.fetchval("SELECT array_agg(siret::text) FROM insee_answers") == ["00000001800028"]


async def test_what_another_version_wrote_is_as_good_as_nothing(database: PoolType) -> None:
    await remember(database, CLOSED, HOURS)
    await database.execute("""UPDATE insee_answers SET answer = '{"about": "x", "status": "sleeping"}'""")
    assert await recall(database, SIRET) is None


async def test_the_first_are_answered_at_once_the_next_are_told_to_wait(database: PoolType) -> None:
    for _ in range(5):
        assert await take_call(database, 5) is None
    wait = await take_call(database, 5)
    assert wait == pytest.approx(60, abs=2)
    assert await database.fetchval("SELECT count(*) FROM insee_calls") == 5  # waiting takes nothing


async def test_the_wait_is_until_the_oldest_call_leaves(database: PoolType) -> None:
    for seconds in (50, 30, 10):
        await database.execute(
            "INSERT INTO insee_calls VALUES (clock_timestamp() - $1::interval)", timedelta(seconds=seconds)
        )
    assert await take_call(database, 3) == pytest.approx(10, abs=1)
    # With a limit that was lowered meanwhile, two must leave before one may enter.
    assert await take_call(database, 2) == pytest.approx(30, abs=1)


async def test_old_calls_leave_the_window_and_the_table(database: PoolType) -> None:
    for seconds in (61, 75, 3600):
        await database.execute(
            "INSERT INTO insee_calls VALUES (clock_timestamp() - $1::interval)", timedelta(seconds=seconds)
        )
    assert await take_call(database, 1) is None
    assert await database.fetchval("SELECT count(*) FROM insee_calls") == 1


async def test_many_workers_at_once_never_exceed_the_limit(settings: Settings) -> None:
    """Three workers with a pool each, forty askers: 28 pass, twelve wait for a minute."""
    workers = [await connect(settings, application="tests") for _ in range(3)]
    try:
        waits = await asyncio.gather(*(take_call(workers[number % 3], 28) for number in range(40)))
        assert waits.count(None) == 28
        assert all(55 < wait <= 60 for wait in waits if wait is not None)
        assert await workers[0].fetchval("SELECT count(*) FROM insee_calls") == 28
    finally:
        for worker in workers:
            await worker.close()


async def test_without_postgresql_nobody_may_ask(settings: Settings) -> None:
    pool = await connect(settings, application="tests")
    await pool.close()
    with pytest.raises(DatabaseUnavailable):
        await take_call(pool, 28)
    with pytest.raises(DatabaseUnavailable):
        await recall(pool, SIRET)
    with pytest.raises(DatabaseUnavailable):
        await remember(pool, CLOSED, HOURS)
