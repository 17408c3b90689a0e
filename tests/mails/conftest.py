"""A relay, settings that point to it, and the activity."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from activities.mail import MailActivities
from infrastructure.database import PoolType
from infrastructure.settings import Settings
from infrastructure.tokens import TokenMint
from tests.mails.relay import Relay, running


@pytest_asyncio.fixture
async def relay() -> AsyncIterator[Relay]:
    async with running(Relay()) as relay:
        yield relay


@pytest.fixture
def mail_settings(settings: Settings, relay: Relay) -> Settings:
    return settings.model_copy(update={"smtp_port": relay.port, "smtp_timeout": 5.0})


@pytest.fixture
def mail(database: PoolType, mail_settings: Settings) -> MailActivities:
    return MailActivities(database, mail_settings, TokenMint(mail_settings.link_key_ring))
