"""The whole stack: everything started in the order it needs, addresses at the end, everything ended.

`running` is `make run` without its terminal: tests and the demonstration start private copies of it.
"""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from devstack import demo_data, engine, environment, keys, lock, parts, postgres
from devstack.config import StackConfig, cache_folder
from devstack.engine.model import EngineSettings
from devstack.ports import Ports
from devstack.processes import run as run_to_end
from devstack.supervisor import Layer, Say, Supervisor

DATABASE = "mon_espace"


@dataclass(frozen=True)
class Stack:
    """A running stack.

    Attributes:
        config: its folder and ports.
        addresses: where each part is, as printed.
        environ: the product's environment, to run one of its programs beside it.
        engine: the engine it uses.
        supervisor: its programs.
    """

    config: StackConfig
    addresses: Mapping[str, str | None]
    environ: Mapping[str, str]
    engine: engine.Engine
    supervisor: Supervisor

    @property
    def database_url(self) -> str:
        """The product's database."""
        return self.environ["AKTO_DATABASE_URL"]


@asynccontextmanager
async def private(
    folder: Path,
    *,
    need_time_skipping: bool = True,
    durable: bool = False,
    say: Say = lambda text: None,
    **settings: str,
) -> AsyncIterator[Stack]:
    """A copy of one's own on free ports, its state in this folder; gone at the end.

    Args:
        folder: a folder of the caller's.
        need_time_skipping: refuse an engine that cannot skip time.
        durable: PostgreSQL keeps what it committed when it is killed; slower.
        say: told what happens.
        settings: environment variables of the product, e.g. `AKTO_STARTS_PER_MINUTE="1000"`.
    """
    environ = {**os.environ, **settings}
    config = StackConfig(data=folder, cache=cache_folder(environ), ports=Ports.free())
    async with running(
        config, environ, say, need_time_skipping=need_time_skipping, private=True, durable=durable
    ) as stack:
        yield stack


@asynccontextmanager
async def running(
    config: StackConfig,
    environ: Mapping[str, str],
    say: Say,
    *,
    need_time_skipping: bool = False,
    private: bool = False,
    durable: bool = True,
) -> AsyncIterator[Stack]:
    """Start everything, yield, end everything.

    Raises:
        AlreadyRunning, PortError, EngineError, PostgresError, ProcessError, KeysError: said to people as is.
    """
    with lock.held(config.data):
        if left := await lock.end_leftovers(config.data):
            say(f"ended {left} processes that a killed start had left behind")
        given = bool(environ.get("TEMPORAL_ADDRESS"))
        config.ports.require_free(unneeded=frozenset({"temporal", "temporal_ui"} if given else ()))
        supervisor = Supervisor(say, lambda pids: lock.remember(config.data, pids))
        try:
            stack = await _start(config, environ, say, supervisor, need_time_skipping, private, durable)
            try:
                yield stack
            finally:
                say("stopping")
                await supervisor.rest()
                if private:
                    await engine.discard(stack.engine, environ)
        finally:
            await supervisor.stop()


async def _start(
    config: StackConfig,
    environ: Mapping[str, str],
    say: Say,
    supervisor: Supervisor,
    need_time_skipping: bool,
    private: bool,
    durable: bool,
) -> Stack:
    secrets = keys.load_or_create(config.data / "keys.json")
    say("starting PostgreSQL, the engine, the mailbox and the Sirene stand-in")
    async with _Together() as together:
        database = together.add(_start_postgres(config, supervisor, durable=durable))
        started = together.add(_start_engine(config, environ, say, supervisor, need_time_skipping, private))
        for part in parts.around(config, environ, secrets):
            together.add(supervisor.start(part))
    temporal, url = started.result(), database.result()
    say(f"engine: {temporal.road}")
    product = parts.product_environ(config, environ, secrets, url, temporal)
    addresses = {**parts.addresses(config, temporal.ui), "temporal": temporal.address}
    environment.write(config.data, product)
    say("applying migrations")
    await run_to_end(parts.once(config, "migrate", ["starter", "migrate"], product), limit=120)
    say("loading demo data")
    await demo_data.load(url)
    say("starting the codec server, the worker and the portal")
    async with _Together() as together:
        for part in [*parts.product(config, product), parts.start_page(config, environ, temporal)]:
            together.add(supervisor.start(part))
        setup = parts.once(config, "setup", ["starter", "setup"], product)
        together.add(run_to_end(setup, limit=120))
    supervisor.watch()
    unfinished = config.data / "addresses.part"
    unfinished.write_text(json.dumps(addresses))
    unfinished.replace(config.data / "addresses.json")
    return Stack(config, addresses, product, temporal, supervisor)


async def _start_postgres(config: StackConfig, supervisor: Supervisor, *, durable: bool) -> str:
    log = config.logs / "postgres.log"
    server = await postgres.start_server(
        config.data / "postgres", config.ports.postgres, durable=durable, log=log
    )
    supervisor.adopt(server.process, Layer.GROUND)
    return await server.ensure_database(DATABASE)


async def _start_engine(
    config: StackConfig,
    environ: Mapping[str, str],
    say: Say,
    supervisor: Supervisor,
    need_time_skipping: bool,
    private: bool,
) -> engine.Engine:
    settings = EngineSettings(
        folder=config.data / "engine",
        cache=config.cache,
        environ=environ,
        port=config.ports.temporal,
        ui_port=config.ports.temporal_ui,
        codec_url=config.url("codec"),
        logs=config.logs,
        say=say,
    )
    if private and environ.get("TEMPORAL_ADDRESS"):
        settings = replace(settings, private=True, namespace=f"private-{time.time_ns():x}-{os.getpid()}")
    started = await engine.start(settings, need_time_skipping=need_time_skipping)
    for process in started.processes:
        layer = Layer.ENGINE if process is started.processes[0] else Layer.AROUND
        supervisor.adopt(process, layer)
    return started


class _Together:
    """Tasks side by side; the first failure cancels the others and is raised as it is, in no group."""

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()

    async def __aenter__(self) -> "_Together":
        await self._group.__aenter__()
        return self

    def add(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        return self._group.create_task(work)

    async def __aexit__(self, *failure: Any) -> None:
        try:
            await self._group.__aexit__(*failure)
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None
