"""Reading accounts, the proof the web process writes, sessions."""

import json
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from activities.accounts import AccountActivities
from domain.messages import Theme
from infrastructure.accounts import Accounts
from infrastructure.database import PoolType
from infrastructure.sessions import Sessions
from infrastructure.settings import Settings
from tests.accounts.data import claim_order, prove


@pytest.fixture
def accounts(database: PoolType) -> Accounts:
    return Accounts(database)


@pytest.fixture
def sessions(database: PoolType, settings: Settings) -> Sessions:
    return Sessions(database, settings)


async def make_account(database: PoolType, settings: Settings, address: str = "zoe@exemple.fr") -> UUID:
    order = claim_order(address)
    await prove(database, order)
    await AccountActivities(database, settings).create_account(order)
    account = await Accounts(database).account_by_email(address)
    assert account is not None
    return account.id


async def test_nobody(accounts: Accounts) -> None:
    assert await accounts.account_by_registration(uuid4()) is None
    assert await accounts.account_by_email("zoe@exemple.fr") is None
    assert await accounts.credential(uuid4()) is None
    assert await accounts.home(uuid4()) is None
    assert await accounts.link_address(uuid4(), 1) is None
    assert await accounts.log_in("zoe@exemple.fr") is None


async def test_an_address_is_found_in_any_case(
    accounts: Accounts, database: PoolType, settings: Settings
) -> None:
    account_id = await make_account(database, settings, "Zoe@Exemple.fr")
    account = await accounts.account_by_email("ZOE@EXEMPLE.FR")
    assert account is not None
    assert (account.id, account.email) == (account_id, "Zoe@Exemple.fr")
    assert await accounts.log_in("zoe@exemple.fr") == (account_id, "hash")


async def test_a_withdrawn_theme_is_not_shown(
    accounts: Accounts, database: PoolType, settings: Settings
) -> None:
    account_id = await make_account(database, settings)
    await database.execute("UPDATE theme_consents SET withdrawn_at = now() WHERE theme = 'cases'")
    home = await accounts.home(account_id)
    assert home is not None
    assert home.themes == (Theme.INVOICES,)


async def test_the_address_of_a_link(accounts: Accounts, database: PoolType) -> None:
    registration = uuid4()
    await database.execute(
        "INSERT INTO links (registration_id, number, email, email_key) VALUES ($1, 2, $2, $3)",
        registration, "Zoe@exemple.fr", "zoe@exemple.fr",
    )  # fmt: skip
    assert await accounts.link_address(registration, 2) == "Zoe@exemple.fr"
    assert await accounts.link_address(registration, 1) is None


async def test_a_proof_is_replaced_until_it_is_used(
    accounts: Accounts, database: PoolType, settings: Settings
) -> None:
    order = claim_order()
    registration = UUID(order.registration)
    assert await accounts.save_pending(registration, 1, "zoe@exemple.fr", "first")
    assert await accounts.save_pending(registration, 1, "ZOE@exemple.fr", "second")
    rows = await database.fetch("SELECT email_key, password_hash FROM pending_credentials")
    assert [tuple(row) for row in rows] == [("zoe@exemple.fr", "second")]
    await AccountActivities(database, settings).create_account(order)
    assert not await accounts.save_pending(registration, 1, "zoe@exemple.fr", "third")
    assert not await accounts.save_pending(registration, 2, "zoe@exemple.fr", "third")
    assert await database.fetchval("SELECT count(*) FROM pending_credentials") == 1
    found = await accounts.log_in("zoe@exemple.fr")
    assert found is not None
    assert found[1] == "second"


async def test_a_used_proof_is_not_replaced_even_when_the_account_is_gone(
    accounts: Accounts, database: PoolType, settings: Settings
) -> None:
    order = claim_order()
    await prove(database, order)
    await AccountActivities(database, settings).create_account(order)
    await database.execute("DELETE FROM accounts")
    assert not await accounts.save_pending(UUID(order.registration), 1, order.address, "again")


async def test_a_new_cost_replaces_the_hash_and_not_a_new_password(
    accounts: Accounts, database: PoolType, settings: Settings
) -> None:
    account_id = await make_account(database, settings)
    before = await accounts.credential(account_id)
    assert before is not None
    await accounts.rehash(account_id, "hash", "dearer")
    await accounts.rehash(account_id, "hash", "too late")
    after = await accounts.credential(account_id)
    assert after == ("dearer", before.changed_at)


async def test_a_session_is_known_until_it_is_closed(
    sessions: Sessions, database: PoolType, settings: Settings
) -> None:
    account_id = await make_account(database, settings)
    first, second = await sessions.open(account_id), await sessions.open(account_id)
    assert first != second
    assert len(first) >= 43
    assert await sessions.account(first) == account_id
    await sessions.close(first)
    await sessions.close(first)
    assert await sessions.account(first) is None
    assert await sessions.account(second) == account_id


@pytest.mark.parametrize("token", ["", "x", "é" * 100, "\0", "\ud800", "a" * 10_000])
async def test_a_made_up_token_is_nobody(sessions: Sessions, token: str) -> None:
    assert await sessions.account(token) is None
    await sessions.close(token)


async def test_the_table_does_not_hold_the_cookie(
    sessions: Sessions, database: PoolType, settings: Settings
) -> None:
    token = await sessions.open(await make_account(database, settings))
    stored: bytes = await database.fetchval("SELECT token_hash FROM sessions")
    assert len(stored) == 32
    assert token.encode() not in stored
    assert await sessions.account(stored.hex()) is None


async def test_a_session_ends_after_idle_hours_and_use_keeps_it(
    sessions: Sessions, database: PoolType, settings: Settings
) -> None:
    token = await sessions.open(await make_account(database, settings))

    async def stay_away(hours: float) -> None:
        await database.execute(
            "UPDATE sessions SET last_seen_at = last_seen_at - $1::interval", timedelta(hours=hours)
        )

    for _ in range(3):
        await stay_away(7.9)
        assert await sessions.account(token) is not None
    await stay_away(8.1)
    assert await sessions.account(token) is None


async def test_idle_sessions_go_when_another_is_opened(
    sessions: Sessions, database: PoolType, settings: Settings
) -> None:
    account_id = await make_account(database, settings)
    other_id = await make_account(database, settings, "autre@exemple.fr")
    for one in (account_id, other_id):
        await sessions.open(one)
    await database.execute("UPDATE sessions SET last_seen_at = now() - interval '9 hours'")
    await sessions.open(account_id)
    left = await database.fetch("SELECT account_id FROM sessions")
    assert sorted(row["account_id"] for row in left) == sorted([account_id, other_id])


async def test_sessions_go_with_the_account(
    sessions: Sessions, database: PoolType, settings: Settings
) -> None:
    token = await sessions.open(await make_account(database, settings))
    await database.execute("DELETE FROM accounts")
    assert await sessions.account(token) is None


async def test_changed_themes_are_dated_and_told(
    accounts: Accounts, database: PoolType, settings: Settings
) -> None:
    account_id = await make_account(database, settings)
    await accounts.choose_themes(account_id, [Theme.INVOICES, Theme.PAYMENTS])
    await accounts.choose_themes(account_id, [Theme.PAYMENTS, Theme.INVOICES])
    await accounts.choose_themes(account_id, [Theme.CASES, Theme.INVOICES, Theme.PAYMENTS])

    home = await accounts.home(account_id)
    assert home is not None
    assert home.themes == (Theme.CASES, Theme.INVOICES, Theme.PAYMENTS)
    consents = await database.fetch(
        "SELECT theme, withdrawn_at IS NULL AS stands FROM theme_consents ORDER BY theme, given_at"
    )
    assert [tuple(row) for row in consents] == [
        ("cases", False),
        ("cases", True),
        ("invoices", True),
        ("payments", True),
    ]
    told = await database.fetch(
        "SELECT body->'themes' AS themes, body->>'changed_at' AS at FROM account_events"
        " WHERE type = 'account.themes_changed' ORDER BY id"
    )
    assert [json.loads(row["themes"]) for row in told] == [
        ["invoices", "payments"],
        ["cases", "invoices", "payments"],
    ], "what did not change is not told"
    assert all(datetime.fromisoformat(row["at"]).tzinfo for row in told)


async def test_themes_of_nobody(accounts: Accounts, database: PoolType) -> None:
    await accounts.choose_themes(uuid4(), [Theme.CASES])
    assert await database.fetchval("SELECT count(*) FROM theme_consents") == 0
