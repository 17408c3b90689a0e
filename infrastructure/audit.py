"""Who did what to which registration, and why: one row before the act, completed after it.

The row stands even when the act does not: an attempt is a fact. It holds no address; the reason is what the
operator wrote.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from infrastructure.database import ConnectionType, PoolType, transaction

INTEND = """
INSERT INTO audit (actor, action, registration_id, reason, subject, outcome) VALUES ($1, $2, $3, $4, $5, $6)
RETURNING id
"""
CONCLUDE = "UPDATE audit SET outcome = $2 WHERE id = $1"
OF_REGISTRATION = """
SELECT at, actor, action, reason, subject, outcome FROM audit WHERE registration_id = $1 ORDER BY at, id
"""


@dataclass(frozen=True)
class Act:
    """One operator's act on one registration; `by` says who, `reason` why."""

    by: str
    action: str
    registration: UUID | None
    reason: str


@dataclass(frozen=True)
class Entry:
    """An act as it was written down."""

    at: datetime
    actor: str
    action: str
    reason: str | None
    subject: str | None
    outcome: str | None


async def intend(pool: PoolType, act: Act) -> int:
    """Write down that the act is about to be done; returns the row's number.

    Raises:
        DatabaseUnavailable: an act that cannot be written down is not to be done.
    """
    async with transaction(pool) as connection:
        return await write(connection, act)


async def conclude(pool: PoolType, row: int, outcome: str) -> None:
    """Write down what came of it."""
    async with transaction(pool) as connection:
        await connection.execute(CONCLUDE, row, outcome)


async def write(
    connection: ConnectionType, act: Act, *, subject: str | None = None, outcome: str | None = None
) -> int:
    """Write down an act inside the transaction that does it."""
    row: int = await connection.fetchval(
        INTEND, act.by, act.action, act.registration, act.reason, subject, outcome
    )
    return row


async def of_registration(pool: PoolType, registration: UUID) -> list[Entry]:
    """What operators did to a registration, oldest first."""
    async with transaction(pool) as connection:
        rows = await connection.fetch(OF_REGISTRATION, registration)
    return [Entry(**dict(row)) for row in rows]
