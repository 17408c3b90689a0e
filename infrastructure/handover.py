"""Delivery of the outbox to the real portal: in order, at least once, signed.

One worker at a time delivers, under an advisory lock that PostgreSQL frees when its holder dies; the others
look every few seconds whether it is theirs. An event that is not taken is tried again, more and more
patiently, and nothing passes it: what comes after may depend on it. A worker that dies between the
portal's answer and our note of it delivers once more, under the same id.
"""

import asyncio
import base64
import hmac
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256

import asyncpg
import httpx2
import structlog

from infrastructure import outbox
from infrastructure.database import COMMAND_TIMEOUT, DatabaseUnavailable, PoolType
from infrastructure.outbox import Event
from infrastructure.settings import Settings

log = structlog.get_logger(__name__)

#: Any constant does, as long as every worker takes the same.
DELIVERY_LOCK = 5_302_017_445
BATCH = 100
#: Seconds between two looks at an empty outbox; after a failure, first and longest wait.
IDLE, FIRST_WAIT, LONGEST_WAIT = 2.0, 1.0, 300.0


class NotTaken(Exception):
    """The portal did not take an event; the text is a status or a word, never anything it wrote."""


def signature(key: bytes, event_id: str, timestamp: int, body: str) -> str:
    """The `webhook-signature` of Standard Webhooks: v1, HMAC-SHA256 of id, moment and body."""
    signed = f"{event_id}.{timestamp}.{body}".encode()
    return "v1," + base64.b64encode(hmac.digest(key, signed, sha256)).decode()


class Handover:
    """Delivers until cancelled."""

    def __init__(
        self,
        pool: PoolType,
        settings: Settings,
        *,
        idle: float = IDLE,
        first_wait: float = FIRST_WAIT,
        longest_wait: float = LONGEST_WAIT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._pool = pool
        self._url = settings.handover_url
        self._key = settings.handover_key
        self._timeout = settings.handover_timeout
        self._idle = idle
        self._first_wait = first_wait
        self._longest_wait = longest_wait
        self._clock = clock

    async def run(self) -> None:
        """Deliver, wait, deliver; no failure ends it."""
        wait = self._first_wait
        async with httpx2.AsyncClient(timeout=self._timeout, follow_redirects=False) as http:
            while True:
                try:
                    delivered = await self.deliver(http)
                except NotTaken as error:
                    log.warning("handover_not_taken", reason=str(error), next_try_in=wait)
                    await asyncio.sleep(wait)
                    wait = min(wait * 2, self._longest_wait)
                except (DatabaseUnavailable, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                    log.warning("handover_database_unavailable")
                    await asyncio.sleep(self._idle)
                else:
                    wait = self._first_wait
                    if not delivered:
                        await asyncio.sleep(self._idle)

    async def deliver(self, http: httpx2.AsyncClient) -> int:
        """Deliver what is due, in order, if no other worker is at it; return how many were taken.

        Raises:
            NotTaken: the first event that was not; nothing after it was tried.
        """
        # The connection is kept for its lock while the portal answers.
        connection = await self._pool.acquire(timeout=COMMAND_TIMEOUT)
        try:
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", DELIVERY_LOCK):
                return 0
            events = await outbox.pending(connection, BATCH)
            for event in events:
                try:
                    await self._post(http, event)
                except NotTaken as error:
                    await connection.execute(outbox.FAILED, event.number, str(error))
                    raise
                await connection.execute(outbox.DELIVERED, event.number)
            return len(events)
        finally:
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
                await self._pool.release(connection)  # its reset gives the lock back

    async def _post(self, http: httpx2.AsyncClient, event: Event) -> None:
        body, now = event.as_json(), int(self._clock())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": str(event.id),
            "webhook-timestamp": str(now),
            "webhook-signature": signature(self._key, str(event.id), now, body),
        }
        try:
            # One deadline for the whole exchange: an answer may drip.
            async with (
                asyncio.timeout(self._timeout),
                http.stream("POST", self._url, content=body.encode(), headers=headers) as response,
            ):
                status = response.status_code
        except (TimeoutError, httpx2.TimeoutException):
            raise NotTaken("timeout") from None
        except httpx2.HTTPError:
            raise NotTaken("unreachable") from None
        if not 200 <= status < 300:
            raise NotTaken(str(status))
        log.info("handover_delivered", number=event.number, type=event.type)
