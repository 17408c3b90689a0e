"""PostgreSQL: the pool, one way into a transaction, and the migrations.

Invariants:
- No error of the driver leaves this module's `transaction`: its texts can hold what people typed. What
  leaves is `DatabaseUnavailable`, which carries a SQLSTATE at most. Raised by an activity, Temporal shows
  it as an application error of that type and tries again.
- Nothing waits without bound: connecting, a statement, a lock and an idle transaction all have a limit.
- A migration that has been applied never changes: its SHA-256 is remembered and an edited file is refused.
"""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import asyncpg

from infrastructure.settings import Settings

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

PoolType: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
ConnectionType: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

MIGRATIONS = Path(__file__).parent / "migrations"

CONNECT_TIMEOUT = 3.0
COMMAND_TIMEOUT = 5.0
#: The server gives up a little before the driver does: its error says more than a time-out of ours.
SERVER_SETTINGS = {
    "timezone": "UTC",
    "statement_timeout": "4500",
    "lock_timeout": "4000",
    "idle_in_transaction_session_timeout": "15000",
}


class DatabaseUnavailable(Exception):
    """PostgreSQL did not do what was asked; the text holds no value, and trying again may help."""


class MigrationError(Exception):
    """The schema cannot be brought up to date; says which file and why."""


async def connect(settings: Settings, application: str = "mon-espace") -> PoolType:
    """Open the pool.

    No connection is made yet: a process that starts while PostgreSQL is down is as good as one that sees
    it go down later. JSON columns travel as text.
    """
    return await asyncpg.create_pool(
        settings.database_url.get_secret_value(),
        min_size=0,
        max_size=settings.database_pool,
        timeout=CONNECT_TIMEOUT,
        command_timeout=COMMAND_TIMEOUT,
        server_settings={"application_name": application, **SERVER_SETTINGS},
    )


@asynccontextmanager
async def transaction(pool: PoolType) -> AsyncIterator[ConnectionType]:
    """One connection in one transaction: committed when the body ends, rolled back when it raises.

    Raises:
        DatabaseUnavailable: for whatever goes wrong with PostgreSQL, in the body too.
    """
    with driver_errors():
        async with pool.acquire(timeout=COMMAND_TIMEOUT) as connection, connection.transaction():
            yield connection


@contextmanager
def driver_errors() -> Iterator[None]:
    """What the driver raises can hold values: it leaves as DatabaseUnavailable.

    Its internal error is what a connection that went away in the midst of a COPY or a transaction ends with.
    """
    try:
        yield
    except asyncpg.PostgresError as error:
        raise DatabaseUnavailable(f"PostgreSQL indisponible (SQLSTATE {error.sqlstate})") from None
    except (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError):
        raise DatabaseUnavailable("PostgreSQL indisponible") from None


# ---- migrations ------------------------------------------------------------------------------------

#: Any constant does, as long as every process that migrates takes the same.
MIGRATION_LOCK = 5_302_017_441

CREATE_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version     integer PRIMARY KEY,
    name        text NOT NULL,
    sha256      text NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT now()
)
"""
APPLIED = "SELECT version, sha256 FROM schema_migrations"
RECORD = "INSERT INTO schema_migrations (version, name, sha256) VALUES ($1, $2, $3)"


class Migration(NamedTuple):
    """One numbered file."""

    version: int
    name: str
    sql: str
    digest: str


def read_migrations(folder: Path = MIGRATIONS) -> list[Migration]:
    """Read the numbered files in their order.

    Raises:
        MigrationError: for a file without a number, or two with the same.
    """
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        number = re.fullmatch(r"(\d{4})_[a-z0-9_]+\.sql", path.name)
        if number is None:
            raise MigrationError(f"{path.name} : un nom de la forme 0001_nom.sql est attendu")
        sql = path.read_text(encoding="utf-8")
        one = Migration(int(number[1]), path.name, sql, sha256(sql.encode()).hexdigest())
        if one.version in found:
            raise MigrationError(f"{path.name} et {found[one.version].name} portent le même numéro")
        found[one.version] = one
    return list(found.values())


async def migrate(database_url: str, folder: Path = MIGRATIONS) -> list[str]:
    """Apply the migrations that are missing, each in its own transaction; return the names of these.

    Two processes may do it at once: the second waits, then finds nothing to do. A version that is
    recorded but has no file any more is left alone, so that older code still starts on a newer schema.

    Raises:
        MigrationError: an applied file was edited, or a file does not go through.
        DatabaseUnavailable: PostgreSQL cannot be reached.
    """
    migrations = read_migrations(folder)
    with driver_errors():
        connection = await asyncpg.connect(database_url, timeout=10, command_timeout=120)
    try:
        await _wait_for_turn(connection)
        await connection.execute(CREATE_LEDGER)
        applied = {row["version"]: row["sha256"] for row in await connection.fetch(APPLIED)}
        for migration in migrations:
            if applied.get(migration.version, migration.digest) != migration.digest:
                raise MigrationError(f"{migration.name} a été modifié après avoir été appliqué")
        missing = [migration for migration in migrations if migration.version not in applied]
        for migration in missing:
            await _apply(connection, migration)
        return [migration.name for migration in missing]
    except asyncpg.PostgresError as error:
        raise MigrationError(
            f"schema_migrations : {type(error).__name__} (SQLSTATE {error.sqlstate})"
        ) from None
    finally:
        await connection.close(timeout=5)  # gives the lock back as well


async def _wait_for_turn(connection: ConnectionType) -> None:
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
    except TimeoutError:
        raise MigrationError("une autre migration est en cours et ne finit pas") from None


async def _apply(connection: ConnectionType, migration: Migration) -> None:
    try:
        async with connection.transaction():
            # Running processes must not queue behind a migration that waits for a lock.
            await connection.execute("SET LOCAL lock_timeout = '4s'; SET LOCAL statement_timeout = '60s'")
            await connection.execute(migration.sql)
            await connection.execute(RECORD, migration.version, migration.name, migration.digest)
    except asyncpg.PostgresError as error:
        # Class 42 speaks of the file; other classes can quote rows.
        why = str(error.args[0]) if (error.sqlstate or "").startswith("42") else type(error).__name__
        raise MigrationError(f"{migration.name} : {why} (SQLSTATE {error.sqlstate})") from None
