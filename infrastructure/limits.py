"""How often something may happen, counted in PostgreSQL over all processes.

Invariants:
- Windows are fixed, counting is one upsert a rule, and all rules of one `take` stand or fall together:
  what is refused is not counted anywhere.
- The clock is PostgreSQL's, so that all processes agree on where a window begins.
- A bucket names what is limited and an HMAC of whom: neither an address nor a SIRET is stored.
- A limiter that cannot count raises; it never lets pass.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from infrastructure.database import ConnectionType, PoolType, transaction
from infrastructure.metrics import LIMITS_HIT
from infrastructure.tokens import bucket_hash

#: So many hits in so many seconds.
Rule = tuple[int, int]

NOW = "SELECT now()"
TAKE = """
INSERT INTO limit_hits AS hit (bucket, window_start, hits)
SELECT $1, $2, 1 WHERE $3::integer > 0
ON CONFLICT (bucket, window_start) DO UPDATE SET hits = hit.hits + 1 WHERE hit.hits < $3::integer
RETURNING hits
"""
MARK = """
INSERT INTO limit_hits (bucket, window_start, hits) VALUES ($1, $2, 0)
ON CONFLICT (bucket, window_start) DO NOTHING
RETURNING hits
"""
HITS = "SELECT hits FROM limit_hits WHERE bucket = $1 AND window_start = $2"
GIVE_BACK = "UPDATE limit_hits SET hits = hits - 1 WHERE bucket = $1 AND window_start = $2 AND hits > 0"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def window_start(now: datetime, seconds: int) -> datetime:
    """When the window of that length began: windows are laid end to end from 1970 on."""
    length = timedelta(seconds=seconds)
    return _EPOCH + (now - _EPOCH) // length * length


class _Refused(Exception):
    def __init__(self, until: datetime) -> None:
        self.until = until


class Limits:
    """Counts hits. `clock` replaces PostgreSQL's clock, for tests that move time."""

    def __init__(self, pool: PoolType, hash_key: bytes, clock: Callable[[], datetime] | None = None) -> None:
        self._pool = pool
        self._hash_key = hash_key
        self._clock = clock

    async def take(self, name: str, whom: str, *rules: Rule, once: str | None = None) -> datetime | None:
        """Count one hit of `whom` in every rule, or in none.

        Args:
            name: what is limited; callers with the same name share their count.
            whom: an address, a SIRET, a client: only its HMAC is stored.
            rules: (hits, window in seconds), each with another window.
            once: names the occasion: the same one, tried again, counts once in the longest window.

        Returns:
            None when it may happen; else when every rule would let it pass again.
        """
        try:
            async with transaction(self._pool) as connection:
                now = await self._now(connection)
                if once is not None:
                    longest = max(seconds for _, seconds in rules)
                    marker = self._bucket(name, longest, whom, once)
                    if await connection.fetchval(MARK, marker, window_start(now, longest)) is None:
                        return None
                until = []
                # Always in the same order, so that two takes never wait for each other.
                for hits, seconds in sorted(rules, key=lambda rule: rule[1]):
                    start = window_start(now, seconds)
                    if (
                        await connection.fetchval(TAKE, self._bucket(name, seconds, whom), start, hits)
                        is None
                    ):
                        until.append(start + timedelta(seconds=seconds))
                if until:
                    raise _Refused(max(until))
        except _Refused as refused:
            LIMITS_HIT.add(limit=name)
            return refused.until
        return None

    async def check(self, name: str, whom: str, *rules: Rule) -> datetime | None:
        """Say what `take` would, and count nothing."""
        until = []
        async with transaction(self._pool) as connection:
            now = await self._now(connection)
            for hits, seconds in rules:
                start = window_start(now, seconds)
                if (await connection.fetchval(HITS, self._bucket(name, seconds, whom), start) or 0) >= hits:
                    until.append(start + timedelta(seconds=seconds))
        return max(until, default=None)

    async def give_back(self, name: str, whom: str, *rules: Rule) -> None:
        """Take back one hit: for limits on failures, which are counted before the outcome is known."""
        async with transaction(self._pool) as connection:
            now = await self._now(connection)
            for _, seconds in sorted(rules, key=lambda rule: rule[1]):
                bucket = self._bucket(name, seconds, whom)
                await connection.execute(GIVE_BACK, bucket, window_start(now, seconds))

    async def _now(self, connection: ConnectionType) -> datetime:
        if self._clock:
            return self._clock()
        now: datetime = await connection.fetchval(NOW)
        return now

    def _bucket(self, name: str, seconds: int, whom: str, once: str = "") -> str:
        return f"{name}:{seconds}:" + bucket_hash(self._hash_key, "\0".join((name, whom, once)))
