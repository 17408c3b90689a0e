"""Gauges of the whole product, measured once a minute by the web process: what waits on whom and for how
long, whether anybody polls, what PostgreSQL holds for us to do. A dead worker could not tell of itself.

Counts only, never a list: the cost does not grow with the number of registrations.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from temporalio.client import Client

from domain.messages import Step
from infrastructure.attachment_reviews import waiting
from infrastructure.database import PoolType
from infrastructure.figures import figures
from infrastructure.metrics import Gauge
from starter.operators import executions, queries
from starter.operators.queues import queues
from starter.operators.words import ATTENTION, WaitingOn

log = structlog.get_logger(__name__)

#: Seconds between two rounds, and after one that lacks a part.
PERIOD, SOON = 60.0, 5.0
#: Between two counts, in seconds: the server lets ten a second through, and operators ask for some too.
PACE = 0.2
#: Ages that are told apart.
LONGER_THAN = {"0h": 0, "1h": 1, "24h": 24, "72h": 72, "168h": 168}

OPEN = Gauge("mon_espace_open_registrations", "Open registrations, by step")
WAITING = Gauge(
    "mon_espace_waiting_registrations", "Open registrations, by whom they wait for, longer than some hours"
)
ATTENDED = Gauge("mon_espace_attention_registrations", "Open registrations to look at, by reason")
BROKEN = Gauge("mon_espace_broken_registrations", "Open registrations whose code fails")
OVERDUE = Gauge("mon_espace_overdue_registrations", "Open registrations that should have ended minutes ago")
POLLERS = Gauge("mon_espace_queue_pollers", "Workers that poll, by queue and kind")
BACKLOG = Gauge("mon_espace_queue_backlog", "Tasks that wait for a worker, by queue and kind")
BACKLOG_AGE = Gauge("mon_espace_queue_backlog_age_seconds", "How long the oldest of them has waited")
TO_DO = Gauge("mon_espace_to_do", "What waits in PostgreSQL for us, by what it is")
TO_DO_AGE = Gauge("mon_espace_to_do_age_seconds", "How long the oldest of it has waited")
MEASURED = Gauge("mon_espace_measured_timestamp_seconds", "When these figures were taken last, by part")


class Measures:
    """Takes the figures and sets the gauges."""

    def __init__(self, client: Client, pool: PoolType, *, pace: float = PACE) -> None:
        self._client = client
        self._pool = pool
        self._pace = pace
        self._parts: dict[str, Callable[[datetime], Awaitable[None]]] = {
            "registrations": self._registrations,
            "broken": self._broken,
            "queues": self._queues,
            "database": self._database,
        }

    async def run(self) -> None:
        """For ever, once a minute; sooner after a part could not be measured, at the start of all, say."""
        while True:
            measured = await self.once()
            await asyncio.sleep(PERIOD if measured else SOON)

    async def once(self) -> bool:
        """Measure each part; False where one could not be, which keeps its figures and their date."""
        measured = True
        for name, measure in self._parts.items():
            now = datetime.now(UTC)
            try:
                await measure(now)
            except Exception as error:  # whatever it is, the next time comes
                log.warning("not measured", part=name, kind=type(error).__name__)
                measured = False
            else:
                MEASURED.set(now.timestamp(), part=name)
        return measured

    async def _count(self, *conditions: str) -> int:
        await asyncio.sleep(self._pace)
        return await executions.count(self._client, queries.joined(queries.OPEN, *conditions))

    async def _registrations(self, now: datetime) -> None:
        for step in Step:
            OPEN.set(await self._count(f'RegistrationStep = "{step}"'), step=step)
        for reason in ATTENTION:
            ATTENDED.set(await self._count(f'RegistrationAttention = "{reason}"'), reason=reason)
        OVERDUE.set(await self._count(f"RegistrationDeadline < {queries.moment(now - queries.OVERDUE)}"))
        for who in WaitingOn:
            for name, hours in LONGER_THAN.items():
                since = queries.moment(now - timedelta(hours=hours))
                number = await self._count(
                    f'RegistrationWaitingOn = "{who}"', *([f"RegistrationSince < {since}"] if hours else [])
                )
                WAITING.set(number, waiting_on=who, longer_than=name)

    async def _broken(self, now: datetime) -> None:
        BROKEN.set(await self._count("TemporalReportedProblems IS NOT NULL"))

    async def _queues(self, now: datetime) -> None:
        for one in await queues(self._client, now):
            POLLERS.set(one.pollers, queue=one.name, kind=one.kind)
            BACKLOG.set(one.backlog, queue=one.name, kind=one.kind)
            BACKLOG_AGE.set(one.backlog_seconds, queue=one.name, kind=one.kind)

    async def _database(self, now: datetime) -> None:
        rows = await figures(self._pool)
        for what, count, oldest in (
            ("mails_to_send", rows.sending, rows.sending_since),
            ("events_to_hand_over", rows.undelivered, rows.undelivered_since),
            ("attachments_to_confirm", *await waiting(self._pool)),
        ):
            TO_DO.set(count, what=what)
            TO_DO_AGE.set(max(0.0, (now - oldest).total_seconds()) if oldest else 0.0, what=what)
