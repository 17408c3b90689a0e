"""One private stack and one Chromium for all browser tests; a fresh browser profile for each."""

import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from devstack import stack
from devstack.browser import ARGUMENTS
from devstack.stack import Stack
from tests.browser.backstage import Backstage
from tests.browser.visitor import Visit, Visitors

CHROMIUM = os.environ.get("MON_ESPACE_CHROMIUM", "/usr/bin/chromium")


#: All tests come from one network address and write to few mailboxes; hashes cost next to nothing.
UNHURRIED: dict[str, Any] = {
    "AKTO_STARTS_PER_MINUTE": "1000",
    "AKTO_STARTS_PER_HOUR": "1000",
    "AKTO_SIRET_LOOKUPS_PER_HOUR": "1000",
    "AKTO_SIRENE_CALLS_PER_MINUTE": "1000",
    "AKTO_LOGINS_PER_ADDRESS": "1000",
    "AKTO_ARGON2_TIME_COST": "1",
    "AKTO_ARGON2_MEMORY_KIB": "64",
    "MON_ESPACE_SIRENE_QUOTA": "10000",
}


@pytest_asyncio.fixture(scope="session")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The whole stack, as `make run` starts it."""
    async with stack.private(tmp_path_factory.mktemp("stack"), **UNHURRIED) as running:
        yield running


@pytest_asyncio.fixture(scope="session")
async def backstage(product: Stack) -> Backstage:
    """The way behind the pages."""
    return await Backstage.of(product)


@pytest_asyncio.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """A real browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture
async def visitors(chromium: Browser, product: Stack) -> AsyncIterator[Visitors]:
    """People, each with a browser profile of their own; INSEE answers again afterwards."""
    opened = Visitors(chromium, product)
    yield opened
    await opened.leave()


@pytest_asyncio.fixture
async def visit(visitors: Visitors) -> Visit:
    """One person with an ordinary browser."""
    return await visitors.come()


@pytest_asyncio.fixture(params=[True, False], ids=["scripts", "no scripts"])
async def any_visit(visitors: Visitors, request: pytest.FixtureRequest) -> Visit:
    """One person, with a browser that runs scripts and with one that does not."""
    return await visitors.come(scripts=request.param)
