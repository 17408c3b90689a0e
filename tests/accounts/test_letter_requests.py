"""Who asks for a letter by an address: one row for whomever, answered once, however often it is tried."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.service import RPCError

from activities.accounts import AccountActivities
from devstack.ports import free_port
from infrastructure.accounts import Accounts
from infrastructure.database import PoolType
from infrastructure.letter_requests import FORGET_AFTER, LetterRequests
from infrastructure.settings import Settings
from infrastructure.temporal import plugin
from starter.letters import Letters
from starter.registrations import Unavailable
from tests.accounts.data import claim_order, prove

OWNER, NOBODY = "zoe@exemple.fr", "personne@exemple.fr"


@pytest_asyncio.fixture
async def owner(database: PoolType, settings: Settings) -> UUID:
    order = claim_order(OWNER)
    await prove(database, order)
    await AccountActivities(database, settings).create_account(order)
    account = await Accounts(database).account_by_registration(UUID(order.registration))
    assert account is not None
    return account.id


@pytest_asyncio.fixture
async def requests(database: PoolType, settings: Settings) -> AsyncIterator[LetterRequests]:
    """A worker's, while the engine is away."""
    nobody = await Client.connect(f"127.0.0.1:{free_port()}", lazy=True, plugins=[plugin(settings)])
    yield LetterRequests(nobody, database, "registration", settings.email_hash_key)


async def rows(database: PoolType) -> list[tuple[str, str]]:
    found = await database.fetch("SELECT kind, email_key FROM letter_requests ORDER BY id")
    return [(row["kind"], row["email_key"]) for row in found]


@pytest.mark.usefixtures("owner")
async def test_asking_writes_the_same_for_whomever(database: PoolType) -> None:
    letters = Letters(database)
    for address in (OWNER, NOBODY):
        await letters.forgotten(address.upper())
        await letters.resume(address)
    assert await rows(database) == [
        (kind, address) for address in (OWNER, NOBODY) for kind in ("password_forgotten", "resume")
    ]


async def test_what_cannot_be_written_down_is_not_promised(database: PoolType) -> None:
    await database.close()
    with pytest.raises(Unavailable):
        await Letters(database).forgotten(OWNER)


async def test_while_the_engine_is_away_it_stays_with_one_link(
    database: PoolType, owner: UUID, requests: LetterRequests
) -> None:
    await Letters(database).forgotten(OWNER)
    (asked,) = await requests._asked()
    for _ in range(3):
        with pytest.raises((RPCError, RuntimeError)):
            await requests.answer(asked)
    assert len(await rows(database)) == 1
    assert await database.fetchval("SELECT count(*) FROM password_resets WHERE account_id = $1", owner) == 1


async def test_one_that_fails_keeps_no_other_waiting(
    database: PoolType, owner: UUID, requests: LetterRequests
) -> None:
    letters = Letters(database)
    await letters.forgotten(OWNER)
    await letters.forgotten(NOBODY)
    for asked in await requests._asked():
        await requests._answer_if_possible(asked)
    assert await rows(database) == [("password_forgotten", OWNER)]


async def test_one_that_another_worker_answered_meanwhile_gives_no_link(
    database: PoolType, owner: UUID, requests: LetterRequests
) -> None:
    await Letters(database).forgotten(OWNER)
    (asked,) = await requests._asked()
    await database.execute("DELETE FROM letter_requests")
    await requests.answer(asked)
    assert await database.fetchval("SELECT count(*) FROM password_resets WHERE account_id = $1", owner) == 0


async def test_after_an_hour_it_is_forgotten(database: PoolType, requests: LetterRequests) -> None:
    now = datetime.now(UTC)
    await Letters(database, clock=lambda: now - FORGET_AFTER - timedelta(minutes=1)).resume(OWNER)
    await Letters(database, clock=lambda: now - FORGET_AFTER + timedelta(minutes=1)).resume(NOBODY)
    assert [asked.email_key for asked in await requests._asked()] == [NOBODY]
    assert await rows(database) == [("resume", NOBODY)]
