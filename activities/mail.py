"""The activity `send_mail`: one order, one mail.

A transient fault raises and Temporal tries again: the same bytes under the same Message-ID. What the
ledger has decided once is answered again without a mail. The one case in which a person gets a mail twice
is a worker that dies between the relay's 250 and the ledger's `sent`; both are then the same message.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from uuid import UUID

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from domain.effects import MailKind, MailOrder, MailReceipt
from infrastructure.database import DatabaseUnavailable, PoolType
from infrastructure.mail_ledger import Caps, Claim, Entry, MailInFlight, MailLedger
from infrastructure.mails.compose import compose, deliverable, message_id, sender_address
from infrastructure.mails.context import context
from infrastructure.mails.facts import read_newcomer, reviewed_since
from infrastructure.mails.render import render
from infrastructure.metrics import MAILS
from infrastructure.settings import Settings
from infrastructure.smtp import PATIENCE, Delivered, MailboxRefused, RelayUnavailable, SmtpRelay
from infrastructure.tokens import TokenMint, mailbox_hash

log = structlog.get_logger(__name__)

#: Seconds between two signs of life while the relay is slow.
HEARTBEAT = 1.0
_NOT_YET = {"RelayUnavailable": "relay_unavailable", "MailInFlight": "in_flight"}


@asynccontextmanager
async def _heart_beating() -> AsyncIterator[None]:
    """Tell the engine that this worker lives; a send of less than a second costs no beat."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            activity.heartbeat()

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()


async def _to_the_end(sending: Coroutine[None, None, MailReceipt]) -> MailReceipt:
    """Send and write down what came of it, even when the registration ends meanwhile and nobody waits.

    Else a mail that the relay has taken would stand in the ledger as one of which nothing is known.
    """
    task = asyncio.ensure_future(sending)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        details = activity.cancellation_details() if activity.in_activity() else None
        if details is not None and details.worker_shutdown:  # its time is up, another worker sends it again
            task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # looked at: nobody is left to try again
        raise


def _note(order: MailOrder, result: str) -> None:
    MAILS.add(kind=order.kind, result=result)
    log.info("mail", kind=order.kind.value, result=result)


class MailActivities:
    """Sends the product's mails."""

    def __init__(self, pool: PoolType, settings: Settings, mint: TokenMint, relay: SmtpRelay) -> None:
        self._pool = pool
        self._settings = settings
        self._mint = mint
        self._relay = relay
        caps = Caps(per_hour=settings.mails_per_hour, per_day=settings.mails_per_day)
        self._ledger = MailLedger(pool, caps, longest_send=settings.smtp_timeout * PATIENCE)
        # Each send keeps a connection while the relay answers: a slow relay gets half of the pool at most.
        self._slots = asyncio.Semaphore(max(1, settings.database_pool // 2))

    @activity.defn(name="send_mail")
    async def send_mail(self, order: MailOrder) -> MailReceipt:
        """Send the mail, or say why it is not sent.

        Raises:
            ApplicationError: `RelayUnavailable` or `MailInFlight`, to be tried again.
            DatabaseUnavailable: PostgreSQL did not answer, to be tried again.
        """
        async with _heart_beating():
            try:
                return await self._decide_and_send(order)
            except ApplicationError as error:
                _note(order, _NOT_YET[error.type or ""])
                raise
            except DatabaseUnavailable:
                _note(order, "database_unavailable")
                raise

    async def _decide_and_send(self, order: MailOrder) -> MailReceipt:
        recipient = order.to or self._settings.mail_operators
        entry = Entry(
            order=order,
            message_id=message_id(order, self._settings),
            recipient=recipient,
            mailbox=mailbox_hash(self._settings.email_hash_key, recipient),
        )
        address = deliverable(recipient)
        message = await self._compose(order, recipient, address) if address else b""
        try:
            async with self._slots, self._ledger.claim(entry) as claim:
                if (decided := await claim.decide()) is not None:
                    _note(order, "again" if decided.status == "sent" else decided.status)
                    return decided
                receipt = await _to_the_end(self._send(claim, address, message))
                _note(order, receipt.status)
                return receipt
        except MailInFlight:
            raise ApplicationError(
                "envoi déjà en cours", type="MailInFlight", category=ApplicationErrorCategory.BENIGN
            ) from None

    async def _send(self, claim: Claim, address: str | None, message: bytes) -> MailReceipt:
        if address is None:
            return await claim.record("refused", "malformed")
        try:
            outcome = await self._relay.deliver(sender_address(self._settings), address, message)
        except RelayUnavailable as error:
            raise ApplicationError(
                str(error), type="RelayUnavailable", category=ApplicationErrorCategory.BENIGN
            ) from None
        match outcome:
            case Delivered(reply):
                return await claim.record("sent", reply)
            case MailboxRefused(code):
                return await claim.record("refused", str(code))

    async def _compose(self, order: MailOrder, recipient: str, address: str) -> bytes:
        newcomer = since = None
        if order.kind in (MailKind.WELCOME, MailKind.NEWCOMER):
            newcomer = await read_newcomer(self._pool, UUID(order.registration))
        elif order.kind is MailKind.OPERATORS_REVIEW:
            since = await reviewed_since(self._pool, UUID(order.registration))
        values = context(order, self._settings, self._mint, address=recipient, newcomer=newcomer, since=since)
        return compose(order, self._settings, render(order.kind, values), address, order.decided_at)
