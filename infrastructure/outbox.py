"""The outbox: what the real portal is to be told, written where it happened and kept until it was taken.

Invariants:
- An event is written in the transaction of what it tells, or not at all.
- Numbers grow in the order of commits, by a trigger of the table. Whoever has read up to number N never
  finds a smaller one later.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from infrastructure.database import ConnectionType, PoolType, transaction

APPEND = "INSERT INTO account_events (account_id, type, body) VALUES ($1, $2, $3)"
EVENT = "id, event_id, type, created_at, body::text AS body"
PENDING = f"SELECT {EVENT} FROM account_events WHERE delivered_at IS NULL ORDER BY id LIMIT $1"  # noqa: S608
AFTER = f"SELECT {EVENT} FROM account_events WHERE id > $1 ORDER BY id LIMIT $2"  # noqa: S608
DELIVERED = """
UPDATE account_events SET delivered_at = now(), attempts = attempts + 1, last_failure = NULL WHERE id = $1
"""
FAILED = "UPDATE account_events SET attempts = attempts + 1, last_failure = $2 WHERE id = $1"
ACKNOWLEDGE = "UPDATE account_events SET delivered_at = now() WHERE id <= $1 AND delivered_at IS NULL"


class NewEvent(NamedTuple):
    """Something that happened, as docs/handover.md describes it."""

    type: str
    data: dict[str, Any]


class Event(NamedTuple):
    """An event of the outbox; `number` gives the order, `id` recognises a repeated delivery."""

    number: int
    id: UUID
    type: str
    created_at: datetime
    data: dict[str, Any]

    def as_json(self) -> str:
        """The event as it travels: one line, the same each time."""
        return json.dumps(
            {
                "id": str(self.id),
                "number": self.number,
                "type": self.type,
                "timestamp": self.created_at.isoformat(),
                "data": self.data,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )


async def append(connection: ConnectionType, account_id: UUID, events: Sequence[NewEvent]) -> None:
    """Add events in the caller's transaction; best as its last act, for other writers wait for its commit."""
    await connection.executemany(APPEND, [(account_id, one.type, json.dumps(one.data)) for one in events])


async def pending(connection: ConnectionType, most: int) -> list[Event]:
    """The oldest events nobody has taken yet."""
    return [_event(row) for row in await connection.fetch(PENDING, most)]


async def after(pool: PoolType, number: int, most: int) -> list[Event]:
    """The events behind that number, taken or not.

    Raises:
        DatabaseUnavailable: PostgreSQL did not answer.
    """
    async with transaction(pool) as connection:
        return [_event(row) for row in await connection.fetch(AFTER, number, most)]


async def acknowledge(pool: PoolType, number: int) -> int:
    """Mark everything up to that number as taken; return how many events this changed.

    Raises:
        DatabaseUnavailable: PostgreSQL did not answer.
    """
    async with transaction(pool) as connection:
        status = await connection.execute(ACKNOWLEDGE, number)
    return int(status.rpartition(" ")[2])


def _event(row: Any) -> Event:
    return Event(row["id"], row["event_id"], row["type"], row["created_at"], json.loads(row["body"]))
