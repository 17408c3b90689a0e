"""The whole application with stand-ins below it, and a client that speaks to it without a network."""

from collections.abc import AsyncIterator, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
import pytest_asyncio
from fastapi import FastAPI
from structlog.testing import capture_logs

from domain.messages import Step
from domain.view import View
from infrastructure.tokens import TokenMint
from starter.app import build_app
from starter.guard import StartGuard
from tests.api.fakes import FakeKeys, FakeLimits, FakeLinks, FakeRegistrations
from tests.conftest import make_settings

Logs = list[MutableMapping[str, Any]]

NOWHERE = "postgresql://u:p@127.0.0.1:1/x"
BASE = "http://127.0.0.1:8000"
IDENTITY = {
    "civility": "madame",
    "last_name": "Martin",
    "first_name": "Camille",
    "email": "camille@entreprise.example",
}


@dataclass
class World:
    """The application and what stands below it."""

    app: FastAPI
    client: httpx2.AsyncClient
    registrations: FakeRegistrations
    links: FakeLinks
    limits: FakeLimits
    mint: TokenMint

    def running(self, step: Step = Step.THEMES) -> UUID:
        """A registration at that step."""
        registration = uuid4()
        self.registrations.views[registration] = View(step=step)
        return registration

    def bearer(self, registration: UUID) -> dict[str, str]:
        """The header that may speak to it."""
        return {"Authorization": f"Bearer {self.mint.make('resume', registration)}"}

    def link(self, registration: UUID) -> str:
        """A mailed link's token."""
        return self.mint.make("link", registration, 1, "camille@entreprise.example")


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    """A fresh one for each test."""
    settings = make_settings(NOWHERE)
    app = build_app(settings)
    registrations, limits = FakeRegistrations(), FakeLimits()
    links = FakeLinks(registrations)
    app.state.registrations = registrations
    app.state.links = links
    app.state.limits = limits
    app.state.guard = StartGuard(limits, settings)
    app.state.idempotency = FakeKeys()
    app.state.login = None
    app.state.checks = {}
    transport = httpx2.ASGITransport(app=app, client=("192.0.2.7", 4321))
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
        yield World(app, client, registrations, links, limits, app.state.mint)


@pytest.fixture(autouse=True)
def logs() -> Iterator[Logs]:
    """What was logged, before it is rendered."""
    with capture_logs() as entries:
        yield entries


@pytest.fixture
def v1() -> str:
    """Where the API is."""
    return "/api/v1"
