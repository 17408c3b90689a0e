"""The embedded PostgreSQL: starts, restarts after any death, keeps its data, leaves nothing behind."""

import os
import socket
import stat
from pathlib import Path

import asyncpg
import psutil  # type: ignore[import-untyped]
import pytest

from devstack import postgres
from devstack.ports import free_port


async def value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_a_database_is_a_copy_of_its_template(tmp_path: Path) -> None:
    async with postgres.private(tmp_path) as server:
        template = await server.create_database("modèle")
        await value(template, "create table t as select 'É' as x")
        copy = await server.create_database("copie", template="modèle")
        assert await value(copy, "select lower(x) from t") == "é"
        assert await server.ensure_database("copie") == copy
        await server.drop_database("copie")
        with pytest.raises(asyncpg.InvalidCatalogNameError):
            await asyncpg.connect(copy)


async def test_only_loopback_and_only_with_the_password(tmp_path: Path) -> None:
    async with postgres.private(tmp_path) as server:
        listening = {
            connection.laddr.ip
            for connection in psutil.Process(server.process.pid).net_connections()
            if connection.status == psutil.CONN_LISTEN
        }
        assert listening == {"127.0.0.1"}
        wrong = server.url().replace(server.password, "wrong")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(wrong)
    assert stat.S_IMODE((tmp_path / "password").stat().st_mode) == 0o600


async def test_data_survives_a_killed_server(tmp_path: Path) -> None:
    first = await postgres.start_server(tmp_path, free_port())
    url = await first.create_database("durable")
    await value(url, "create table t as select 42 as x")
    await first.process.kill()
    assert (tmp_path / "cluster" / "postmaster.pid").exists()
    second = await postgres.start_server(tmp_path, free_port())
    try:
        assert await value(second.url("durable"), "select x from t") == 42
    finally:
        await second.process.stop()


async def test_a_stale_pid_file_that_names_a_living_process_stops_nothing(tmp_path: Path) -> None:
    async with postgres.private(tmp_path):
        pass
    pid_file = tmp_path / "cluster" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{tmp_path}\n")
    async with postgres.private(tmp_path) as server:
        assert await value(server.url(), "select 1") == 1


async def test_a_server_that_lost_its_supervisor_is_ended_first(tmp_path: Path) -> None:
    orphan = await postgres.start_server(tmp_path, free_port(), durable=False)
    async with postgres.private(tmp_path) as server:
        assert await value(server.url(), "select 1") == 1
        assert not psutil.pid_exists(orphan.process.pid)


async def test_an_interrupted_first_start_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "cluster.unfinished").mkdir()
    (tmp_path / "cluster.unfinished" / "PG_VERSION").write_text("18")
    (tmp_path / "cluster").mkdir()
    async with postgres.private(tmp_path) as server:
        assert await value(server.url(), "select 1") == 1


async def test_a_start_that_fails_says_why_and_leaves_no_process(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            postgres.PostgresError, match=r"ended at once:[^$]*could not create any TCP/IP sockets"
        ):
            await postgres.start_server(tmp_path, port, durable=False)
    running = [process.cwd() for process in psutil.process_iter() if process.name() == "postgres"]
    assert str(tmp_path / "cluster") not in running
