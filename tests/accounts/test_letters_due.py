"""A mail that follows from what was written is due by the same transaction, and waits for the engine."""

from uuid import UUID

import pytest
from temporalio.client import Client
from temporalio.service import RPCError

from activities.accounts import AccountActivities
from devstack.ports import free_port
from domain.effects import AccountOrder
from infrastructure.accounts import Accounts
from infrastructure.database import PoolType
from infrastructure.letters import DueLetters
from infrastructure.password_changes import PasswordChanges
from infrastructure.settings import Settings
from tests.accounts.data import (
    BAKERY,
    MEMBER,
    add_contact,
    add_establishment,
    claim_order,
    contact_order,
    prove,
)


async def made(database: PoolType, settings: Settings, order: AccountOrder) -> UUID:
    await prove(database, order)
    await AccountActivities(database, settings).create_account(order)
    account = await Accounts(database).account_by_registration(UUID(order.registration))
    assert account is not None
    return account.id


async def due(database: PoolType) -> list[str]:
    return [row["kind"] for row in await database.fetch("SELECT kind FROM letters_due ORDER BY id")]


async def test_somebody_attached_and_a_password_changed(database: PoolType, settings: Settings) -> None:
    account = await made(database, settings, claim_order())
    assert await due(database) == ["newcomer"]
    changes = PasswordChanges(database)
    number = await changes.request(account)
    assert await changes.change(account, "other", number)
    assert await changes.change(account, "stolen", number) is None
    assert await due(database) == ["newcomer", "password_changed"], "once, for the change that was made"


async def test_no_news_is_no_letter(database: PoolType, settings: Settings) -> None:
    await add_establishment(database, BAKERY)
    await add_contact(database, "zoe@exemple.fr", (BAKERY, MEMBER))
    await AccountActivities(database, settings).create_account(claim_order("paul@exemple.fr"))
    assert await due(database) == [], "unproved"
    await made(database, settings, contact_order())
    assert await due(database) == [], "a known contact"


async def test_it_stays_while_the_engine_is_away(database: PoolType, settings: Settings) -> None:
    await made(database, settings, claim_order())
    nobody = await Client.connect(f"127.0.0.1:{free_port()}", lazy=True)
    letters = DueLetters(nobody, database, "registration")
    found = await letters._found()
    assert len(found) == 1
    with pytest.raises((RPCError, RuntimeError)):
        await letters._order(found[0])
    assert await due(database) == ["newcomer"]


async def test_it_goes_with_its_account(database: PoolType, settings: Settings) -> None:
    await made(database, settings, claim_order())
    await database.execute("DELETE FROM accounts")
    assert await due(database) == []
