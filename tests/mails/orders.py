"""Orders for the activity, and what the ledger says of them."""

from typing import Any
from uuid import UUID

from devstack.gallery.mails import ADDRESS, DECIDED_AT, REGISTRATION
from domain.effects import MailKind, MailOrder, MailReceipt
from infrastructure.database import PoolType
from infrastructure.mails.compose import message_id
from infrastructure.settings import Settings

SENT = MailReceipt(status="sent")


def order_of(kind: MailKind = MailKind.CONFIRMATION, **changes: Any) -> MailOrder:
    values: dict[str, Any] = {
        "registration": REGISTRATION,
        "kind": kind,
        "ordinal": 1,
        "to": ADDRESS,
        "link": 1 if kind.brings_confirmation_link else None,
        "decided_at": DECIDED_AT,
        **changes,
    }
    return MailOrder(**values)


def other_order(number: int, **changes: Any) -> MailOrder:
    """The confirmation mail of another registration."""
    return order_of(registration=str(UUID(int=number)), **changes)


async def ledger_row(pool: PoolType, order: MailOrder, settings: Settings) -> dict[str, Any]:
    row = await pool.fetchrow(
        "SELECT registration_id, kind, ordinal, mailbox_hash, status, reply, attempts, decided_at, sent_at"
        " FROM mail_ledger WHERE message_id = $1",
        message_id(order, settings),
    )
    assert row is not None
    return dict(row)
