"""create_account: all or nothing, once, and only behind a proved mailbox."""

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest
from temporalio.testing import ActivityEnvironment

from activities.accounts import AccountActivities
from domain.effects import AccountAnswer, AccountOrder, Claim, Proof
from domain.messages import Theme
from infrastructure.accounts import Accounts
from infrastructure.database import PoolType, connect
from infrastructure.settings import Settings
from tests.accounts.data import (
    BAKERY,
    DECIDED,
    FARM,
    MEMBER,
    MILL,
    NOTHING,
    SCHOOL,
    TRAINING,
    add_contact,
    add_establishment,
    claim_order,
    contact_order,
    counts,
    prove,
)


@pytest.fixture
def activities(database: PoolType, settings: Settings) -> AccountActivities:
    return AccountActivities(database, settings)


async def create(activities: AccountActivities, order: AccountOrder) -> AccountAnswer:
    return await ActivityEnvironment().run(activities.create_account, order)


async def events(database: PoolType) -> list[tuple[str, dict[str, Any]]]:
    rows = await database.fetch("SELECT type, body FROM account_events ORDER BY id")
    return [(row["type"], json.loads(row["body"])) for row in rows]


async def test_a_claim_makes_an_account_with_one_attachment(
    activities: AccountActivities, database: PoolType
) -> None:
    await add_establishment(database, BAKERY, name="Boulangerie Léon", number="123456 001")
    order = claim_order(establishment_name="Autre nom")
    await prove(database, order, "argon2-hash")
    assert await create(activities, order) == AccountAnswer(about=1, status="created")

    accounts = Accounts(database)
    account = await accounts.account_by_registration(UUID(order.registration))
    assert account is not None
    assert (account.civility, account.last_name, account.first_name) == ("madame", "Le Goff", "Zoé")
    assert (account.email, account.created_at) == ("zoe@exemple.fr", DECIDED)
    credential = await accounts.credential(account.id)
    assert credential is not None
    assert credential.password_hash == "argon2-hash"
    assert credential.changed_at > DECIDED, (
        "the day the password was chosen is the database's, not the order's"
    )
    home = await accounts.home(account.id)
    assert home is not None
    assert home.person == account
    assert home.themes == (Theme.CASES, Theme.INVOICES)
    (attachment,) = home.attachments
    assert (attachment.siret, attachment.kind) == (BAKERY, MEMBER)
    assert attachment.name == "Boulangerie Léon", "the name AKTO knows, not INSEE's"
    assert (attachment.proof, attachment.confirmed, attachment.idcc) == (Proof.MEMBER_NUMBER, True, None)
    given = await database.fetch("SELECT theme, given_at, withdrawn_at FROM theme_consents ORDER BY theme")
    assert [tuple(row) for row in given] == [("cases", DECIDED, None), ("invoices", DECIDED, None)]


async def test_the_outbox_tells_what_happened(activities: AccountActivities, database: PoolType) -> None:
    order = claim_order(
        claim=Claim(kind=TRAINING, siret=FARM),
        proof=Proof.IDCC_DECLARED,
        idcc="7024",
        establishment_name="Ferme",
    )
    await prove(database, order)
    await create(activities, order)
    account_id = str(await database.fetchval("SELECT id FROM accounts"))
    attachment_id = str(await database.fetchval("SELECT id FROM attachments"))
    assert await events(database) == [
        (
            "account.created",
            {
                "account_id": account_id,
                "registration_id": order.registration,
                "email": "zoe@exemple.fr",
                "civility": "madame",
                "last_name": "Le Goff",
                "first_name": "Zoé",
                "themes": ["cases", "invoices"],
                "created_at": "2026-03-02T09:30:00+00:00",
            },
        ),
        (
            "attachment.created",
            {
                "account_id": account_id,
                "attachment_id": attachment_id,
                "siret": FARM,
                "kind": "training_organisation",
                "name": "Ferme",
                "proof": "idcc_declared",
                "confirmed": False,
                "idcc": "7024",
                "idcc_in_akto": False,
                "created_at": "2026-03-02T09:30:00+00:00",
            },
        ),
    ]


@pytest.mark.parametrize(
    ("proof", "confirmed"),
    [(Proof.MEMBER_NUMBER, True), (Proof.OPERATOR, True), (Proof.IDCC_DECLARED, False)],
)
async def test_only_what_was_declared_is_to_be_confirmed(
    activities: AccountActivities, database: PoolType, proof: Proof, confirmed: bool
) -> None:
    order = claim_order(proof=proof)
    await prove(database, order)
    await create(activities, order)
    row = await database.fetchrow("SELECT proof, confirmed, name FROM attachments")
    assert row is not None
    assert tuple(row) == (proof, confirmed, None)


async def test_a_contact_is_attached_to_everything_known_at_that_moment(
    activities: AccountActivities, database: PoolType
) -> None:
    await add_establishment(database, BAKERY, name="Boulangerie")
    await add_establishment(database, SCHOOL, TRAINING, name="École")
    await add_establishment(database, SCHOOL, MEMBER, name="École, adhérente")
    await add_establishment(database, MILL, name="Moulin d'un autre")
    await add_contact(database, "Zoe@Exemple.fr", (BAKERY, MEMBER), (SCHOOL, TRAINING), (SCHOOL, MEMBER))
    await add_contact(database, "autre@exemple.fr", (MILL, MEMBER))
    order = contact_order("Zoe@Exemple.fr")
    await prove(database, order)
    assert (await create(activities, order)).status == "created"
    account = await Accounts(database).account_by_email("ZOE@exemple.fr")
    assert account is not None
    assert account.email == "Zoe@Exemple.fr", "the address AKTO stores"
    home = await Accounts(database).home(account.id)
    assert home is not None
    assert [(a.siret, a.kind, a.name) for a in home.attachments] == [
        (BAKERY, MEMBER, "Boulangerie"),
        (SCHOOL, TRAINING, "École"),
        (SCHOOL, MEMBER, "École, adhérente"),
    ]
    assert {(a.proof, a.confirmed) for a in home.attachments} == {(Proof.CONTACT_EMAIL, True)}
    assert [kind for kind, _ in await events(database)] == ["account.created"] + ["attachment.created"] * 3


@pytest.mark.parametrize("gone", ["removed", "inactive", "without establishments"])
async def test_a_contact_that_is_gone_gets_nothing_and_stays_proved(
    activities: AccountActivities, database: PoolType, gone: str
) -> None:
    await add_establishment(database, BAKERY)
    if gone == "inactive":
        await add_contact(database, "zoe@exemple.fr", (BAKERY, MEMBER), active=False)
    elif gone == "without establishments":
        await add_contact(database, "zoe@exemple.fr")
    order = contact_order()
    await prove(database, order)
    for _ in range(2):
        assert (await create(activities, order)).status == "contact_gone"
        assert await counts(database) == NOTHING
    with_claim = claim_order(registration=order.registration)
    assert (await create(activities, with_claim)).status == "created"


async def test_without_a_proof_there_is_no_account(activities: AccountActivities, database: PoolType) -> None:
    order = claim_order(link=3)
    assert await create(activities, order) == AccountAnswer(about=3, status="unproved")
    assert await counts(database) == NOTHING


@pytest.mark.parametrize(
    "changes",
    [{"link": 2}, {"address": "autre@exemple.fr"}, {"registration": "6f2c1b1e-0000-4000-8000-000000000000"}],
)
async def test_the_proof_of_another_link_address_or_registration_proves_nothing(
    activities: AccountActivities, database: PoolType, changes: dict[str, Any]
) -> None:
    order = claim_order()
    await prove(database, AccountOrder(**{**dict(order), **changes}))
    assert (await create(activities, order)).status == "unproved"
    assert await counts(database) == NOTHING


async def test_a_proof_holds_for_every_spelling_of_case(
    activities: AccountActivities, database: PoolType
) -> None:
    order = claim_order("Zoe@Exemple.FR")
    await prove(database, AccountOrder(**{**dict(order), "address": "zoe@exemple.fr"}))
    assert (await create(activities, order)).status == "created"


async def test_a_used_proof_is_used_up_and_keeps_no_hash(
    activities: AccountActivities, database: PoolType
) -> None:
    order = claim_order()
    older = AccountOrder(**{**dict(order), "link": 2})
    await prove(database, order)
    await prove(database, older)
    await create(activities, order)
    rows = await database.fetch("SELECT password_hash, consumed_at FROM pending_credentials")
    assert [row["password_hash"] for row in rows] == ["", ""]
    assert all(row["consumed_at"] for row in rows)
    await database.execute("DELETE FROM accounts")
    assert (await create(activities, order)).status == "unproved"
    assert (await create(activities, older)).status == "unproved"


async def test_a_mailbox_has_one_account(activities: AccountActivities, database: PoolType) -> None:
    first, second = claim_order(), claim_order("ZOE@exemple.fr")
    await prove(database, first)
    await prove(database, second)
    assert (await create(activities, first)).status == "created"
    before = await counts(database)
    for _ in range(2):
        assert (await create(activities, second)).status == "already_registered"
    assert (await create(activities, first)).status == "created"
    assert await counts(database) == before


async def test_already_registered_is_said_before_the_contact_is_looked_for(
    activities: AccountActivities, database: PoolType
) -> None:
    first, second = claim_order(), contact_order()
    await prove(database, first)
    await prove(database, second)
    await create(activities, first)
    assert (await create(activities, second)).status == "already_registered"


async def test_a_theme_named_twice_is_consented_once(
    activities: AccountActivities, database: PoolType
) -> None:
    order = claim_order(themes=(Theme.CASES, Theme.CASES))
    await prove(database, order)
    assert (await create(activities, order)).status == "created"
    assert (await counts(database))["theme_consents"] == 1


async def test_twenty_at_once_for_one_registration_make_one_account(
    activities: AccountActivities, database: PoolType, settings: Settings
) -> None:
    order = claim_order()
    await prove(database, order)
    other_process = await connect(settings)
    both = [activities, AccountActivities(other_process, settings)]
    answers = await asyncio.gather(*(create(both[i % 2], order) for i in range(20)))
    await other_process.close()
    assert {answer.status for answer in answers} == {"created"}
    assert await counts(database) == {
        "accounts": 1, "credentials": 1, "theme_consents": 2, "attachments": 1, "account_events": 2,
    }  # fmt: skip


async def test_two_links_of_one_registration_at_once_make_one_account(
    activities: AccountActivities, database: PoolType
) -> None:
    first = claim_order()
    orders = [AccountOrder(**{**dict(first), "link": link}) for link in (1, 2, 3, 4)]
    for order in orders:
        await prove(database, order, f"hash {order.link}")
    answers = await asyncio.gather(*(create(activities, order) for order in orders * 3))
    assert {answer.status for answer in answers} == {"created"}
    assert (await counts(database))["accounts"] == 1


async def test_registrations_of_one_mailbox_race_and_one_wins(
    activities: AccountActivities, database: PoolType
) -> None:
    for round_ in range(10):
        address = f"zoe{round_}@exemple.fr"
        orders = [claim_order(address), claim_order(address.upper()), claim_order(address)]
        for order in orders:
            await prove(database, order)
        answers = await asyncio.gather(*(create(activities, order) for order in orders))
        assert sorted(answer.status for answer in answers) == ["already_registered"] * 2 + ["created"]
    assert await database.fetchval("SELECT count(*) FROM accounts") == 10
    assert await database.fetchval("SELECT count(*) FROM attachments") == 10
