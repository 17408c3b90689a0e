"""A frontend in another language, written from the contract alone, with that language's official SDK."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from devstack import stack
from devstack.stack import Stack
from tests.clients.conftest import Go

# The first build counts against the first test's time.
pytestmark = [pytest.mark.engine, pytest.mark.timeout(1500)]

SCREENS = ["themes", "establishment", "member_number", "email_link", "password", "registered"]
PASSWORD = "Tilleul-7-cascade"


@pytest_asyncio.fixture(scope="module")
async def running(client: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A stack whose processes are real ones; started only where there is a client to try."""
    async with stack.private(tmp_path_factory.mktemp("stack"), need_time_skipping=False) as started:
        yield started


async def play(
    client: Path, running: Stack, email: str, *options: str, number: str = "123456 001", **environ: str
) -> tuple[int, list[str], str]:
    """Run the client to its end: exit code, lines it printed, what it complained of."""
    portal, mailbox = running.addresses["portal"], running.addresses["mailbox"]
    process = await asyncio.create_subprocess_exec(
        client,
        *("-portal", str(portal), "-mailbox", str(mailbox), "-email", email, "-siret", "00000001800010"),
        *("-number", number, "-within", "40s", *options),
        env={**running.environ, "MON_ESPACE_PASSWORD": PASSWORD, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    printed, complained = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, printed.decode().split(), complained.decode()


@pytest.mark.parametrize("options", [(), ("-signals",)], ids=["updates", "signals"])
async def test_registers(client: Path, running: Stack, options: tuple[str, ...]) -> None:
    email = f"go-{uuid4().hex[:12]}@exemple.example"
    code, screens, complained = await play(client, running, email, *options)
    assert (code, screens) == (0, SCREENS), complained
    database = await asyncpg.connect(running.database_url)
    try:
        proofs = await database.fetch(
            "SELECT t.siret, t.proof, t.confirmed FROM attachments t JOIN accounts a ON a.id = t.account_id"
            " WHERE a.email = $1",
            email,
        )
    finally:
        await database.close()
    assert [tuple(row) for row in proofs] == [("00000001800010", "member_number", True)]


async def test_is_told_what_is_wrong(client: Path, running: Stack) -> None:
    """A refusal is read by its code, through failures that are encoded."""
    email = f"go-{uuid4().hex[:12]}@exemple.example"
    code, screens, complained = await play(client, running, email, number="!")
    assert (code, screens) == (1, SCREENS[:3])
    assert "Refused number_malformed" in complained


async def test_another_environments_key_reads_nothing(client: Path, running: Stack) -> None:
    email = f"go-{uuid4().hex[:12]}@exemple.example"
    foreign = f"k1:{'A' * 43}="
    code, screens, complained = await play(client, running, email, AKTO_PAYLOAD_KEYS=foreign)
    assert (code, screens) == (1, [])
    assert email not in complained


def test_source_is_vetted(go: Go) -> None:
    vetted = go.run("vet", "./...")
    assert (vetted.returncode, vetted.stderr) == (0, "")


def test_asks_again_for_an_answer_the_engine_threw_away(go: Go) -> None:
    tested = go.run("test", "-count=1", "./...")
    assert tested.returncode == 0, tested.stdout + tested.stderr
