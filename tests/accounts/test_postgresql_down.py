"""PostgreSQL down or unwilling: every activity fails so that Temporal tries again, and quotes no value."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from temporalio.api.failure.v1 import Failure
from temporalio.converter import DataConverter
from temporalio.testing import ActivityEnvironment

from activities.accounts import AccountActivities
from activities.contacts import ContactActivities
from activities.establishments import EstablishmentActivities
from domain.effects import BlockOrder, ContactQuestion, EstablishmentQuestion, NumberQuestion
from infrastructure.database import DatabaseUnavailable, PoolType, connect
from infrastructure.limits import Limits
from infrastructure.settings import Settings
from tests.accounts.data import BAKERY, DECIDED, MEMBER, claim_order
from tests.conftest import make_settings

SECRETS = ("zoe@exemple.fr", "Le Goff", "Zoé", BAKERY, "AB-1234")


def calls(pool: PoolType, settings: Settings) -> list[tuple[Callable[[Any], Awaitable[Any]], Any]]:
    contacts = ContactActivities(pool, b"k" * 32)
    establishments = EstablishmentActivities(pool, Limits(pool, b"k" * 32), settings)
    number = NumberQuestion(registration="r", kind=MEMBER, siret=BAKERY, number="AB-1234", attempt=1)
    return [
        (contacts.look_up_contact, ContactQuestion(email="zoe@exemple.fr")),
        (contacts.block_mailbox, BlockOrder(address="zoe@exemple.fr", days=30, decided_at=DECIDED)),
        (establishments.recognise_establishment, EstablishmentQuestion(kind=MEMBER, siret=BAKERY)),
        (establishments.check_member_number, number),
        (AccountActivities(pool, settings).create_account, claim_order()),
    ]


async def failure_of(run: Callable[[Any], Awaitable[Any]], question: Any) -> Failure:
    with pytest.raises(DatabaseUnavailable) as caught:
        await ActivityEnvironment().run(run, question)
    assert caught.value.__suppress_context__
    failure = Failure()
    converter = DataConverter.default
    converter.failure_converter.to_failure(caught.value, converter.payload_converter, failure)
    return failure


def check(failure: Failure) -> None:
    assert failure.application_failure_info.type == "DatabaseUnavailable"
    assert not failure.application_failure_info.non_retryable
    assert failure.message.startswith("PostgreSQL indisponible")
    assert not any(secret in str(failure) for secret in SECRETS)


async def test_down() -> None:
    settings = make_settings("postgresql://nobody:x@127.0.0.1:1/nothing")
    pool = await connect(settings)
    for run, question in calls(pool, settings):
        check(await failure_of(run, question))
    await pool.close()


async def test_without_its_tables(empty_database_url: str) -> None:
    settings = make_settings(empty_database_url)
    pool = await connect(settings)
    for run, question in calls(pool, settings):
        failure = await failure_of(run, question)
        check(failure)
        assert "SQLSTATE 42P01" in failure.message, "an operator sees that it is not merely down"
    await pool.close()


async def test_refusing_a_value(database: PoolType, settings: Settings) -> None:
    """What a driver's error would quote: a value that breaks a rule of the table."""
    await database.execute("ALTER TABLE mailbox_blocks ADD CHECK (until < '2000-01-01')")
    order = BlockOrder(address="zoe@exemple.fr", days=30, decided_at=DECIDED)
    check(await failure_of(ContactActivities(database, b"k" * 32).block_mailbox, order))
