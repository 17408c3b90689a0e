"""The pool and the migrations: twice, at once, edited, broken."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from infrastructure.database import (
    MIGRATIONS,
    DatabaseUnavailable,
    MigrationError,
    PoolType,
    connect,
    migrate,
    read_migrations,
    transaction,
)
from tests.conftest import make_settings


async def tables(database_url: str) -> set[str]:
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {row["tablename"] for row in rows}
    finally:
        await connection.close()


def write(folder: Path, **files: str) -> Path:
    for name, sql in files.items():
        (folder / f"{name[1:]}.sql").write_text(sql, encoding="utf-8")
    return folder


async def test_all_files_are_applied_once(empty_database_url: str) -> None:
    names = [path.name for path in sorted(MIGRATIONS.glob("*.sql"))]
    assert await migrate(empty_database_url) == names
    assert await migrate(empty_database_url) == []
    assert {"accounts", "limit_hits", "schema_migrations"} <= await tables(empty_database_url)


async def test_two_at_once_apply_each_file_once(empty_database_url: str) -> None:
    names = [migration.name for migration in read_migrations()]
    done = await asyncio.gather(*(migrate(empty_database_url) for _ in range(4)))
    assert sorted(done, key=len) == [[], [], [], names]


async def test_a_new_file_is_applied_alone(empty_database_url: str, tmp_path: Path) -> None:
    folder = write(tmp_path, _0001_one="CREATE TABLE one (id int)")
    await migrate(empty_database_url, folder)
    write(folder, _0002_two="CREATE TABLE two (id int); CREATE TABLE three (id int)")
    assert await migrate(empty_database_url, folder) == ["0002_two.sql"]
    assert {"one", "two", "three"} <= await tables(empty_database_url)


async def test_an_edited_file_is_refused_and_nothing_is_applied(
    empty_database_url: str, tmp_path: Path
) -> None:
    folder = write(tmp_path, _0001_one="CREATE TABLE one (id int)")
    await migrate(empty_database_url, folder)
    write(folder, _0001_one="CREATE TABLE one (id bigint)", _0002_two="CREATE TABLE two (id int)")
    with pytest.raises(MigrationError, match=r"0001_one\.sql a été modifié"):
        await migrate(empty_database_url, folder)
    assert "two" not in await tables(empty_database_url)


async def test_a_file_that_fails_leaves_nothing_and_those_before_it_stay(
    empty_database_url: str, tmp_path: Path
) -> None:
    folder = write(
        tmp_path,
        _0001_one="CREATE TABLE one (id int)",
        _0002_two="CREATE TABLE two (id int); CREATE TABEL three (id int)",
    )
    with pytest.raises(MigrationError, match=r"0002_two\.sql : syntax error .*42601"):
        await migrate(empty_database_url, folder)
    assert await tables(empty_database_url) == {"one", "schema_migrations"}
    write(folder, _0002_two="CREATE TABLE two (id int)")
    assert await migrate(empty_database_url, folder) == ["0002_two.sql"]


async def test_a_failing_file_quotes_no_row(empty_database_url: str, tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        _0001_one="CREATE TABLE one (name text); INSERT INTO one VALUES ('Zoé Secrète'), ('Zoé Secrète')",
        _0002_two="CREATE UNIQUE INDEX ON one (name)",
    )
    with pytest.raises(MigrationError, match=r"UniqueViolationError \(SQLSTATE 23505\)") as caught:
        await migrate(empty_database_url, folder)
    assert "Zoé" not in str(caught.value)


async def test_older_code_starts_on_a_newer_schema(empty_database_url: str, tmp_path: Path) -> None:
    folder = write(tmp_path, _0001_one="SELECT 1", _0002_two="SELECT 2")
    await migrate(empty_database_url, folder)
    (folder / "0002_two.sql").unlink()
    assert await migrate(empty_database_url, folder) == []


@pytest.mark.parametrize("name", ["initial.sql", "1_initial.sql", "0001-initial.sql", "0001_Initial.sql"])
def test_a_file_without_a_proper_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("SELECT 1")
    with pytest.raises(MigrationError, match="0001_nom"):
        read_migrations(tmp_path)


def test_a_number_is_given_once(tmp_path: Path) -> None:
    write(tmp_path, _0001_one="SELECT 1", _0001_two="SELECT 2")
    with pytest.raises(MigrationError, match="même numéro"):
        read_migrations(tmp_path)


async def test_a_ledger_that_cannot_be_written_says_so(empty_database_url: str) -> None:
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute("CREATE VIEW schema_migrations AS SELECT 1 AS version")
    await connection.close()
    with pytest.raises(MigrationError, match=r"schema_migrations : UndefinedColumnError \(SQLSTATE 42703\)"):
        await migrate(empty_database_url)


async def test_migrating_without_a_server_says_so(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable):
        await migrate(f"postgresql://nobody@/nowhere?host={tmp_path}")


async def test_a_process_starts_without_postgresql_and_says_it_is_down(tmp_path: Path) -> None:
    pool = await connect(make_settings(f"postgresql://nobody@/nowhere?host={tmp_path}"))
    with pytest.raises(DatabaseUnavailable):
        async with transaction(pool):
            pass
    await pool.close()


async def test_an_error_of_the_driver_leaves_without_its_values(database: PoolType) -> None:
    with pytest.raises(DatabaseUnavailable) as caught:
        async with transaction(database) as connection:
            await connection.execute("SELECT 'zoe@exemple.fr'::int")
    assert str(caught.value) == "PostgreSQL indisponible (SQLSTATE 22P02)"
    assert caught.value.__suppress_context__


async def test_a_body_that_raises_is_rolled_back(database: PoolType) -> None:
    async def body() -> None:
        async with transaction(database) as connection:
            await connection.execute("INSERT INTO insee_calls (at) VALUES (now())")
            raise KeyError("ours")

    with pytest.raises(KeyError):
        await body()
    assert await database.fetchval("SELECT count(*) FROM insee_calls") == 0


async def test_connections_that_the_server_closed_are_replaced(database: PoolType) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with transaction(database) as connection:
            await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    async with transaction(database) as connection:
        assert await connection.fetchval("SELECT current_setting('application_name')") == "tests"
