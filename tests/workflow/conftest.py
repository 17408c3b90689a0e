"""The world of the scenario tests, once for the whole run."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest
import pytest_asyncio
import uvicorn
from pydantic import SecretStr
from temporalio.client import Client
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from devstack import demo_data, engine, mailbox
from devstack.engine import Engine
from devstack.ports import free_port
from devstack.postgres import Postgres
from devstack.sirene import create_app as sirene_app
from infrastructure.accounts import Accounts
from infrastructure.database import connect
from infrastructure.password_changes import PasswordChanges
from infrastructure.passwords import PasswordHasher
from infrastructure.silence import Silence
from infrastructure.temporal import plugin, register_search_attributes
from infrastructure.tokens import TokenMint
from starter.letters import Letters
from starter.links import Links
from starter.registrations import Registrations
from starter.resets import Resets
from tests.conftest import make_settings
from tests.workflow.world import World
from worker import running
from workflows import attributes


@pytest_asyncio.fixture(scope="session")
async def temporal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    """A real Temporal server that can skip time."""
    async with engine.private(tmp_path_factory.mktemp("engine"), need_time_skipping=True) as running:
        yield running


@pytest_asyncio.fixture(scope="session")
async def sirene_url() -> AsyncIterator[str]:
    """INSEE's stand-in over HTTP, without a quota in the way."""
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


@pytest_asyncio.fixture(scope="session")
async def the_world(
    temporal: Engine,
    postgres: Postgres,
    migrated: str,
    sirene_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[World]:
    """The world; its worker is the one of production."""
    url = await postgres.create_database("world", template=migrated)
    await demo_data.load(url)
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(mailbox.private(tmp_path_factory.mktemp("mailbox")))
        settings = make_settings(url).model_copy(
            update={
                "smtp_port": box.smtp_port,
                "sirene_url": f"{sirene_url}/api-sirene/3.11",
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
        world.registrations = Registrations(
            skipper.client, settings.email_hash_key, clock=lambda: world.now()
        )
        hasher = PasswordHasher(settings)
        mint = TokenMint(settings.link_key_ring)
        world.links = Links(
            world.registrations, Accounts(pool), hasher, mint, Silence(pool, settings.email_hash_key)
        )
        changes = PasswordChanges(pool)
        world.letters = Letters(client, world.registrations, Accounts(pool), changes, settings.email_hash_key)
        world.resets = Resets(Accounts(pool), changes, hasher, mint, world.letters)
        yield world


@pytest_asyncio.fixture
async def world(the_world: World) -> AsyncIterator[World]:
    """The world, its clock and INSEE in order."""
    the_world.now = lambda: datetime.now(UTC)
    yield the_world
    await the_world.fault("none")
