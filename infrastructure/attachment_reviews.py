"""Attachments « à confirmer », and what operators decide about them.

A decision, its line of audit and what the real portal is told of it are one transaction:

    attachment.confirmed  {"account_id", "attachment_id", "siret", "kind", "decided_at"}
    attachment.refused    {"account_id", "attachment_id", "siret", "kind", "decided_at"}

A refused attachment is removed: the account stays, and no longer shows the establishment.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from infrastructure.audit import Act, write
from infrastructure.database import PoolType, transaction
from infrastructure.outbox import NewEvent, append

Decision = Literal["confirm", "refuse"]

TO_CONFIRM = """
SELECT attachments.id, registration_id, siret, kind, name, proof, idcc, attachments.created_at
FROM attachments JOIN accounts ON accounts.id = account_id
WHERE NOT confirmed ORDER BY attachments.created_at, attachments.id LIMIT $1
"""
HOW_MANY = "SELECT count(*), min(created_at) FROM attachments WHERE NOT confirmed"
LOCK = """
SELECT attachments.id, account_id, registration_id, siret, kind, confirmed, now() AS at
FROM attachments JOIN accounts ON accounts.id = account_id
WHERE attachments.id = $1 FOR UPDATE OF attachments
"""
CONFIRM = "UPDATE attachments SET confirmed = true WHERE id = $1"
REMOVE = "DELETE FROM attachments WHERE id = $1"

_EVENTS: dict[Decision, str] = {"confirm": "attachment.confirmed", "refuse": "attachment.refused"}


@dataclass(frozen=True)
class ToConfirm:
    """An attachment that waits for an operator. Nothing of the person: the registration names them."""

    id: UUID
    registration_id: UUID
    siret: str
    kind: str
    name: str | None
    proof: str
    idcc: str | None
    created_at: datetime


async def to_confirm(pool: PoolType, limit: int) -> list[ToConfirm]:
    """The attachments that wait, the oldest first."""
    async with transaction(pool) as connection:
        return [ToConfirm(**dict(row)) for row in await connection.fetch(TO_CONFIRM, limit)]


async def waiting(pool: PoolType) -> tuple[int, datetime | None]:
    """How many wait, and since when the oldest does."""
    async with transaction(pool) as connection:
        row = await connection.fetchrow(HOW_MANY)
    return (row["count"], row["min"]) if row else (0, None)


async def decide(
    pool: PoolType, attachment: UUID, decision: Decision, act: Act, *, dry_run: bool = False
) -> Literal["done", "unknown", "confirmed_before"]:
    """Confirm or refuse an attachment; `act.registration` is filled in here.

    `unknown`: no such attachment, or refused before. `confirmed_before`: there is nothing left to confirm.
    A confirmed attachment may still be refused: a mistake must be mendable.
    """
    async with transaction(pool) as connection:
        row = await connection.fetchrow(LOCK, attachment)
        if row is None:
            return "unknown"
        if decision == "confirm" and row["confirmed"]:
            return "confirmed_before"
        if dry_run:
            return "done"
        await connection.execute(CONFIRM if decision == "confirm" else REMOVE, attachment)
        act = replace(act, registration=row["registration_id"])
        await write(connection, act, subject=f"{attachment} {row['siret']} {row['kind']}", outcome="done")
        body = {
            "account_id": str(row["account_id"]),
            "attachment_id": str(attachment),
            "siret": row["siret"],
            "kind": row["kind"],
            "decided_at": row["at"].isoformat(),
        }
        await append(connection, row["account_id"], [NewEvent(_EVENTS[decision], body)])
    return "done"
