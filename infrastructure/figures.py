"""Figures of PostgreSQL for operators: mails, accounts, what waits to be handed over. No row of anybody."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from infrastructure.database import PoolType, transaction

MAILS = """
SELECT kind, status, count(*) FROM mail_ledger WHERE decided_at > now() - interval '24 hours'
GROUP BY kind, status ORDER BY kind, status
"""
#: By the workflow's time: a relay takes seconds.
STILL_SENDING = """
SELECT count(*), min(decided_at) FROM mail_ledger
WHERE status = 'sending' AND decided_at < now() - interval '10 minutes'
"""
STALLED = """
SELECT DISTINCT registration_id FROM mail_ledger
WHERE status = 'sending' AND decided_at < now() - interval '10 minutes' AND registration_id IS NOT NULL
LIMIT $1
"""
ACCOUNTS = """
SELECT count(*) FILTER (WHERE created_at > now() - interval '24 hours') AS day,
       count(*) FILTER (WHERE created_at > now() - interval '7 days') AS week, count(*) AS ever
FROM accounts
"""
UNDELIVERED = "SELECT count(*), min(created_at) FROM account_events WHERE delivered_at IS NULL"
MAILS_OF = """
SELECT kind, ordinal, status, reply, attempts, decided_at, sent_at FROM mail_ledger
WHERE registration_id = $1 ORDER BY decided_at, ordinal
"""
HAS_ACCOUNT = "SELECT created_at FROM accounts WHERE registration_id = $1"


@dataclass(frozen=True)
class LedgerRow:
    """One mail of a registration, without its address."""

    kind: str
    ordinal: int
    status: str
    reply: str | None
    attempts: int
    decided_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True)
class Figures:
    """What `stats` shows of PostgreSQL. Times are those of the oldest of each."""

    mails: dict[tuple[str, str], int]
    sending: int
    sending_since: datetime | None
    accounts_day: int
    accounts_week: int
    accounts_ever: int
    undelivered: int
    undelivered_since: datetime | None


async def figures(pool: PoolType) -> Figures:
    """The figures of now."""
    async with transaction(pool) as connection:
        mails = await connection.fetch(MAILS)
        sending = await connection.fetchrow(STILL_SENDING)
        accounts = await connection.fetchrow(ACCOUNTS)
        events = await connection.fetchrow(UNDELIVERED)
    assert sending is not None  # an aggregate always has its row
    assert accounts is not None
    assert events is not None
    return Figures(
        mails={(row["kind"], row["status"]): row["count"] for row in mails},
        sending=sending["count"],
        sending_since=sending["min"],
        accounts_day=accounts["day"],
        accounts_week=accounts["week"],
        accounts_ever=accounts["ever"],
        undelivered=events["count"],
        undelivered_since=events["min"],
    )


async def stalled(pool: PoolType, limit: int) -> list[UUID]:
    """Registrations with a mail that the relay has not taken for ten minutes."""
    async with transaction(pool) as connection:
        return [row["registration_id"] for row in await connection.fetch(STALLED, limit)]


async def mails_of(pool: PoolType, registration: UUID) -> list[LedgerRow]:
    """The mails of one registration, oldest first."""
    async with transaction(pool) as connection:
        return [LedgerRow(**dict(row)) for row in await connection.fetch(MAILS_OF, registration)]


async def account_since(pool: PoolType, registration: UUID) -> datetime | None:
    """Since when the registration has its account."""
    async with transaction(pool) as connection:
        since: datetime | None = await connection.fetchval(HAS_ACCOUNT, registration)
    return since
