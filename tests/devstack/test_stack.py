"""`make run` as a developer meets it: one command, one JSON line, one copy a folder, nothing left behind."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import psutil  # type: ignore[import-untyped]
import pytest

from devstack import keys
from devstack.config import CHECKOUT
from devstack.ports import Ports

pytestmark = [pytest.mark.engine, pytest.mark.timeout(180)]


def environ(folder: Path, ports: Ports) -> dict[str, str]:
    chosen = {f"MON_ESPACE_PORT_{name.upper()}": str(port) for name, port in ports.named()}
    return {**os.environ, "MON_ESPACE_DATA": str(folder), **chosen}


async def command(folder: Path, ports: Ports) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "devstack", "run", cwd=CHECKOUT, env=environ(folder, ports),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip


@asynccontextmanager
async def run(folder: Path, ports: Ports) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, Any]]]:
    process = await command(folder, ports)
    assert process.stdout is not None
    said = []
    try:
        while line := await process.stdout.readline():
            said.append(line.decode())
            if line.startswith(b"{"):
                break
        assert said, "it said nothing"
        assert said[-1].startswith("{"), "".join(said)
        yield process, json.loads(said[-1])
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.communicate()


async def test_the_product_runs_once_a_folder_and_leaves_nothing_behind(tmp_path: Path) -> None:
    folder, ports = tmp_path / "data", Ports.free()
    async with run(folder, ports) as (process, addresses):
        assert json.loads((folder / "addresses.json").read_text()) == addresses
        assert addresses["portal"] == f"http://127.0.0.1:{ports.portal}"
        async with httpx2.AsyncClient(timeout=20, trust_env=False) as http:
            for name in ("portal", "mailbox", "temporal_ui", "sirene", "start", "gallery"):
                assert (await http.get(addresses[name], follow_redirects=True)).status_code == 200, name
        children = psutil.Process(process.pid).children(recursive=True)
        listening = {
            connection.laddr.ip
            for child in children
            for connection in child.net_connections()
            if connection.status == psutil.CONN_LISTEN
        }
        assert listening == {"127.0.0.1"}

        second = await command(folder, ports)
        output, _ = await second.communicate()
        assert second.returncode == 1
        assert f"already runs on {folder} (process {process.pid})" in output.decode()

        elsewhere = await command(tmp_path / "other", ports)
        output, _ = await elsewhere.communicate()
        assert elsewhere.returncode == 1
        assert f"port {ports.portal} (portal) is in use" in output.decode()

        secrets = keys.load_or_create(folder / "keys.json")
        process.send_signal(signal.SIGTERM)
        await process.communicate()
        assert process.returncode == 0
        assert not [child.pid for child in children if child.is_running()]

    async with run(folder, ports) as (process, _):
        assert keys.load_or_create(folder / "keys.json") == secrets
    assert process.returncode == 0


async def test_a_start_can_be_interrupted(tmp_path: Path) -> None:
    process = await command(tmp_path, Ports.free())
    assert process.stdout is not None
    await process.stdout.readline()
    await asyncio.sleep(0.5)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert process.returncode == 0
    assert not [child.pid for child in children if child.is_running()]
