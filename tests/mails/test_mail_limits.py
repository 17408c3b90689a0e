"""What holds a mail back: limits, silence, another account; and what is read from PostgreSQL for one."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from temporalio.exceptions import ApplicationError

from activities.mail import MailActivities
from devstack.gallery.mails import ADDRESS, DECIDED_AT, REGISTRATION
from domain.effects import MailKind, MailReceipt
from infrastructure.database import PoolType
from infrastructure.settings import Settings
from infrastructure.tokens import mailbox_hash
from tests.mails.orders import SENT, ledger_row, order_of, other_order
from tests.mails.relay import Relay

MINUTE = timedelta(minutes=1)


# ---- limits ----------------------------------------------------------------------------------------


async def test_a_mailbox_gets_five_an_hour_over_all_registrations(
    mail: MailActivities, relay: Relay, database: PoolType, mail_settings: Settings
) -> None:
    spelt = [ADDRESS, ADDRESS.upper(), "claire.dupont+a@masociete.com", ADDRESS, ADDRESS]
    for number, to in enumerate(spelt):
        order = other_order(number + 1, to=to, decided_at=DECIDED_AT + number * MINUTE)
        assert await mail.send_mail(order) == SENT
    sixth = other_order(6, decided_at=DECIDED_AT + 30 * MINUTE)
    until = MailReceipt(status="suppressed", retry_at=DECIDED_AT + 60 * MINUTE)
    assert await mail.send_mail(sixth) == until
    assert await mail.send_mail(sixth) == until
    assert len(relay.taken) == 5
    row = await ledger_row(database, sixth, mail_settings)
    assert (row["status"], row["attempts"]) == ("suppressed", 0)
    assert await database.fetchval("SELECT count(*) FROM links WHERE registration_id = $1", UUID(int=6)) == 0

    assert await mail.send_mail(other_order(7, to="other@masociete.com", decided_at=sixth.decided_at)) == SENT
    assert await mail.send_mail(other_order(8, decided_at=DECIDED_AT + 60 * MINUTE)) == SENT


async def test_a_suppressed_order_passes_once_it_may(mail: MailActivities, relay: Relay) -> None:
    for number in range(1, 6):
        await mail.send_mail(other_order(number))
    receipt = await mail.send_mail(other_order(6))
    assert receipt.retry_at == DECIDED_AT + 60 * MINUTE
    later = other_order(6, decided_at=receipt.retry_at)
    assert await mail.send_mail(later) == SENT
    assert len(relay.taken) == 6


async def test_ten_a_day(mail: MailActivities) -> None:
    hour = 60 * MINUTE
    for number in range(10):
        order = other_order(number + 1, decided_at=DECIDED_AT + number * hour)
        assert await mail.send_mail(order) == SENT
    receipt = await mail.send_mail(other_order(11, decided_at=DECIDED_AT + 10 * hour))
    assert receipt == MailReceipt(status="suppressed", retry_at=DECIDED_AT + 24 * hour)
    assert await mail.send_mail(other_order(12, decided_at=DECIDED_AT + 24 * hour)) == SENT


async def test_thirty_registrations_at_once_get_five_mails_through(
    mail: MailActivities, relay: Relay
) -> None:
    orders = [other_order(n, decided_at=DECIDED_AT - timedelta(seconds=n)) for n in range(1, 31)]
    receipts = await asyncio.gather(*(mail.send_mail(order) for order in orders))
    assert [receipt.status for receipt in receipts].count("sent") == 5
    assert len(relay.taken) == 5


async def test_a_mail_that_waits_for_the_relay_counts_and_keeps_its_place(
    mail: MailActivities, relay: Relay
) -> None:
    relay.rcpt = "451 later"
    with pytest.raises(ApplicationError):
        await mail.send_mail(other_order(1))
    relay.rcpt = ""
    receipts = [await mail.send_mail(other_order(number)) for number in range(2, 7)]
    assert [receipt.status for receipt in receipts] == ["sent"] * 4 + ["suppressed"]
    assert await mail.send_mail(other_order(1)) == SENT


@pytest.mark.parametrize("kind", [MailKind.WELCOME, MailKind.REFUSED, MailKind.APPROVED])
async def test_the_end_of_the_journey_is_never_held_back(mail: MailActivities, kind: MailKind) -> None:
    for number in range(1, 6):
        await mail.send_mail(other_order(number))
    assert (await mail.send_mail(order_of(MailKind.IN_REVIEW))).status == "suppressed"
    assert await mail.send_mail(order_of(kind)) == SENT


async def test_operators_get_each_of_theirs(mail: MailActivities, relay: Relay, settings: Settings) -> None:
    for number in range(1, 13):
        order = other_order(number, kind=MailKind.OPERATORS_REVIEW, to="", link=None)
        assert await mail.send_mail(order) == SENT
    assert set(relay.recipients) == {settings.mail_operators}


# ---- silence and accounts --------------------------------------------------------------------------


async def _silence(pool: PoolType, settings: Settings, until: datetime) -> None:
    mailbox = mailbox_hash(settings.email_hash_key, "Claire.Dupont+x@masociete.com")
    await pool.execute("INSERT INTO mailbox_blocks VALUES ($1, $2)", mailbox, until)


@pytest.mark.parametrize("kind", [kind for kind in MailKind if kind is not MailKind.OPERATORS_REVIEW])
async def test_who_said_not_me_is_left_alone(
    mail: MailActivities, relay: Relay, database: PoolType, settings: Settings, kind: MailKind
) -> None:
    await _silence(database, settings, DECIDED_AT + timedelta(days=30))
    words = REGISTRATION if kind is MailKind.PASSWORD_FORGOTTEN else ""
    receipt = await mail.send_mail(order_of(kind, words=words))
    # An account's own mailbox was proved.
    if kind in (MailKind.WELCOME, MailKind.PASSWORD_FORGOTTEN, MailKind.PASSWORD_CHANGED):
        assert receipt == SENT
    else:
        assert receipt == MailReceipt(status="suppressed")
        assert await mail.send_mail(order_of(kind)) == receipt
        assert relay.taken == []


async def test_silence_ends(mail: MailActivities, database: PoolType, settings: Settings) -> None:
    await _silence(database, settings, DECIDED_AT)
    assert await mail.send_mail(order_of()) == SENT


async def test_silence_stops_a_mail_that_waits_for_the_relay(
    mail: MailActivities, relay: Relay, database: PoolType, settings: Settings
) -> None:
    relay.rcpt = "451 later"
    with pytest.raises(ApplicationError):
        await mail.send_mail(order_of())
    await _silence(database, settings, DECIDED_AT + timedelta(days=30))
    relay.rcpt = ""
    assert await mail.send_mail(order_of()) == MailReceipt(status="suppressed")
    assert relay.taken == []


async def _account(pool: PoolType, registration: str, email: str = ADDRESS) -> None:
    await pool.execute(
        "INSERT INTO accounts"
        " (registration_id, email, email_key, civility, last_name, first_name, created_at)"
        " VALUES ($1, $2, $2, 'madame', 'DUPONT', 'Claire', $3)",
        UUID(registration), email, DECIDED_AT,
    )  # fmt: skip


REMINDERS = [MailKind.REMINDER_FORM, MailKind.REMINDER_LINK, MailKind.REMINDER_PASSWORD]


@pytest.mark.parametrize("kind", REMINDERS)
async def test_no_reminder_to_who_finished_elsewhere(
    mail: MailActivities, relay: Relay, database: PoolType, kind: MailKind
) -> None:
    await _account(database, str(uuid4()))
    receipt = await mail.send_mail(order_of(kind, to=ADDRESS.upper()))
    assert receipt == MailReceipt(status="has_account")
    assert await mail.send_mail(order_of(kind, to=ADDRESS.upper())) == receipt
    assert relay.taken == []


async def test_other_mails_and_other_accounts_are_not_concerned(
    mail: MailActivities, database: PoolType
) -> None:
    await _account(database, str(uuid4()))
    assert await mail.send_mail(order_of()) == SENT
    assert await mail.send_mail(order_of(MailKind.REMINDER_LINK, to="other@masociete.com")) == SENT


async def test_its_own_account_is_no_other(mail: MailActivities, database: PoolType) -> None:
    await _account(database, REGISTRATION)
    assert await mail.send_mail(order_of(MailKind.REMINDER_LINK)) == SENT


# ---- what is read for a mail -----------------------------------------------------------------------


async def test_welcome_lists_what_the_account_was_attached_to(
    mail: MailActivities, relay: Relay, database: PoolType
) -> None:
    await _account(database, REGISTRATION)
    await database.execute(
        "INSERT INTO establishments (siret, kind, name) VALUES ('12345678900012', 'member', 'Chez AKTO')"
    )
    await database.execute(
        "INSERT INTO attachments (account_id, siret, kind, name, proof, confirmed, idcc, created_at)"
        " SELECT id, siret, 'member', name, proof, confirmed, idcc, now() FROM accounts, (VALUES"
        " ('12345678900012', 'À l''INSEE', 'member_number', true, NULL),"
        " ('12345678900020', 'Zinguerie', 'idcc_declared', false, '0573'),"
        " ('12345678900038', NULL, 'operator', true, NULL)) AS t (siret, name, proof, confirmed, idcc)"
    )
    assert await mail.send_mail(order_of(MailKind.WELCOME)) == SENT
    body = relay.messages[0].get_body(("plain",))
    assert body is not None
    text = body.get_content().replace("\r\n", "\n").replace("\u00a0", " ")
    assert text.startswith("Bonjour Claire DUPONT,\n")
    assert "- Chez AKTO\n  SIRET 123 456 789 00012\n  Rattaché par votre numéro d'adhérent\n" in text
    assert "- Zinguerie\n  SIRET 123 456 789 00020\n  Rattaché par IDCC 0573 – à confirmer\n" in text
    assert "- Établissement\n  SIRET 123 456 789 00038\n  Rattaché après examen par AKTO\n" in text


async def test_operators_are_told_since_when_the_review_waits(mail: MailActivities, relay: Relay) -> None:
    await mail.send_mail(order_of(MailKind.IN_REVIEW))
    later = DECIDED_AT + timedelta(days=3)
    await mail.send_mail(order_of(MailKind.OPERATORS_REVIEW, ordinal=5, to="", decided_at=later))
    body = relay.messages[1].get_body(("plain",))
    assert body is not None
    assert "02/03/2026 à 09:15 (heure de Paris)" in body.get_content()


async def test_a_colleague_hears_of_newcomers_once_a_day(mail: MailActivities, database: PoolType) -> None:
    receipts = []
    for number, hours in ((1, 0), (2, 1), (3, 23), (4, 25)):
        at = DECIDED_AT + timedelta(hours=hours)
        order = other_order(number, kind=MailKind.NEWCOMER, words="00000001800010", decided_at=at)
        receipts.append(await mail.send_mail(order))
    assert [one.status for one in receipts] == ["sent", "suppressed", "suppressed", "sent"]
    assert receipts[1].retry_at is None
    assert await mail.send_mail(other_order(5, decided_at=DECIDED_AT + timedelta(hours=25))) == SENT
