"""Is this process started with the installation's keys? Asked before it touches a registration.

A worker with a wrong payload key could read no registration and would hold up those it is given; a web
process would start registrations that no worker can read, hash addresses so that nothing is found, and send
links that nobody accepts. PostgreSQL keeps a check value for each key: HMAC-SHA256 of a fixed text, which
says nothing about a key of 32 random bytes.

`python -m starter migrate`, run with the new ring, declares a key that was added. A key that is gone from
the ring must first be gone from here: `DELETE FROM key_checks WHERE purpose = … AND key_id = …`, once nothing
made with it is kept any more.
"""

import asyncio
import hmac
from collections.abc import Iterator

import structlog

from infrastructure.database import DatabaseUnavailable, PoolType, transaction
from infrastructure.settings import Settings, parse_keys

log = structlog.get_logger(__name__)

_LOCK = "SELECT pg_advisory_xact_lock(5302017442)"
_DECLARED = "SELECT purpose, key_id, check_value FROM key_checks"
_DECLARE = "INSERT INTO key_checks (purpose, key_id, check_value) VALUES ($1, $2, $3)"

RETRY_SECONDS = 1.0


class WrongKey(Exception):
    """A key is not the one this installation works with; the text names it and holds no part of it."""


async def check_keys(pool: PoolType, settings: Settings, *, declare: bool = False) -> list[str]:
    """Compare this process's keys with the declared ones; the very first process declares its own.

    Args:
        pool: the product's database, migrated.
        settings: this process's keys.
        declare: declare keys that were added, too.

    Returns:
        What was declared, as `AKTO_PAYLOAD_KEYS id`.

    Raises:
        WrongKey: in one line, which key is wrong or missing.
        DatabaseUnavailable: PostgreSQL does not answer, or has not been migrated.
    """
    async with transaction(pool) as connection:
        await connection.execute(_LOCK)
        declared = {
            (row["purpose"], row["key_id"]): row["check_value"] for row in await connection.fetch(_DECLARED)
        }
        ours = {(purpose, key_id): value for purpose, key_id, value in _check_values(settings)}
        for place, value in declared.items():
            if place not in ours:
                raise WrongKey(f"{_name(place)}: this installation's key is missing")
            if not hmac.compare_digest(ours[place], value):
                raise WrongKey(f"{_name(place)}: not this installation's key")
        added = [place for place in ours if place not in declared]
        if added and declared and not declare:
            raise WrongKey(f"{_name(added[0])}: not declared yet, run `python -m starter migrate` with it")
        for place in added:
            await connection.execute(_DECLARE, *place, ours[place])
    return [_name(place) for place in added]


async def wait_for_check(pool: PoolType, settings: Settings) -> None:
    """`check_keys`, as soon as PostgreSQL answers.

    Raises:
        WrongKey
    """
    told = False
    while True:
        try:
            await check_keys(pool, settings)
            return
        except DatabaseUnavailable:
            if not told:
                log.warning("keys not checked yet: PostgreSQL is away or not migrated")
            told = True
        await asyncio.sleep(RETRY_SECONDS)


def _check_values(settings: Settings) -> Iterator[tuple[str, str, bytes]]:
    rings = {
        "payload": settings.payload_key_ring,
        "link": settings.link_key_ring,
        "hash": parse_keys(settings.hash_key.get_secret_value()),
    }
    for purpose, ring in rings.items():
        for key_id, key in ring.items():
            yield purpose, key_id, hmac.digest(key, f"mon-espace {purpose} {key_id}".encode(), "sha256")


def _name(place: tuple[str, str]) -> str:
    purpose, key_id = place
    variable = "AKTO_HASH_KEY" if purpose == "hash" else f"AKTO_{purpose.upper()}_KEYS"
    return f"{variable} {key_id}"
