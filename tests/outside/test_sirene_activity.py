"""`ask_insee` against a real PostgreSQL and a real HTTP server: memory, then quota, then the question."""

import asyncio
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from pydantic import SecretStr
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.testing import ActivityEnvironment

from activities.sirene import SireneActivities
from domain.effects import InseeAnswer, InseeQuestion
from infrastructure.database import DatabaseUnavailable, PoolType
from infrastructure.sirene import SireneClient
from tests.outside.insee_documents import (
    ACTIVE,
    KEY,
    OPEN,
    OTHER,
    SIRET,
    SPENT,
    UNAUTHORISED,
    UNKNOWN,
    document,
)
from tests.outside.scripted import Script, Scripted, answer, message, pieces, scripted


class Insee:
    """The activities of two workers and the server they ask."""

    def __init__(self, server: Scripted, workers: list[SireneActivities]) -> None:
        self.server = server
        self.workers = workers

    async def ask(self, siret: str = SIRET, worker: int = 0) -> InseeAnswer:
        return await ActivityEnvironment().run(self.workers[worker].ask_insee, InseeQuestion(siret=siret))

    async def failure(self, siret: str = SIRET) -> ApplicationError:
        with pytest.raises(ApplicationError) as caught:
            await self.ask(siret)
        told = "".join(traceback.format_exception(caught.value))
        assert SIRET not in told
        assert KEY not in told
        assert not caught.value.non_retryable
        return caught.value


@asynccontextmanager
async def insee(
    pool: PoolType, script: Script, per_minute: int = 28, unknown: timedelta = timedelta(minutes=5)
) -> AsyncIterator[Insee]:
    async with scripted(script) as server, SireneClient(server.url, SecretStr(KEY), 1.0) as client:
        workers = [
            SireneActivities(pool, client, calls_per_minute=per_minute, unknown_remembered=unknown)
            for _ in range(2)
        ]
        yield Insee(server, workers)


async def life(pool: PoolType) -> timedelta:
    found: timedelta = await pool.fetchval("SELECT expires_at - fetched_at FROM insee_answers")
    return found


async def test_asked_once_then_remembered_for_every_worker(database: PoolType) -> None:
    async with insee(database, answer(200, ACTIVE)) as it:
        assert await it.ask() == OPEN
        assert await it.ask() == OPEN
        assert await it.ask(worker=1) == OPEN
        assert len(it.server.heads) == 1
    assert await life(database) == pytest.approx(timedelta(hours=6), abs=timedelta(seconds=1))


async def test_unknown_is_remembered_for_minutes(database: PoolType) -> None:
    async with insee(database, answer(404, UNKNOWN)) as it:
        assert (await it.ask()).status == "unknown"
    assert await life(database) == pytest.approx(timedelta(minutes=5), abs=timedelta(seconds=1))


async def test_unknown_is_asked_again_when_its_time_is_over(database: PoolType) -> None:
    async with insee(database, answer(404, UNKNOWN), unknown=timedelta(seconds=0.1)) as it:
        assert (await it.ask()).status == "unknown"
        await asyncio.sleep(0.15)
        it.server.script = answer(200, ACTIVE)
        assert (await it.ask()).status == "active"


async def test_fifty_colleagues_at_once_cost_one_call(database: PoolType) -> None:
    async with insee(database, pieces(b"", message(200, ACTIVE), pause=0.2)) as it:
        answers = await asyncio.gather(*(it.ask() for _ in range(50)))
        assert set(answers) == {OPEN}
        assert len(it.server.heads) == 1
    assert await database.fetchval("SELECT count(*) FROM insee_calls") == 1


async def test_two_hundred_registrations_of_twenty_companies_cost_twenty_calls(database: PoolType) -> None:
    sirets = [f"000000{number:08}" for number in range(20)]
    async with insee(database, answer(200, document(siret=None))) as both:
        answers = await asyncio.gather(*(both.ask(siret) for siret in sirets * 10))
    assert {one.status for one in answers} == {"active"}
    assert len(both.server.heads) == 20


async def test_one_who_leaves_takes_nothing_from_the_others(database: PoolType) -> None:
    async with insee(database, pieces(b"", message(200, ACTIVE), pause=0.2)) as it:
        first = asyncio.create_task(it.ask())
        second = asyncio.create_task(it.ask())
        await asyncio.sleep(0.1)
        first.cancel()
        assert await second == OPEN
        with pytest.raises(asyncio.CancelledError):
            await first
        assert len(it.server.heads) == 1


async def test_an_outage_fails_all_who_wait_and_is_not_remembered(database: PoolType) -> None:
    async with insee(database, answer(503)) as it:
        failures = await asyncio.gather(*(it.ask() for _ in range(3)), return_exceptions=True)
        assert all(isinstance(one, ApplicationError) and one.type == "InseeUnavailable" for one in failures)
        assert len({id(one) for one in failures}) == 3
        it.server.script = answer(200, ACTIVE)
        assert await it.ask() == OPEN


@pytest.mark.parametrize(
    ("script", "kind", "delay"),
    [
        pytest.param(answer(503), "InseeUnavailable", None, id="503"),
        pytest.param(answer(503, Retry_After="90"), "InseeUnavailable", 90, id="503 until"),
        pytest.param(answer(429, SPENT), "InseeQuota", None, id="429"),
        pytest.param(answer(429, SPENT, Retry_After="23"), "InseeQuota", 23, id="429 until"),
        pytest.param(answer(200, "<html>", content_type="text/html"), "InseeUnavailable", None, id="page"),
        pytest.param(pieces(), "InseeUnavailable", None, id="cut"),
        pytest.param(pieces(then=3), "InseeUnavailable", None, id="time-out"),
    ],
)
async def test_unavailable_is_expected_and_says_until_when(
    database: PoolType, script: Script, kind: str, delay: int | None
) -> None:
    async with insee(database, script) as it:
        failure = await it.failure()
    assert failure.type == kind
    assert failure.category is ApplicationErrorCategory.BENIGN
    assert failure.next_retry_delay == (delay and timedelta(seconds=delay))
    assert await database.fetchval("SELECT count(*) FROM insee_answers") == 0


@pytest.mark.parametrize("script", [answer(401, UNAUTHORISED), answer(400, {"header": {"statut": 400}})])
async def test_what_is_ours_to_mend_is_no_benign_failure(database: PoolType, script: Script) -> None:
    async with insee(database, script) as it:
        failure = await it.failure()
    assert failure.type == "InseeConfiguration"
    assert failure.category is ApplicationErrorCategory.UNSPECIFIED


async def test_the_quota_is_kept_before_anybody_is_asked(database: PoolType) -> None:
    async with insee(database, answer(404, UNKNOWN), per_minute=1) as it:
        assert (await it.ask(OTHER)).status == "unknown"
        failure = await it.failure(SIRET)
        assert len(it.server.heads) == 1
    assert failure.type == "InseeQuota"
    assert failure.category is ApplicationErrorCategory.BENIGN
    assert failure.next_retry_delay is not None
    assert timedelta(seconds=55) < failure.next_retry_delay <= timedelta(seconds=60)


async def test_a_remembered_answer_needs_no_quota(database: PoolType) -> None:
    async with insee(database, answer(200, ACTIVE), per_minute=1) as it:
        assert await it.ask() == OPEN
        assert await it.ask(worker=1) == OPEN


async def test_an_answer_that_cannot_be_remembered_is_an_answer_all_the_same(database: PoolType) -> None:
    await database.execute("ALTER TABLE insee_answers ADD CHECK (siret = 'nobody')")
    async with insee(database, answer(200, ACTIVE)) as it:
        assert await it.ask() == OPEN


async def test_without_postgresql_insee_is_not_asked(database: PoolType) -> None:
    await database.execute("DROP TABLE insee_calls")
    async with insee(database, answer(200, ACTIVE)) as it:
        with pytest.raises(DatabaseUnavailable):
            await it.ask()
        assert it.server.heads == []
