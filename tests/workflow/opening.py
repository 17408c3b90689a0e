"""Opening a world: for the tests (`conftest.py`) and for the command that records histories."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import uvicorn
from pydantic import SecretStr
from temporalio.client import Client
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from devstack import demo_data, mailbox
from devstack.engine import Engine
from devstack.ports import free_port
from devstack.sirene import create_app as sirene_app
from infrastructure.database import connect
from infrastructure.temporal import plugin, register_search_attributes
from tests.conftest import make_settings
from tests.workflow.world import World
from worker import running
from workflows import attributes


@asynccontextmanager
async def sirene() -> AsyncIterator[str]:
    """INSEE's stand-in over HTTP, without a quota in the way; yields its address."""
    app = sirene_app(quota=10_000)
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            app, host="127.0.0.1", port=port, log_level="warning", access_log=False, lifespan="off"
        )
    )
    task = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task


@asynccontextmanager
async def opened(temporal: Engine, database_url: str, sirene_url: str, folder: Path) -> AsyncIterator[World]:
    """A world on a migrated, empty database; its worker is the one of production."""
    await demo_data.load(database_url)
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(mailbox.private(folder))
        settings = make_settings(database_url).model_copy(
            update={
                "smtp_port": box.smtp_port,
                "sirene_url": f"{sirene_url}/api-sirene/3.11",
                "companies_url": f"{sirene_url}/recherche-entreprises",
                "sirene_key": SecretStr("clef-de-test"),
                "sirene_calls_per_minute": 1000,
                "graceful_shutdown": 1.0,
            }
        )
        client = await Client.connect(
            temporal.address, namespace=temporal.namespace, plugins=[plugin(settings)]
        )
        await register_search_attributes(client, attributes.KEYS)
        skipper = TimeSkipper(client, config=TimeSkippingConfig(enabled=False))
        pool = await connect(settings, application="world")
        stack.push_async_callback(pool.close)
        await stack.enter_async_context(running(client, settings, pool))
        world = World(client, skipper, settings, pool, box, sirene_url)
        world.open_doors()
        yield world
