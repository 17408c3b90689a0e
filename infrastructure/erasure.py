"""Erasing one person: which registrations are theirs, and every row that says something about them.

What stays: AKTO's own data (`contacts`), which an import would bring back; the silence the person asked for
(`mailbox_blocks`, an HMAC that ends by itself); the audit, which names registrations by random ids; and one
event, `account.erased {"account_id", "registration_id"}`, that tells the real portal to do the same.
"""

from collections.abc import Sequence
from uuid import UUID

from domain.people import email_key
from infrastructure.audit import Act, write
from infrastructure.database import ConnectionType, PoolType, transaction
from infrastructure.outbox import NewEvent, append
from infrastructure.tokens import mailbox_hash

TRACES = """
SELECT registration_id FROM accounts WHERE email_key = $1
UNION SELECT registration_id FROM links WHERE email_key = $1
UNION SELECT registration_id FROM pending_credentials WHERE email_key = $1
UNION SELECT registration_id FROM mail_ledger WHERE mailbox_hash = $2 AND registration_id IS NOT NULL
    AND kind <> 'operators_review'
"""
ACCOUNTS = "SELECT id FROM accounts WHERE registration_id = ANY($1::uuid[])"

#: Counted and deleted alike: table, and which of its rows. `$1` registrations, `$2` accounts, `$3` mailbox,
#: `$4` address.
ROWS: tuple[tuple[str, str], ...] = (
    ("pending_credentials", "registration_id = ANY($1::uuid[])"),
    ("links", "registration_id = ANY($1::uuid[])"),
    ("idempotency_keys", "registration_id = ANY($1::uuid[])"),
    ("mail_ledger", "(registration_id = ANY($1::uuid[]) OR mailbox_hash = $3)"),
    ("account_events", "account_id = ANY($2::uuid[])"),
    ("password_resets", "account_id = ANY($2::uuid[])"),
    ("letters_due", "account_id = ANY($2::uuid[])"),
    ("letter_requests", "email_key = $4"),
    ("sessions", "account_id = ANY($2::uuid[])"),
    ("attachments", "account_id = ANY($2::uuid[])"),
    ("theme_consents", "account_id = ANY($2::uuid[])"),
    ("credentials", "account_id = ANY($2::uuid[])"),
    ("accounts", "id = ANY($2::uuid[])"),
)
#: All parameters are named in each statement, for their types are not to be guessed.
_BOUND = (
    "($1::uuid[] IS NOT NULL AND $2::uuid[] IS NOT NULL AND $3::bytea IS NOT NULL AND $4::text IS NOT NULL)"
)


class Erasure:
    """The rows of one person."""

    def __init__(self, pool: PoolType, hash_key: bytes, address: str) -> None:
        self._pool = pool
        self._key = email_key(address)
        self._mailbox = mailbox_hash(hash_key, address)

    async def registrations(self) -> set[UUID]:
        """The registrations that PostgreSQL knows of this address, since corrected ones too."""
        async with transaction(self._pool) as connection:
            rows = await connection.fetch(TRACES, self._key, self._mailbox)
        return {row["registration_id"] for row in rows}

    async def count(self, registrations: Sequence[UUID]) -> dict[str, int]:
        """How many rows of each table there are to delete; tables without any are left out."""
        async with transaction(self._pool) as connection:
            arguments = await self._arguments(connection, registrations)
            counts = {
                table: await connection.fetchval(
                    f"SELECT count(*) FROM {table} WHERE {which} AND {_BOUND}",  # noqa: S608 - fixed texts
                    *arguments,
                )
                for table, which in ROWS
            }
        return {table: number for table, number in counts.items() if number}

    async def erase(self, registrations: Sequence[UUID], act: Act) -> dict[str, int]:
        """Delete them all in one transaction, with its line of audit; returns how many of each table."""
        deleted: dict[str, int] = {}
        async with transaction(self._pool) as connection:
            arguments = await self._arguments(connection, registrations)
            rows = await connection.fetch(
                "SELECT id, registration_id FROM accounts WHERE id = ANY($1)", arguments[1]
            )
            for table, which in ROWS:
                status = await connection.execute(
                    f"DELETE FROM {table} WHERE {which} AND {_BOUND}",  # noqa: S608 - fixed texts
                    *arguments,
                )
                if number := int(status.split()[-1]):
                    deleted[table] = number
            for row in rows:
                body = {"account_id": str(row["id"]), "registration_id": str(row["registration_id"])}
                await append(connection, row["id"], [NewEvent("account.erased", body)])
            what = ", ".join(f"{table} {number}" for table, number in deleted.items())
            await write(connection, act, subject=what or None, outcome="done")
        return deleted

    async def _arguments(
        self, connection: ConnectionType, registrations: Sequence[UUID]
    ) -> tuple[list[UUID], list[UUID], bytes, str]:
        rows = await connection.fetch(ACCOUNTS, list(registrations))
        return list(registrations), [row["id"] for row in rows], self._mailbox, self._key
