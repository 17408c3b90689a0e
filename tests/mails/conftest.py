"""A relay, settings that point to it, and the activity."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from activities.mail import MailActivities
from infrastructure.database import PoolType
from infrastructure.settings import Settings
from infrastructure.smtp import SmtpRelay
from infrastructure.tokens import TokenMint
from tests.mails.relay import Relay, running

Sender = Callable[[PoolType, Settings], Awaitable[MailActivities]]


@pytest_asyncio.fixture
async def relay() -> AsyncIterator[Relay]:
    async with running(Relay()) as relay:
        yield relay


@pytest.fixture
def mail_settings(settings: Settings, relay: Relay) -> Settings:
    return settings.model_copy(update={"smtp_port": relay.port, "smtp_timeout": 5.0})


@pytest_asyncio.fixture
async def sender() -> AsyncIterator[Sender]:
    """Makes senders, each with connections of its own, closed afterwards."""
    async with AsyncExitStack() as stack:

        async def make(database: PoolType, settings: Settings) -> MailActivities:
            relay = await stack.enter_async_context(SmtpRelay(settings))
            return MailActivities(database, settings, TokenMint(settings.link_key_ring), relay)

        yield make


@pytest_asyncio.fixture
async def mail(database: PoolType, mail_settings: Settings, sender: Sender) -> MailActivities:
    return await sender(database, mail_settings)
