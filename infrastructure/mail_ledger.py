"""The send ledger: one intent, one mail, and no more mail to one mailbox than it should get.

    (nothing) ─┬─► sending ─┬─► sent
               │            ├─► refused      no such mailbox, or no address at all
               │            └─► suppressed   its owner asked for silence while the relay was down
               └─► suppressed                limit, silence, or an account that makes the reminder void

Invariants:
- Whoever sends holds the message's advisory lock from the decision to the outcome: two attempts of one
  order never talk to the relay at once. PostgreSQL frees the lock when its holder dies, or falls silent.
- Decisions about one mailbox follow each other under that mailbox's lock: limits hold whatever the number
  of processes.
- Limits count by the workflow's time, an hour ahead as well: orders decided together that reach us in
  another order still count each other.
- A worker that is killed between the relay's 250 and `sent` leaves `sending`: the next attempt sends the
  same bytes under the same Message-ID once more. SMTP knows no better.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from uuid import UUID

import asyncpg

from domain.effects import MailKind, MailOrder, MailReceipt
from domain.people import email_key
from infrastructure.database import COMMAND_TIMEOUT, DatabaseUnavailable, PoolType, driver_errors, transaction

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Held = PoolConnectionProxy[asyncpg.Record]

# An idle session that holds the lock belongs to a machine that vanished without a word.
LOCK_MESSAGE = """
SELECT set_config('idle_session_timeout', $2, false), pg_try_advisory_lock(hashtextextended($1, 1)) AS held
"""
LOCK_MAILBOX = "SELECT pg_advisory_xact_lock(hashtextextended(encode($1, 'hex'), 2))"
READ = "SELECT status, reply FROM mail_ledger WHERE message_id = $1"
SILENCED = "SELECT EXISTS (SELECT FROM mailbox_blocks WHERE mailbox_hash = $1 AND until > $2)"
OTHER_ACCOUNT = "SELECT EXISTS (SELECT FROM accounts WHERE email_key = $1 AND registration_id <> $2)"
RECENT = """
SELECT decided_at FROM mail_ledger
WHERE mailbox_hash = $1 AND status IN ('sending', 'sent') AND decided_at > $2 AND decided_at <= $3
ORDER BY decided_at DESC LIMIT $4
"""
DECIDE = """
INSERT INTO mail_ledger AS row
    (message_id, registration_id, kind, ordinal, mailbox_hash, status, reply, attempts, decided_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (message_id) DO UPDATE
SET status = excluded.status, reply = excluded.reply, attempts = row.attempts + excluded.attempts,
    mailbox_hash = excluded.mailbox_hash, decided_at = excluded.decided_at
"""
LINK = """
INSERT INTO links (registration_id, number, email, email_key) VALUES ($1, $2, $3, $4)
ON CONFLICT (registration_id, number) DO NOTHING
"""
RECORD = """
UPDATE mail_ledger SET status = $2, reply = $3, sent_at = CASE WHEN $2 = 'sent' THEN now() END
WHERE message_id = $1
"""

TOLD_TODAY = """
SELECT EXISTS (SELECT FROM mail_ledger WHERE mailbox_hash = $1 AND kind = $2
    AND status IN ('sending', 'sent') AND decided_at > $3 AND decided_at <= $4)
"""

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: An operator's answer and the end of the journey reach the person whatever else was sent.
UNLIMITED = frozenset(
    {
        MailKind.WELCOME,
        MailKind.REFUSED,
        MailKind.APPROVED,
        MailKind.OPERATORS_REVIEW,
        MailKind.PASSWORD_CHANGED,
    }
)
#: Sent to a mailbox that was proved a moment ago, or to our own.
UNSILENCED = frozenset(
    {
        MailKind.WELCOME,
        MailKind.OPERATORS_REVIEW,
        MailKind.PASSWORD_FORGOTTEN,
        MailKind.PASSWORD_CHANGED,
    }
)
REMINDERS = frozenset({MailKind.REMINDER_FORM, MailKind.REMINDER_LINK, MailKind.REMINDER_PASSWORD})

#: After the 250 a lost ledger row would mean a second mail: it is written with some patience.
RECORD_TRIES = 4


class MailInFlight(Exception):
    """Another attempt of this very order talks to the relay; its outcome will be in the ledger."""


@dataclass(frozen=True)
class Caps:
    """How many mails one mailbox may get."""

    per_hour: int
    per_day: int


@dataclass(frozen=True)
class Entry:
    """A mail as the ledger knows it: the mailbox as an HMAC only."""

    order: MailOrder
    message_id: str
    recipient: str
    mailbox: bytes


class MailLedger:
    """Gives out one claim per message at a time."""

    def __init__(self, pool: PoolType, caps: Caps, *, longest_send: float) -> None:
        self._pool = pool
        self._caps = caps
        self._longest_send = longest_send

    @asynccontextmanager
    async def claim(self, entry: Entry) -> AsyncIterator["Claim"]:
        """Hold the message's lock; wait for another attempt of the same order to end.

        Raises:
            MailInFlight: the other attempt takes longer than a send may take.
            DatabaseUnavailable: PostgreSQL did not answer.
        """
        connection = await self._locked(entry.message_id)
        try:
            yield Claim(self._pool, connection, self._caps, entry)
        finally:
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
                await self._pool.release(connection)  # its reset gives the lock back

    async def _locked(self, message_id: str) -> "Held":
        silence = str(int((self._longest_send + 30) * 1000))
        until = asyncio.get_running_loop().time() + self._longest_send
        while True:
            with driver_errors():
                connection = await self._pool.acquire(timeout=COMMAND_TIMEOUT)
                held = False
                try:
                    row = await connection.fetchrow(LOCK_MESSAGE, message_id, silence)
                    held = row is not None and row["held"]
                finally:
                    if not held:
                        await self._pool.release(connection)
            if held:
                return connection
            if asyncio.get_running_loop().time() > until:
                raise MailInFlight
            await asyncio.sleep(0.1)  # without a connection: waiting must not use the pool up


class Claim:
    """The right to send one message now."""

    def __init__(self, pool: PoolType, connection: "Held", caps: Caps, entry: Entry) -> None:
        self._pool = pool
        self._connection = connection
        self._caps = caps
        self._entry = entry

    async def decide(self) -> MailReceipt | None:
        """Decide whether the mail leaves; None when it does, else what became of it.

        A confirmation link is written down in the same transaction: a mail never brings an unknown one.
        """
        with driver_errors():
            async with self._connection.transaction():
                return await self._decide()

    async def record(self, status: Literal["sent", "refused"], reply: str) -> MailReceipt:
        """Write down what the relay said, on another connection if this one is gone.

        Raises:
            DatabaseUnavailable: PostgreSQL stayed away; a sent mail will then be sent once more.
        """
        arguments = (self._entry.message_id, status, reply)
        try:
            with driver_errors():
                await self._connection.execute(RECORD, *arguments)
        except DatabaseUnavailable:
            await self._record_patiently(arguments)
        return MailReceipt(status=status)

    async def _record_patiently(self, arguments: tuple[str, str, str]) -> None:
        for attempt in range(1, RECORD_TRIES + 1):
            await asyncio.sleep(0.25 * 2**attempt)
            try:
                async with transaction(self._pool) as connection:
                    await connection.execute(RECORD, *arguments)
            except DatabaseUnavailable:
                if attempt == RECORD_TRIES:
                    raise
            else:
                return

    async def _decide(self) -> MailReceipt | None:
        entry, order = self._entry, self._entry.order
        connection = self._connection
        await connection.execute(LOCK_MAILBOX, entry.mailbox)
        row = await connection.fetchrow(READ, entry.message_id)
        before = row["status"] if row else None
        if row and before != "sending":
            receipt = _read(row["status"], row["reply"])
            if receipt.retry_at is None or order.decided_at < receipt.retry_at:
                return receipt
        if order.kind not in UNSILENCED and await connection.fetchval(
            SILENCED, entry.mailbox, order.decided_at
        ):
            await self._write("suppressed", "silence", attempts=0)
            return MailReceipt(status="suppressed")
        if before != "sending" and (stopped := await self._judge()):
            return stopped
        await self._write("sending", None, attempts=1)
        if order.kind.brings_confirmation_link and order.link is not None:
            address = entry.recipient
            await connection.execute(LINK, UUID(order.registration), order.link, address, email_key(address))
        return None

    async def _judge(self) -> MailReceipt | None:
        """What a new mail may be stopped by."""
        order = self._entry.order
        if order.kind in REMINDERS and await self._connection.fetchval(
            OTHER_ACCOUNT, email_key(order.to), UUID(order.registration)
        ):
            await self._write("suppressed", "has_account", attempts=0)
            return MailReceipt(status="has_account")
        if order.kind is MailKind.NEWCOMER and await self._connection.fetchval(
            TOLD_TODAY, self._entry.mailbox, order.kind.value, order.decided_at - DAY, order.decided_at + HOUR
        ):
            await self._write("suppressed", "once_a_day", attempts=0)
            return MailReceipt(status="suppressed")
        retry_at = None if order.kind in UNLIMITED else await self._until()
        if retry_at is not None:
            await self._write("suppressed", f"limit {retry_at.isoformat()}", attempts=0)
            return MailReceipt(status="suppressed", retry_at=retry_at)
        return None

    async def _until(self) -> datetime | None:
        """When the mailbox may get another mail; None for now."""
        now = self._entry.order.decided_at
        most = max(self._caps.per_hour, self._caps.per_day)
        rows = await self._connection.fetch(RECENT, self._entry.mailbox, now - DAY, now + HOUR, most)
        recent = [row["decided_at"] for row in rows]
        until = []
        for window, cap in ((HOUR, self._caps.per_hour), (DAY, self._caps.per_day)):
            within = [moment for moment in recent if moment > now - window]
            if len(within) >= cap:
                # Newest first: once this one has left the window, fewer than `cap` are in it.
                until.append(within[cap - 1] + window)
        return max(until, default=None)

    async def _write(self, status: str, reply: str | None, *, attempts: int) -> None:
        order = self._entry.order
        await self._connection.execute(
            DECIDE, self._entry.message_id, UUID(order.registration), order.kind.value, order.ordinal,
            self._entry.mailbox, status, reply, attempts, order.decided_at,
        )  # fmt: skip


def _read(status: str, reply: str | None) -> MailReceipt:
    """The receipt of a mail that was decided before."""
    match status:
        case "sent":
            return MailReceipt(status="sent")
        case "refused":
            return MailReceipt(status="refused")
        case _ if reply == "has_account":
            return MailReceipt(status="has_account")
        case _:
            word, _, moment = (reply or "").partition(" ")
            retry_at = datetime.fromisoformat(moment) if word == "limit" else None
            return MailReceipt(status="suppressed", retry_at=retry_at)
