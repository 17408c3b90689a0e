"""The world of the scenario tests, once for the whole run."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from devstack import engine
from devstack.engine import Engine
from devstack.postgres import Postgres
from tests.workflow import opening
from tests.workflow.world import World


@pytest_asyncio.fixture(scope="session")
async def temporal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    """A real Temporal server that can skip time."""
    async with engine.private(tmp_path_factory.mktemp("engine"), need_time_skipping=True) as running:
        yield running


@pytest_asyncio.fixture(scope="session")
async def sirene_url() -> AsyncIterator[str]:
    """INSEE's stand-in over HTTP, without a quota in the way."""
    async with opening.sirene() as url:
        yield url


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
    async with opening.opened(temporal, url, sirene_url, tmp_path_factory.mktemp("mailbox")) as world:
        yield world


@pytest_asyncio.fixture
async def world(the_world: World, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """The world, its clock and INSEE in order."""
    the_world.now = lambda: datetime.now(UTC)
    the_world.skipped.clear()
    began = time.monotonic()
    yield the_world
    if the_world.skipped:
        days = sum(the_world.skipped, timedelta()) / timedelta(days=1)
        request.node.user_properties.append(("lived through", (days, time.monotonic() - began)))
    await the_world.fault("none")
