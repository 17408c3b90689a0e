"""Sessions of « Mon Espace »: who is logged in, until they stay away too long or log out.

The cookie is drawn anew at each log-in; what is stored is its SHA-256, so that whoever reads the table
cannot log in with it. The clock is PostgreSQL's.
"""

import secrets
from hashlib import sha256
from uuid import UUID

from infrastructure.database import PoolType, transaction
from infrastructure.settings import Settings

OPEN = "INSERT INTO sessions (token_hash, account_id) VALUES ($1, $2)"
FORGET_IDLE = """
DELETE FROM sessions WHERE account_id = $1 AND last_seen_at <= now() - make_interval(hours => $2)
"""
SEEN = """
UPDATE sessions SET last_seen_at = now()
WHERE token_hash = $1 AND last_seen_at > now() - make_interval(hours => $2)
RETURNING account_id
"""
CLOSE = "DELETE FROM sessions WHERE token_hash = $1"

TOKEN_BYTES = 32


class Sessions:
    """Opens, recognises and closes sessions."""

    def __init__(self, pool: PoolType, settings: Settings) -> None:
        self._pool = pool
        self._idle_hours = settings.session_idle_hours

    async def open(self, account_id: UUID) -> str:
        """Open a session, return what the cookie holds; idle ones of the account go at that occasion."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        async with transaction(self._pool) as connection:
            await connection.execute(FORGET_IDLE, account_id, self._idle_hours)
            await connection.execute(OPEN, _hash(token), account_id)
        return token

    async def account(self, token: str) -> UUID | None:
        """Whose session it is, and note that it was seen; None once closed or idle too long, or made up."""
        async with transaction(self._pool) as connection:
            account_id: UUID | None = await connection.fetchval(SEEN, _hash(token), self._idle_hours)
        return account_id

    async def close(self, token: str) -> None:
        """Close the session; twice is fine."""
        async with transaction(self._pool) as connection:
            await connection.execute(CLOSE, _hash(token))


def _hash(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
