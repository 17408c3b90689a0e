"""What INSEE said, remembered, and how often it was asked: one memory and one quota for all workers.

Invariants:
- No window of 60 seconds holds more permitted calls than the limit: counting and taking happen under one
  lock, by the database's clock as it is after the lock was got.
- Whoever comes first is answered at once; nobody is slowed down before the limit is reached.
- An answer is forgotten when it is no longer valid: names of sole traders are personal data.
"""

from datetime import timedelta

from pydantic import ValidationError

from domain.effects import InseeAnswer
from infrastructure.database import PoolType, transaction

WINDOW = timedelta(seconds=60)

#: Any constant does, as long as every worker takes the same.
QUOTA_LOCK = 5_302_017_442

RECALL = """
SELECT answer::text FROM insee_answers WHERE siret = $1 AND expires_at > clock_timestamp()
"""
REMEMBER = """
INSERT INTO insee_answers (siret, answer, fetched_at, expires_at)
VALUES ($1, $2::text::jsonb, clock_timestamp(), clock_timestamp() + $3::interval)
ON CONFLICT (siret) DO UPDATE
SET answer = excluded.answer, fetched_at = excluded.fetched_at, expires_at = excluded.expires_at
"""
FORGET = "DELETE FROM insee_answers WHERE expires_at <= clock_timestamp()"

PURGE = "DELETE FROM insee_calls WHERE at <= clock_timestamp() - $1::interval"
#: The call that must leave the window before another one may enter.
WAIT = """
SELECT extract(epoch FROM at + $2::interval - clock_timestamp())::float8
FROM insee_calls ORDER BY at DESC OFFSET $1::int - 1 LIMIT 1
"""
TAKE = "INSERT INTO insee_calls (at) VALUES (clock_timestamp())"


async def recall(pool: PoolType, siret: str) -> InseeAnswer | None:
    """The remembered answer, if it still holds and this version can read it.

    Raises:
        DatabaseUnavailable: PostgreSQL did not answer.
    """
    async with transaction(pool) as connection:
        text = await connection.fetchval(RECALL, siret)
    if text is None:
        return None
    try:
        return InseeAnswer.model_validate_json(text)
    except ValidationError:
        return None


async def remember(pool: PoolType, answer: InseeAnswer, life: timedelta) -> None:
    """Keep the answer for that long, and let go of those whose time is over.

    Raises:
        DatabaseUnavailable: PostgreSQL did not take it.
    """
    async with transaction(pool) as connection:
        await connection.execute(FORGET)
        await connection.execute(REMEMBER, answer.about, answer.model_dump_json(), life)


async def take_call(pool: PoolType, per_minute: int) -> float | None:
    """Take one call from the quota of the last 60 seconds.

    Returns:
        None when the call may be made; else the seconds until the oldest call leaves the window.

    Raises:
        DatabaseUnavailable: PostgreSQL did not answer; without it nobody may ask.
    """
    async with transaction(pool) as connection:
        await connection.execute("SELECT pg_advisory_xact_lock($1)", QUOTA_LOCK)
        await connection.execute(PURGE, WINDOW)
        wait: float | None = await connection.fetchval(WAIT, per_minute, WINDOW)
        if wait is None:
            await connection.execute(TAKE)
            return None
        return max(wait, 0.0)
