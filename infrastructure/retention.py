"""Rows past their period: those of registrations that Temporal is about to lose, and all that ages by itself.

An account stays until it is erased (`erasure.py`). What hangs on a registration goes with it; links and
proofs whose registration is gone without us age like records. Numbers of password links stay with their
account: a number given out twice would bring an old mail's link back to life.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from infrastructure.database import PoolType, transaction
from infrastructure.settings import Settings

OF_REGISTRATION = ("pending_credentials", "links", "idempotency_keys")
#: The longest window of a limit, and a day for clocks.
LIMITS = timedelta(days=2)
KEYS = timedelta(hours=24)
CALLS = timedelta(hours=1)
#: Rows deleted by one statement: locks are short, and a run that is stopped has got somewhere.
BATCH = 5_000


class Period(NamedTuple):
    """How long rows of a table are kept after the moment that counts; rows without that moment stay."""

    table: str
    moment: str
    kept: timedelta


class Retention:
    """Deletes rows, a batch a transaction."""

    def __init__(self, pool: PoolType, settings: Settings) -> None:
        self._pool = pool
        records = timedelta(days=settings.keep_records_days)
        idle = timedelta(hours=settings.session_idle_hours)
        self._periods = (
            Period("limit_hits", "window_start", LIMITS),
            Period("idempotency_keys", "created_at", KEYS),
            Period("insee_calls", "at", CALLS),
            Period("insee_answers", "expires_at", timedelta()),
            Period("mailbox_blocks", "until", timedelta()),
            Period("sessions", "last_seen_at", idle),
            Period("pending_credentials", "created_at", records),
            Period("links", "created_at", records),
            Period("mail_ledger", "decided_at", records),
            Period("audit", "at", records),
            Period("account_events", "delivered_at", records),
        )

    async def forget(self, registrations: Sequence[UUID]) -> dict[str, int]:
        """Delete what hangs on these registrations; returns how many rows of each table."""
        deleted: dict[str, int] = {}
        if registrations:
            async with transaction(self._pool) as connection:
                for table in OF_REGISTRATION:
                    status = await connection.execute(
                        f"DELETE FROM {table} WHERE registration_id = ANY($1::uuid[])",  # noqa: S608
                        list(registrations),
                    )
                    deleted[table] = int(status.split()[-1])
        return deleted

    async def purge(self, at: datetime, beat: Callable[[], object]) -> dict[str, int]:
        """Delete what is past its period at that moment; `beat` is called at each batch.

        Returns how many rows of each table.
        """
        return {period.table: await self._purge(period, at, beat) for period in self._periods}

    async def _purge(self, period: Period, at: datetime, beat: Callable[[], object]) -> int:
        table, moment, kept = period
        statement = f"""
            DELETE FROM {table} WHERE ctid = ANY(ARRAY(
                SELECT ctid FROM {table} WHERE {moment} < $1 LIMIT {BATCH} FOR UPDATE SKIP LOCKED
            ))
        """  # noqa: S608 - fixed texts
        deleted = 0
        while True:
            beat()
            async with transaction(self._pool) as connection:
                number = int((await connection.execute(statement, at - kept)).split()[-1])
            deleted += number
            if number < BATCH:
                return deleted
