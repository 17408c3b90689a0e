"""Idempotency keys of the API: the same key and the same body lead to the same registration for a day.

Neither key nor body is stored: both are HMACs, for a body is an identity that a plain hash would give away
to whoever tries likely names.
"""

import hmac
from hashlib import sha256
from uuid import UUID

from infrastructure.database import PoolType, transaction

FIND = """
SELECT registration_id, body_hash FROM idempotency_keys
WHERE key_hash = $1 AND created_at > now() - interval '24 hours'
"""
#: A key that nobody has used for a day is free again.
BIND = """
INSERT INTO idempotency_keys AS taken (key_hash, body_hash, registration_id) VALUES ($1, $2, $3)
ON CONFLICT (key_hash) DO UPDATE
    SET body_hash = excluded.body_hash, registration_id = excluded.registration_id, created_at = now()
    WHERE taken.created_at <= now() - interval '24 hours'
"""
RELEASE = "DELETE FROM idempotency_keys WHERE key_hash = $1 AND registration_id = $2"
FORGET = """
DELETE FROM idempotency_keys WHERE key_hash IN (
    SELECT key_hash FROM idempotency_keys WHERE created_at <= now() - interval '24 hours'
    LIMIT 100 FOR UPDATE SKIP LOCKED
)
"""


class KeyReused(Exception):
    """The key was used with another body."""


class IdempotencyKeys:
    """Binds a key and a body to one registration."""

    def __init__(self, pool: PoolType, hash_key: bytes) -> None:
        self._pool = pool
        self._hash_key = hash_key

    async def find(self, key: str, body: str) -> UUID | None:
        """The registration this key stands for; None for a fresh key.

        Raises:
            KeyReused: the key stands for another body.
            DatabaseUnavailable: PostgreSQL does not answer.
        """
        async with transaction(self._pool) as connection:
            row = await connection.fetchrow(FIND, self._hash("key", key))
        if row is None:
            return None
        if not hmac.compare_digest(row["body_hash"], self._hash("body", body)):
            raise KeyReused
        found: UUID = row["registration_id"]
        return found

    async def bind(self, key: str, body: str, registration: UUID) -> UUID:
        """Bind the key to this registration, unless a twin was faster: then return the twin's.

        Raises:
            KeyReused: a faster request used the key with another body.
            DatabaseUnavailable: PostgreSQL does not answer.
        """
        async with transaction(self._pool) as connection:
            await connection.execute(FORGET)
            await connection.execute(BIND, self._hash("key", key), self._hash("body", body), registration)
        return await self.find(key, body) or registration

    async def release(self, key: str, registration: UUID) -> None:
        """Free a key whose body was refused: what is corrected may come with the same key."""
        async with transaction(self._pool) as connection:
            await connection.execute(RELEASE, self._hash("key", key), registration)

    def _hash(self, what: str, text: str) -> bytes:
        return hmac.digest(self._hash_key, f"idempotency-{what}\0{text}".encode(), sha256)
