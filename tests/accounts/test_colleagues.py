"""Who is told that somebody joined their establishment."""

from uuid import UUID

import pytest

from activities.accounts import AccountActivities
from activities.contacts import ContactActivities
from domain.effects import AccountOrder, MailKind, NewcomerLetters, NewcomerQuestion, Proof
from infrastructure.database import PoolType
from infrastructure.settings import Settings
from tests.accounts.data import (
    BAKERY,
    DECIDED,
    MEMBER,
    MILL,
    add_contact,
    add_establishment,
    claim_order,
    contact_order,
    prove,
)


@pytest.fixture
async def known(database: PoolType) -> None:
    await add_establishment(database, BAKERY, name="Boulangerie", number="123456 001")
    await add_establishment(database, MILL, name="Moulin")
    await add_contact(database, "Anna@boulangerie.fr", (BAKERY, MEMBER), (MILL, MEMBER))
    await add_contact(database, "partie@boulangerie.fr", (BAKERY, MEMBER), active=False)
    await add_contact(database, "meunier@moulin.fr", (MILL, MEMBER))


async def joined(database: PoolType, settings: Settings, order: AccountOrder) -> NewcomerLetters:
    await prove(database, order)
    await AccountActivities(database, settings).create_account(order)
    contacts = ContactActivities(database, settings.email_hash_key)
    question = NewcomerQuestion(registration=order.registration, decided_at=DECIDED)
    return await contacts.newcomer_letters(question)


async def test_active_contacts_of_that_establishment(
    database: PoolType, settings: Settings, known: None
) -> None:
    letters = await joined(database, settings, claim_order())
    assert [(one.to, one.words, one.kind, one.ordinal) for one in letters.orders] == [
        ("Anna@boulangerie.fr", BAKERY, MailKind.NEWCOMER, 1)
    ]


async def test_who_has_an_account_there_comes_first_and_the_newcomer_never(
    database: PoolType, settings: Settings, known: None
) -> None:
    await joined(database, settings, claim_order("zoe@exemple.fr"))
    letters = await joined(database, settings, claim_order("leo@exemple.fr"))
    assert [one.to for one in letters.orders] == ["zoe@exemple.fr", "Anna@boulangerie.fr"]


async def test_five_at_most(database: PoolType, settings: Settings, known: None) -> None:
    for number in range(9):
        await add_contact(database, f"contact{number}@boulangerie.fr", (BAKERY, MEMBER))
    letters = await joined(database, settings, claim_order())
    assert len({one.to for one in letters.orders}) == 5


async def test_a_known_contact_is_no_news_and_one_to_be_confirmed_is_no_colleague(
    database: PoolType, settings: Settings, known: None
) -> None:
    declared = claim_order("leo@exemple.fr", proof=Proof.IDCC_DECLARED, idcc="1979")
    await joined(database, settings, declared)
    letters = await joined(database, settings, claim_order("zoe@exemple.fr"))
    assert [one.to for one in letters.orders] == ["Anna@boulangerie.fr"]
    assert (await joined(database, settings, contact_order("anna@boulangerie.fr"))).orders == ()


async def test_no_account_no_mail(database: PoolType, settings: Settings) -> None:
    contacts = ContactActivities(database, settings.email_hash_key)
    question = NewcomerQuestion(registration=str(UUID(int=1)), decided_at=DECIDED)
    assert (await contacts.newcomer_letters(question)).orders == ()
