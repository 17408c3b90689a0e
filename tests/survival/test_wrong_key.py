"""Started with a key that is not the installation's, a process stops at once; no registration is harmed."""

import asyncio
import base64
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr

from devstack import stack
from devstack.ports import free_port
from devstack.stack import Stack
from infrastructure.database import DatabaseUnavailable, PoolType
from infrastructure.key_check import WrongKey, check_keys
from infrastructure.settings import Settings
from tests.conftest import make_settings
from tests.survival.person import BY_NUMBER, Person

ROOT = Path(__file__).parents[2]
WRONG = base64.b64encode(b"w" * 32).decode()


@pytest_asyncio.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with stack.private(tmp_path_factory.mktemp("stack")) as started:
        yield started


async def started_with(running: Stack, program: list[str], **environ: str) -> tuple[int | None, str]:
    """Start a program beside the stack: its exit code and what it said on stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *program,
        cwd=ROOT,
        env={**running.environ, **environ},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await asyncio.wait_for(process.communicate(), 40)
    return process.returncode, said.decode()


def wrong(running: Stack, name: str) -> dict[str, str]:
    """The same key id, another key."""
    key_id = running.environ[name].partition(":")[0]
    return {name: f"{key_id}:{WRONG}"}


@pytest.mark.timeout(200)
@pytest.mark.parametrize("name", ["AKTO_PAYLOAD_KEYS", "AKTO_LINK_KEYS", "AKTO_HASH_KEY"])
async def test_wrong_worker_stops_and_no_registration_notices(running: Stack, name: str) -> None:
    portal, mailbox = running.addresses["portal"], running.addresses["mailbox"]
    someone = Person(str(portal), str(mailbox))
    assert await someone.start() == "themes"
    code, said = await started_with(running, ["worker.py"], **wrong(running, name))
    assert code == 3
    assert said.splitlines() == [said.strip()], said
    assert said.startswith(f"wrong key: {name} ")
    assert WRONG not in said
    for message, body, until in BY_NUMBER:
        await someone.send(message, body, until)


@pytest.mark.timeout(200)
async def test_wrong_portal_and_wrong_migration_stop_too(running: Stack) -> None:
    serve = ["-m", "uvicorn", "starter.app:create_app", "--factory", "--port", str(free_port())]
    code, said = await started_with(running, serve, **wrong(running, "AKTO_PAYLOAD_KEYS"))
    assert (code, "wrong key: AKTO_PAYLOAD_KEYS" in said) == (3, True), said
    migrate = ["-m", "starter", "migrate"]
    code, said = await started_with(running, migrate, **wrong(running, "AKTO_PAYLOAD_KEYS"))
    assert (code, said.startswith("AKTO_PAYLOAD_KEYS ")) == (2, True), said


@pytest.mark.timeout(100)
async def test_worker_waits_for_the_database_and_ends_when_told_to(running: Stack) -> None:
    nowhere = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "worker.py",
        cwd=ROOT,
        env={**running.environ, "AKTO_DATABASE_URL": nowhere},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 40)
    assert b"keys not checked yet" in line
    os.kill(process.pid, signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 20) == 0


def with_ring(settings: Settings, *keys: str) -> Settings:
    fresh = make_settings(settings.database_url.get_secret_value())  # Its rings have not been read yet.
    return fresh.model_copy(update={"payload_keys": SecretStr(",".join(keys))})


async def test_the_first_process_declares_and_a_rotation_is_declared_by_migrate(
    database: PoolType, settings: Settings
) -> None:
    assert len(await check_keys(database, settings)) == 3
    assert await check_keys(database, settings) == []
    first, second = settings.payload_keys.get_secret_value(), f"second:{WRONG}"
    rotated = with_ring(settings, second, first)
    with pytest.raises(WrongKey, match="AKTO_PAYLOAD_KEYS second: not declared yet"):
        await check_keys(database, rotated)
    assert await check_keys(database, rotated, declare=True) == ["AKTO_PAYLOAD_KEYS second"]
    assert await check_keys(database, rotated) == []
    with pytest.raises(WrongKey, match="AKTO_PAYLOAD_KEYS second: this installation's key is missing"):
        await check_keys(database, settings)
    await database.execute("DELETE FROM key_checks WHERE key_id = 'payload'")
    assert await check_keys(database, with_ring(settings, second)) == []


async def test_a_database_not_migrated_is_no_wrong_key(database: PoolType, settings: Settings) -> None:
    await database.execute("DROP TABLE key_checks")
    with pytest.raises(DatabaseUnavailable):
        await check_keys(database, settings)
