"""look_up_contact and block_mailbox."""

from datetime import timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from activities.accounts import AccountActivities
from activities.contacts import ContactActivities
from domain.effects import BlockOrder, BlockReceipt, ContactAnswer, ContactQuestion
from infrastructure.database import PoolType
from infrastructure.settings import Settings
from infrastructure.tokens import email_hash, mailbox_hash
from tests.accounts.data import BAKERY, DECIDED, MEMBER, add_contact, add_establishment, claim_order, prove

KEY = b"k" * 32


@pytest.fixture
def activities(database: PoolType) -> ContactActivities:
    return ContactActivities(database, KEY)


async def look_up(activities: ContactActivities, email: str) -> ContactAnswer:
    return await ActivityEnvironment().run(activities.look_up_contact, ContactQuestion(email=email))


async def test_an_unknown_address_stays_as_typed(activities: ContactActivities) -> None:
    assert await look_up(activities, "Zoe@Exemple.fr") == ContactAnswer(
        about="Zoe@Exemple.fr",
        kind="none",
        address="Zoe@Exemple.fr",
        email_hash=email_hash(KEY, "zoe@exemple.fr"),
    )


@pytest.mark.parametrize("typed", ["zoe@exemple.fr", "ZOE@EXEMPLE.FR", "Zoe@Exemple.Fr"])
async def test_a_contact_is_found_in_any_case_and_written_to_where_akto_says(
    activities: ContactActivities, database: PoolType, typed: str
) -> None:
    await add_contact(database, "Zoe@Exemple.fr")
    answer = await look_up(activities, typed)
    assert (answer.about, answer.kind, answer.address) == (typed, "contact", "Zoe@Exemple.fr")
    assert answer.email_hash == email_hash(KEY, "zoe@exemple.fr")


@pytest.mark.parametrize("typed", ["zoe+akto@exemple.fr", "zoé@exemple.fr", "zoe@exemple.fr.evil.example"])
async def test_another_address_is_not_the_contact(
    activities: ContactActivities, database: PoolType, typed: str
) -> None:
    await add_contact(database, "zoe@exemple.fr")
    answer = await look_up(activities, typed)
    assert (answer.kind, answer.address) == ("none", typed)


async def test_an_inactive_contact_is_none(activities: ContactActivities, database: PoolType) -> None:
    await add_contact(database, "Zoe@exemple.fr", active=False)
    answer = await look_up(activities, "zoe@exemple.fr")
    assert (answer.kind, answer.address) == ("none", "zoe@exemple.fr")


async def test_an_account_comes_before_a_contact(
    activities: ContactActivities, database: PoolType, settings: Settings
) -> None:
    await add_establishment(database, BAKERY)
    await add_contact(database, "ZOE@exemple.fr", (BAKERY, MEMBER))
    order = claim_order("Zoe@exemple.fr")
    await prove(database, order)
    await AccountActivities(database, settings).create_account(order)
    answer = await look_up(activities, "zoe@exemple.fr")
    assert (answer.kind, answer.address) == ("account", "Zoe@exemple.fr")


async def block(activities: ContactActivities, address: str, days: int) -> None:
    order = BlockOrder(address=address, days=days, decided_at=DECIDED)
    assert await ActivityEnvironment().run(activities.block_mailbox, order) == BlockReceipt()


async def test_a_mailbox_is_blocked_once_for_all_its_spellings(
    activities: ContactActivities, database: PoolType
) -> None:
    await block(activities, "Zoe+akto@Exemple.fr", 30)
    await block(activities, "zoe@exemple.fr", 30)
    rows = await database.fetch("SELECT mailbox_hash, until FROM mailbox_blocks")
    assert [tuple(row) for row in rows] == [
        (mailbox_hash(KEY, "zoe@exemple.fr"), DECIDED + timedelta(days=30))
    ]


async def test_a_shorter_block_never_shortens_what_stands(
    activities: ContactActivities, database: PoolType
) -> None:
    for days, stands in ((30, 30), (7, 30), (60, 60)):
        await block(activities, "zoe@exemple.fr", days)
        until = await database.fetchval("SELECT until FROM mailbox_blocks")
        assert until == DECIDED + timedelta(days=stands)
