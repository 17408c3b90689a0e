"""The activity and its ledger: one intent, one mail, whatever happens in between."""

import asyncio
from uuid import UUID

import pytest
from temporalio.exceptions import ApplicationError

import infrastructure.mail_ledger as mail_ledger
from activities.mail import MailActivities
from devstack.gallery.mails import ADDRESS, DECIDED_AT, REGISTRATION
from domain.effects import MailKind, MailReceipt
from infrastructure.database import DatabaseUnavailable, PoolType, connect
from infrastructure.mails.compose import message_id
from infrastructure.settings import Settings
from infrastructure.tokens import TokenMint, mailbox_hash, parse
from tests.mails.conftest import Sender
from tests.mails.orders import SENT, ledger_row, order_of, other_order
from tests.mails.relay import Relay

REFUSED = MailReceipt(status="refused")


# ---- one mail --------------------------------------------------------------------------------------


async def test_it_is_sent_and_written_down(
    mail: MailActivities, relay: Relay, database: PoolType, mail_settings: Settings
) -> None:
    assert await mail.send_mail(order_of()) == SENT
    assert relay.recipients == [ADDRESS]
    row = await ledger_row(database, order_of(), mail_settings)
    assert row.pop("sent_at") is not None
    assert row == {
        "registration_id": UUID(REGISTRATION),
        "kind": "confirmation",
        "ordinal": 1,
        "mailbox_hash": mailbox_hash(mail_settings.email_hash_key, ADDRESS),
        "status": "sent",
        "reply": "250 2.0.0 OK queued as 4711 for",
        "attempts": 1,
        "decided_at": DECIDED_AT,
    }


async def test_the_link_it_brings_is_known_and_its_token_nowhere(
    mail: MailActivities, relay: Relay, database: PoolType, mail_settings: Settings
) -> None:
    await mail.send_mail(order_of(to="Claire.Dupont@MaSociete.com", link=3))
    rows = await database.fetch("SELECT registration_id, number, email, email_key FROM links")
    assert [tuple(row) for row in rows] == [(UUID(REGISTRATION), 3, "Claire.Dupont@MaSociete.com", ADDRESS)]
    text = str(relay.messages[0].get_body(("plain",)))
    token = parse(text.replace("=\n", "").split("jeton=3D")[1].split()[0])
    assert token is not None
    assert TokenMint(mail_settings.link_key_ring).check(token, "link", rows[0]["email"])
    for table in ("links", "mail_ledger"):
        dump = await database.fetchval(f"SELECT string_agg(t::text, ' ') FROM {table} t")  # noqa: S608
        assert token.mac not in dump


async def test_mails_without_a_confirmation_link_make_no_link_row(
    mail: MailActivities, database: PoolType
) -> None:
    await mail.send_mail(order_of(MailKind.ALREADY_ACCOUNT, link=1))
    await mail.send_mail(order_of(MailKind.IN_REVIEW))
    assert await database.fetchval("SELECT count(*) FROM links") == 0


async def test_ten_at_once_are_one_mail(mail: MailActivities, relay: Relay) -> None:
    relay.delay = 0.2
    receipts = await asyncio.gather(*(mail.send_mail(order_of()) for _ in range(10)))
    assert receipts == [SENT] * 10
    assert len(relay.taken) == 1


async def test_ten_processes_with_one_connection_each_are_one_mail(
    relay: Relay, mail_settings: Settings, sender: Sender
) -> None:
    relay.delay = 0.1
    settings = mail_settings.model_copy(update={"database_pool": 1})
    pools = [await connect(settings) for _ in range(10)]
    each = [await sender(pool, settings) for pool in pools]
    assert await asyncio.gather(*(one.send_mail(order_of()) for one in each)) == [SENT] * 10
    assert len(relay.taken) == 1
    await asyncio.gather(*(pool.close() for pool in pools))


async def test_a_slow_relay_leaves_half_of_the_pool_to_others(
    mail: MailActivities, relay: Relay, database: PoolType
) -> None:
    relay.delay = 0.2
    sending = asyncio.gather(
        *(mail.send_mail(other_order(n, to=f"p{n}@masociete.com")) for n in range(1, 13))
    )
    most = 0
    while not sending.done():
        most = max(most, database.get_size() - database.get_idle_size())
        await asyncio.sleep(0.01)
    assert await sending == [SENT] * 12
    assert most == 4


async def test_no_lock_is_left_behind(mail: MailActivities, database: PoolType, relay: Relay) -> None:
    await mail.send_mail(order_of())
    relay.data = "451 later"
    with pytest.raises(ApplicationError):
        await mail.send_mail(order_of(ordinal=2, link=2))
    relay.data, relay.delay = "", 1.0
    relay.has_message.clear()
    task = asyncio.create_task(mail.send_mail(order_of(ordinal=3, link=3)))
    await relay.has_message.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await database.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0
    assert await database.fetchval("SELECT current_setting('idle_session_timeout')") == "0"


async def test_what_the_relay_has_taken_is_written_down_though_nobody_waits_any_more(
    mail: MailActivities, relay: Relay, database: PoolType, mail_settings: Settings
) -> None:
    relay.delay = 0.5
    task = asyncio.create_task(mail.send_mail(order_of()))
    await relay.has_message.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await ledger_row(database, order_of(), mail_settings))["status"] == "sent"


async def test_a_mail_nobody_waits_for_that_fails_says_no_more(mail: MailActivities, relay: Relay) -> None:
    relay.data, relay.delay = "451 later", 0.3
    task = asyncio.create_task(mail.send_mail(order_of()))
    while not relay.connections:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


# ---- faults ----------------------------------------------------------------------------------------


async def test_a_relay_that_is_down_is_tried_again_with_the_same_bytes(
    mail: MailActivities, relay: Relay, database: PoolType, mail_settings: Settings, sender: Sender
) -> None:
    relay.data = None  # takes the message, never answers
    slow = await sender(database, mail_settings.model_copy(update={"smtp_timeout": 0.3}))
    for attempt in (1, 2):
        with pytest.raises(ApplicationError) as raised:
            await slow.send_mail(order_of())
        assert (raised.value.type, raised.value.non_retryable) == ("RelayUnavailable", False)
        assert ADDRESS not in str(raised.value)
        row = await ledger_row(database, order_of(), mail_settings)
        assert (row["status"], row["attempts"]) == ("sending", attempt)
    relay.data = ""
    assert await mail.send_mail(order_of()) == SENT
    assert await mail.send_mail(order_of()) == SENT
    assert (await ledger_row(database, order_of(), mail_settings))["attempts"] == 3
    assert len(relay.taken) == 3
    assert len(set(relay.taken)) == 1


async def test_a_mailbox_that_does_not_exist_is_refused_once(
    mail: MailActivities, relay: Relay, database: PoolType, mail_settings: Settings
) -> None:
    relay.rcpt = "550 5.1.1 <claire.dupont@masociete.com> unknown"
    assert await mail.send_mail(order_of()) == REFUSED
    relay.rcpt = ""
    assert await mail.send_mail(order_of()) == REFUSED
    row = await ledger_row(database, order_of(), mail_settings)
    assert (row["status"], row["reply"], row["sent_at"]) == ("refused", "550", None)
    assert relay.taken == []


async def test_greylisting_is_not_refusal(mail: MailActivities, relay: Relay) -> None:
    relay.rcpt = "451 4.7.1 greylisted"
    with pytest.raises(ApplicationError, match="451"):
        await mail.send_mail(order_of())
    relay.rcpt = ""
    assert await mail.send_mail(order_of()) == SENT


@pytest.mark.parametrize("address", ["claire@", "a@b.fr\r\nBcc: c@d.fr", "élise@masociete.com"])
async def test_an_address_no_relay_would_take_never_reaches_one(
    mail: MailActivities, relay: Relay, address: str
) -> None:
    assert await mail.send_mail(order_of(to=address)) == REFUSED
    assert await mail.send_mail(order_of(to=address)) == REFUSED
    assert (relay.taken, relay.recipients) == ([], [])


async def test_an_international_domain_is_written_in_ascii(mail: MailActivities, relay: Relay) -> None:
    assert await mail.send_mail(order_of(to="claire@société.fr")) == SENT
    assert relay.recipients == ["claire@xn--socit-esab.fr"]


async def test_after_the_250_the_ledger_is_written_even_if_the_connection_is_gone(
    mail: MailActivities, relay: Relay, database: PoolType, mail_settings: Settings
) -> None:
    relay.delay = 0.8
    sending = asyncio.create_task(mail.send_mail(order_of()))
    await relay.has_message.wait()
    killed = await database.fetchval(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory'"
    )
    assert killed == 1
    assert await sending == SENT
    assert (await ledger_row(database, order_of(), mail_settings))["status"] == "sent"
    assert await mail.send_mail(order_of()) == SENT
    assert len(relay.taken) == 1


async def test_postgresql_down_sends_nothing(relay: Relay, mail_settings: Settings, sender: Sender) -> None:
    down = mail_settings.model_copy(update={"database_url": type(mail_settings.database_url)(
        "postgresql://u:p@127.0.0.1:1/x")})  # fmt: skip
    pool = await connect(down)
    with pytest.raises(DatabaseUnavailable):
        await (await sender(pool, down)).send_mail(order_of())
    await pool.close()
    assert relay.taken == []


async def test_postgresql_gone_after_the_250_is_not_hidden(
    mail: MailActivities, relay: Relay, database: PoolType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The documented gap: the mail has left, nobody could write it down, the next attempt sends it again."""
    monkeypatch.setattr(mail_ledger, "RECORD_TRIES", 1)
    await database.execute("ALTER TABLE mail_ledger ADD CONSTRAINT never CHECK (status <> 'sent') NOT VALID")
    with pytest.raises(DatabaseUnavailable):
        await mail.send_mail(order_of())
    await database.execute("ALTER TABLE mail_ledger DROP CONSTRAINT never")
    assert await mail.send_mail(order_of()) == SENT
    assert len(relay.taken) == 2
    assert len(set(relay.taken)) == 1


async def test_an_attempt_that_never_ends_is_waited_for_with_a_limit(
    relay: Relay, database: PoolType, mail_settings: Settings, sender: Sender
) -> None:
    settings = mail_settings.model_copy(update={"smtp_timeout": 0.1})
    mail = await sender(database, settings)
    async with database.acquire() as holder:
        await holder.execute(
            "SELECT pg_advisory_lock(hashtextextended($1, 1))", message_id(order_of(), settings)
        )
        with pytest.raises(ApplicationError) as raised:
            await mail.send_mail(order_of())
    assert (raised.value.type, raised.value.non_retryable) == ("MailInFlight", False)
    assert relay.taken == []
