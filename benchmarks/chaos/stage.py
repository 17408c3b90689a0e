"""A private copy of the stack with everything the harness holds on to: engine, database, mailbox, faults."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
from temporalio.client import Client

from benchmarks.chaos.branches import CONTACT_OF
from benchmarks.chaos.post import Post
from devstack import stack
from devstack.stack import Stack
from domain.messages import OperatorMessage
from infrastructure.database import DatabaseUnavailable, PoolType, connect, transaction
from infrastructure.settings import Settings, load_settings
from infrastructure.temporal import connect as connect_temporal
from starter.operators.acts import Acts, Result

#: How long anything may take before it counts as lost, seconds.
PATIENCE = 90.0
#: The product's limits are not what is tried here; a cheap hash leaves the processor to the faults.
SETTINGS: dict[str, Any] = {
    "AKTO_STARTS_PER_MINUTE": "1000000",
    "AKTO_STARTS_PER_HOUR": "1000000",
    "AKTO_SIRET_LOOKUPS_PER_HOUR": "1000000",
    "AKTO_SIRENE_CALLS_PER_MINUTE": "100000",
    "MON_ESPACE_SIRENE_QUOTA": "100000",
    "AKTO_SMTP_TIMEOUT": "3",
    "AKTO_ARGON2_TIME_COST": "1",
    "AKTO_ARGON2_MEMORY_KIB": "64",
}


@dataclass
class Stage:
    """The running copy; `struck_at` is the moment of the last fault."""

    running: Stack
    settings: Settings
    client: Client
    pool: PoolType
    http: httpx2.AsyncClient
    post: Post
    struck_at: float = field(default=0.0)

    async def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        """Signal one of our programs; one that was killed a moment ago is waited for first."""
        for _ in range(1200):
            with suppress(ProcessLookupError):
                os.kill(self.running.supervisor.pid(name), how)
                self.struck_at = time.monotonic()
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{name} was not started again")

    async def cut(self) -> None:
        """Break every connection of the product to PostgreSQL."""
        with suppress(DatabaseUnavailable):
            await self.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name LIKE 'mon-espace%'"
            )

    async def switch(self, part: str, mode: str, **how: Any) -> None:
        """Switch a fault of `mailbox` or `sirene`."""
        url = f"{self.running.config.url(part)}/faults"
        answer = await self.http.put(url, json={"mode": mode, **how})
        answer.raise_for_status()
        self.struck_at = time.monotonic()

    async def ready(self) -> None:
        """Wait until every part answers again."""
        until = time.monotonic() + PATIENCE
        urls = [f"{self.running.config.url('portal')}/readyz", str(self.running.addresses["worker_health"])]
        while True:
            try:
                answers = [await self.http.get(url) for url in urls]
            except httpx2.TransportError:
                answers = []
            if answers and all(one.status_code == 200 for one in answers):
                return
            if time.monotonic() > until:
                raise AssertionError("the stack did not come back")
            await asyncio.sleep(0.2)

    async def rows(self, query: str, *values: Any) -> list[asyncpg.Record]:
        """Rows of the product's database.

        Raises:
            DatabaseUnavailable
        """
        async with transaction(self.pool) as connection:
            return await connection.fetch(query, *values)

    async def forget_insee(self) -> None:
        """Let INSEE be asked anew."""
        with suppress(DatabaseUnavailable):
            await self.rows("DELETE FROM insee_answers")

    async def contact(self, address: str) -> None:
        """Make an address one of AKTO's contacts."""
        await self.rows("INSERT INTO contacts (email_key, email) VALUES ($1, $1)", address)
        await self.rows(
            "INSERT INTO contact_establishments (email_key, siret, kind) VALUES ($1, $2, 'member')",
            address,
            CONTACT_OF,
        )

    async def operate(self, registration: Any, message: OperatorMessage, batch: str) -> Result:
        """An operator's act, repeated under the same name until it is answered."""
        until = time.monotonic() + PATIENCE
        acts = Acts(self.client, self.pool, batch)
        while True:
            result = Result.UNAVAILABLE
            with suppress(DatabaseUnavailable, RuntimeError):
                result = (await acts.perform(registration, message)).result
            if result not in {Result.UNANSWERED, Result.UNAVAILABLE} or time.monotonic() > until:
                return result
            await asyncio.sleep(0.3)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Stage]:
    """Start the copy in this folder; gone at the end."""
    async with AsyncExitStack() as closing:
        running = await closing.enter_async_context(stack.private(folder, durable=True, **SETTINGS))
        running.supervisor.longest_pause = 0.5
        before = dict(os.environ)
        os.environ.update(running.environ)
        try:
            settings = load_settings()
            client = await connect_temporal(settings)
        finally:
            os.environ.clear()
            os.environ.update(before)
        pool = await connect(settings, application="chaos")
        closing.push_async_callback(pool.close)
        limits = httpx2.Limits(max_connections=200)
        http = httpx2.AsyncClient(timeout=10, trust_env=False, limits=limits)
        await closing.enter_async_context(http)
        post = Post(folder / "mailbox")
        watching = asyncio.create_task(post.watch())
        try:
            yield Stage(running, settings, client, pool, http, post)
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
