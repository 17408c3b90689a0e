"""Passwords of existing accounts: links for forgotten ones, and the change itself.

A link is a number of its account: it works once, for a while, and dies with every older one as soon as the
password has changed. Changing a password ends every session of the account and makes a mail to its owner due.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.effects import MailKind
from infrastructure import letters
from infrastructure.accounts import Account, Accounts
from infrastructure.database import ConnectionType, PoolType, transaction

LOCK = "SELECT id FROM accounts WHERE id = $1 FOR UPDATE"
NEXT = """
INSERT INTO password_resets (account_id, number)
SELECT $1, coalesce(max(number), 0) + 1 FROM password_resets WHERE account_id = $1
RETURNING number
"""
ALIVE = """
SELECT account_id FROM password_resets
WHERE account_id = $1 AND number = $2 AND used_at IS NULL AND requested_at > now() - $3::interval
"""
USE_ALL = "UPDATE password_resets SET used_at = now() WHERE account_id = $1 AND used_at IS NULL"
CHANGE = """
UPDATE credentials SET password_hash = $2, changed_at = now() WHERE account_id = $1 RETURNING changed_at
"""
END_SESSIONS = "DELETE FROM sessions WHERE account_id = $1"

LIFE = timedelta(hours=1)


@dataclass(frozen=True)
class Reset:
    """A link that may still be used."""

    account: Account
    changed_at: datetime | None


async def next_link(connection: ConnectionType, account_id: UUID) -> int:
    """The number of a fresh link, in the caller's transaction."""
    await connection.fetchval(LOCK, account_id)
    number: int = await connection.fetchval(NEXT, account_id)
    return number


class PasswordChanges:
    """Gives out reset links and changes passwords."""

    def __init__(self, pool: PoolType, life: timedelta = LIFE) -> None:
        self._pool = pool
        self._accounts = Accounts(pool)
        self._life = life

    async def request(self, account_id: UUID) -> int:
        """The number of a fresh link."""
        async with transaction(self._pool) as connection:
            return await next_link(connection, account_id)

    async def alive(self, account_id: UUID, number: int) -> Reset | None:
        """The account behind a link that may still be used."""
        async with transaction(self._pool) as connection:
            found = await connection.fetchval(ALIVE, account_id, number, self._life)
        account = await self._accounts.account_by_id(account_id) if found else None
        if account is None:
            return None
        credential = await self._accounts.credential(account_id)
        return Reset(account, credential.changed_at if credential else None)

    async def change(self, account_id: UUID, password_hash: str, link: int | None = None) -> datetime | None:
        """Change the password, end every session, use up every link.

        Args:
            account_id: whose.
            password_hash: argon2id of the new one.
            link: the reset link that allows it; None where the person is logged in.

        Returns:
            When it was changed; None when the link was used or too old, and nothing changed.
        """
        async with transaction(self._pool) as connection:
            await connection.fetchval(LOCK, account_id)
            if link is not None and not await connection.fetchval(ALIVE, account_id, link, self._life):
                return None
            changed_at: datetime | None = await connection.fetchval(CHANGE, account_id, password_hash)
            await connection.execute(USE_ALL, account_id)
            await connection.execute(END_SESSIONS, account_id)
            if changed_at is not None:
                await letters.due(connection, account_id, MailKind.PASSWORD_CHANGED)
            return changed_at
