"""What the commands work with: the settings, Temporal, PostgreSQL. Opened once a command."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import structlog
from temporalio.client import Client

from infrastructure.database import PoolType
from infrastructure.database import connect as connect_database
from infrastructure.settings import Settings, load_settings
from infrastructure.temporal import connect as connect_temporal
from starter.operators.executions import DeskError

T = TypeVar("T")


@dataclass(frozen=True)
class Desk:
    """One operator's connections."""

    settings: Settings
    client: Client
    pool: PoolType


@asynccontextmanager
async def opened() -> AsyncIterator[Desk]:
    """Connect by the environment.

    Raises:
        SettingsError, DeskError
    """
    settings = load_settings()
    try:
        client = await connect_temporal(settings)
    except RuntimeError:
        raise DeskError("Temporal ne répond pas : vérifier TEMPORAL_ADDRESS") from None
    pool = await connect_database(settings, application="mon-espace-operateur")
    try:
        yield Desk(settings, client, pool)
    finally:
        await pool.close()


def at_desk(work: Callable[[Desk], Awaitable[T]]) -> T:
    """Run a command's work. What is said is said by the command: no log line mixes with it, and none
    can hold what was typed.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

    async def run() -> T:
        async with opened() as desk:
            return await work(desk)

    return asyncio.run(run())
