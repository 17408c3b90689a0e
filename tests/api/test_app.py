"""The web process as it is run: its start, its probes, its log, with PostgreSQL there and the engine not."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from devstack.ports import free_port
from devstack.postgres import Postgres
from infrastructure.settings import Settings
from tests.api.conftest import IDENTITY

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "k1.fx-cHl0KSlObUwxvLw9rjg.1.Zm9yLWRvY3VtZW50YXRpb24tb25seS1ub3QtYS10b2s"


@dataclass
class Running:
    """One web process."""

    client: httpx2.AsyncClient
    process: asyncio.subprocess.Process

    async def stop(self) -> list[dict[str, object]]:
        """Stop it as a supervisor does; return its log."""
        self.process.send_signal(signal.SIGTERM)
        out, _ = await asyncio.wait_for(self.process.communicate(), 15)
        assert self.process.returncode in {0, -signal.SIGTERM}
        return [json.loads(line) for line in out.decode().splitlines()]


def environment(database_url: str, port: int) -> dict[str, str]:
    key = "k1:" + "A" * 43 + "="
    return {
        "PATH": os.environ["PATH"],
        "PYTHONWARNINGS": "error",
        "AKTO_BASE_URL": f"http://127.0.0.1:{port}",
        "AKTO_DATABASE_URL": database_url,
        "AKTO_PAYLOAD_KEYS": key,
        "AKTO_LINK_KEYS": key,
        "AKTO_HASH_KEY": key,
        "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}",
    }


def uvicorn(port: int) -> list[str]:
    """The server as anybody would start it: what must not be logged is off without any flag."""
    return [sys.executable, "-m", "uvicorn", "starter.app:create_app", "--factory", "--port", str(port)]


async def start(env: dict[str, str], port: int) -> Running:
    process = await asyncio.create_subprocess_exec(
        *uvicorn(port), cwd=ROOT, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    client = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10)
    for _ in range(200):
        try:
            await client.get("/healthz")
            return Running(client, process)
        except httpx2.TransportError:
            if process.returncode is not None:
                break
            await asyncio.sleep(0.1)
    process.kill()
    raise AssertionError((await process.communicate())[0].decode())


@pytest_asyncio.fixture
async def web(database_url: str) -> AsyncIterator[Running]:
    """The web process on a real PostgreSQL and without an engine."""
    port = free_port()
    running = await start(environment(database_url, port), port)
    yield running
    if running.process.returncode is None:
        running.process.kill()
        await running.process.communicate()
    await running.client.aclose()


async def test_without_the_engine_it_is_up_and_says_not_now_in_time(web: Running) -> None:
    ready = await web.client.get("/readyz")
    assert (ready.status_code, ready.json()) == (
        503,
        {"status": "unavailable", "database": True, "engine": False, "workers": False},
    )
    headers = {"Idempotency-Key": "0123456789abcdef"}
    started = time.monotonic()
    answer = await web.client.post("/api/v1/registrations", json=IDENTITY, headers=headers)
    assert time.monotonic() - started < 3
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"] == "5"
    for word in ("temporal", "grpc", "rpc", "workflow", "traceback"):
        assert word not in answer.text.lower()


async def test_its_log_is_json_and_holds_no_token(web: Running) -> None:
    for path in ("/lien", "/reprendre", "/pas-moi", "/nulle-part"):
        await web.client.get(f"{path}?jeton={TOKEN}")
    await web.client.get(f"/nulle-part/{TOKEN}/camille@entreprise.example")
    await web.client.post("/api/v1/registrations", json=IDENTITY)
    lines = await web.stop()
    text = json.dumps(lines)
    assert "fx-cHl0KSlObUwxvLw9rjg" not in text
    assert "entreprise.example" not in text
    assert "Camille" not in text
    assert "127.0.0.1:" not in "".join(str(line) for line in lines if line["logger"] == "access")
    paths = [line["path"] for line in lines if line["event"] == "request"]
    assert "/nulle-part" in paths
    assert "/nulle-part/[jeton]/[adresse]" in paths
    assert {"event", "level", "logger", "timestamp"} <= set(lines[0])


async def test_without_postgresql_it_starts_all_the_same(postgres: Postgres) -> None:
    port = free_port()
    running = await start(environment("postgresql://u:p@127.0.0.1:1/x", port), port)
    try:
        ready = await running.client.get("/readyz")
        assert ready.json() == {"status": "unavailable", "database": False, "engine": False, "workers": False}
        started = time.monotonic()
        answer = await running.client.post("/api/v1/registrations", json=IDENTITY)
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert time.monotonic() - started < 3
    finally:
        await running.stop()
        await running.client.aclose()


@pytest.mark.parametrize("program", ["starter.app", "starter.codec_server"])
async def test_wrong_settings_are_said_at_once_without_a_value(program: str) -> None:
    env = {"PATH": os.environ["PATH"], "AKTO_PAYLOAD_KEYS": "not-a-key-but-a-secret"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        f"from {program} import create_app; create_app()",
        cwd=ROOT,
        env=env,
        stderr=asyncio.subprocess.PIPE,
    )
    _, error = await process.communicate()
    text = error.decode()
    assert process.returncode == 1
    assert "AKTO_PAYLOAD_KEYS" in text
    assert ("AKTO_DATABASE_URL" in text) == (program == "starter.app")
    assert "secret" not in text
    assert "Traceback" not in text


def test_nothing_personal_is_in_a_setting_s_text(settings: Settings) -> None:
    assert "Li4u" not in repr(settings)
    assert "mon_espace:" not in repr(settings)
