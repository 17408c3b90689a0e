"""A real Temporal server for development and tests: the first road that leads to one is taken.

1. the server that TEMPORAL_ADDRESS names (with the other TEMPORAL_* variables);
2. a `temporal` program, named by MON_ESPACE_TEMPORAL_CLI or found on PATH;
3. the same program, downloaded by the SDK;
4. the official server and web interface, built once from their Go modules.

`make run` takes any of them. Tests and the demonstration need a server that can skip time, and go on to the
next road when the one found cannot. Where no road works, the error says which were tried and why each failed.
"""

import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client

from devstack.config import cache_folder
from devstack.engine import build, dev_server, official_server, readiness
from devstack.engine.model import Engine, EngineError, EngineSettings, RoadClosed, Say
from devstack.ports import LOOPBACK, free_port
from devstack.processes import Command, Process, ProcessError
from devstack.processes import start as start_process

__all__ = ["Engine", "EngineError", "EngineSettings", "discard", "private", "start"]


async def start(settings: EngineSettings, *, need_time_skipping: bool = False) -> Engine:
    """Start an engine by the first road that works.

    Raises:
        EngineError: when none does.
    """
    failures: list[str] = []
    for name, road in _ROADS:
        try:
            return await road(settings, need_time_skipping)
        except RoadClosed as closed:
            reason = str(closed).replace("\n", "\n      ")
            failures.append(f"  {len(failures) + 1}. {name}: {reason}")
    raise EngineError("no Temporal server could be started. Tried:\n" + "\n".join(failures))


@asynccontextmanager
async def private(
    folder: Path,
    *,
    need_time_skipping: bool = True,
    environ: Mapping[str, str] | None = None,
    ui: bool = False,
    codec_url: str | None = None,
    say: Say = lambda text: None,
) -> AsyncIterator[Engine]:
    """An engine of one's own, on free ports, its database in this folder; gone at the end.

    On a server named by TEMPORAL_ADDRESS it is a namespace of one's own instead, removed at the end.

    Args:
        folder: a folder of the caller's; the engine uses `engine/` in it.
        need_time_skipping: go on to the next road while the engine found cannot skip time.
        environ: what the roads look at; the process's environment by default.
        ui: start the web interface too.
        codec_url: the codec server that web interface uses.
        say: called with what takes long.
    """
    chosen = dict(os.environ if environ is None else environ)
    settings = EngineSettings(
        folder=folder / "engine",
        cache=cache_folder(chosen),
        environ=chosen,
        port=free_port(),
        ui_port=free_port() if ui else None,
        codec_url=codec_url,
        namespace=f"private-{uuid.uuid4()}" if chosen.get("TEMPORAL_ADDRESS") else "default",
        logs=folder / "logs",
        private=True,
        say=say,
    )
    engine = await start(settings, need_time_skipping=need_time_skipping)
    try:
        yield engine
    finally:
        await discard(engine, chosen)


async def discard(engine: Engine, environ: Mapping[str, str]) -> None:
    """End an engine whose data nobody keeps: no need for an orderly end, no trace on a given server."""
    for process in reversed(engine.processes):
        await process.kill()
    if not engine.processes:
        client = await readiness.connect_as_configured(dict(environ), engine.namespace)
        await readiness.remove_namespace(client, engine.namespace)


async def _given_address(settings: EngineSettings, need_time_skipping: bool) -> Engine:
    address = settings.environ.get("TEMPORAL_ADDRESS")
    if not address:
        raise RoadClosed("TEMPORAL_ADDRESS is not set")
    namespace = settings.namespace
    if not settings.private:
        namespace = settings.environ.get("TEMPORAL_NAMESPACE") or settings.namespace
    client = await readiness.connect_as_configured(dict(settings.environ), namespace)
    retention = timedelta(days=1) if settings.private else readiness.RETENTION
    await readiness.ensure_namespace(client, retention)
    if need_time_skipping:
        await readiness.require_time_skipping(client)
    return Engine(
        address=address,
        namespace=namespace,
        road=f"the server at {address}",
        environ={"TEMPORAL_ADDRESS": address, "TEMPORAL_NAMESPACE": namespace},
        ui=settings.environ.get("MON_ESPACE_TEMPORAL_UI"),
    )


async def _found_program(settings: EngineSettings, need_time_skipping: bool) -> Engine:
    program = dev_server.given_or_found(settings)
    return await _started(f"{program}", settings, [dev_server.command(settings, program)], need_time_skipping)


async def _downloaded_program(settings: EngineSettings, need_time_skipping: bool) -> Engine:
    program = await dev_server.downloaded(settings)
    return await _started(f"{program}", settings, [dev_server.command(settings, program)], need_time_skipping)


async def _built_server(settings: EngineSettings, need_time_skipping: bool) -> Engine:
    server, ui = await build.built(settings)
    commands = [official_server.server_command(settings, server)]
    if settings.ui_port is not None:
        commands.append(official_server.ui_command(settings, ui))
    road = f"the official server {build.SERVER_VERSION}, built from its Go module"
    return await _started(road, settings, commands, need_time_skipping)


async def _started(
    road: str, settings: EngineSettings, commands: list[Command], need_time_skipping: bool
) -> Engine:
    address = f"{LOOPBACK}:{settings.port}"
    processes: list[Process] = []
    try:
        for command in commands:
            processes.append(await start_process(command))
        client: Client = await readiness.connect(address, settings.namespace, processes[0])
        await readiness.ensure_namespace(client)
        if need_time_skipping:
            await readiness.require_time_skipping(client)
    except BaseException as error:
        for process in reversed(processes):
            await process.kill()
        if isinstance(error, ProcessError):
            raise RoadClosed(str(error)) from None
        raise
    return Engine(
        address=address,
        namespace=settings.namespace,
        road=road,
        # The configuration file a developer may have for other servers must not reach this one.
        environ={
            "TEMPORAL_ADDRESS": address,
            "TEMPORAL_NAMESPACE": settings.namespace,
            "TEMPORAL_CONFIG_FILE": os.devnull,
        },
        ui=f"http://{LOOPBACK}:{settings.ui_port}" if settings.ui_port else None,
        processes=processes,
    )


_ROADS: list[tuple[str, Callable[[EngineSettings, bool], Awaitable[Engine]]]] = [
    ("TEMPORAL_ADDRESS", _given_address),
    ("a `temporal` program", _found_program),
    ("the SDK's download", _downloaded_program),
    ("the official server built from its Go module", _built_server),
]
