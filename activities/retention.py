"""Deleting what is past its period, in Temporal and in PostgreSQL (docs/privacy.md)."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from temporalio import activity
from temporalio.client import Client

from domain.effects import RetentionOrder, RetentionReport
from infrastructure.database import PoolType
from infrastructure.ended import Ended, delete, ended_before, registered_before
from infrastructure.retention import Retention
from infrastructure.settings import Settings

#: So many registrations are looked up, and their rows deleted, together.
AT_ONCE = 200


class RetentionActivities:
    """Keeps the periods of the settings."""

    def __init__(self, client: Client, pool: PoolType, settings: Settings) -> None:
        self._client = client
        self._rows = Retention(pool, settings)
        self._registered = timedelta(days=settings.keep_registered_days)
        self._others = timedelta(days=settings.keep_others_days)

    @activity.defn(name="apply_retention")
    async def apply_retention(self, order: RetentionOrder) -> RetentionReport:
        """Delete; begun again, it finds what is left. Rows go first: what Temporal has lost is not listed."""
        workflows: Counter[str] = Counter()
        rows: Counter[str] = Counter()
        for query in self._queries(order.at):
            batch: list[Ended] = []
            async for one in self._client.list_workflows(query):
                batch.append(Ended(one.workflow_type, one.id, one.run_id))
                if len(batch) == AT_ONCE:
                    await self._delete(batch, workflows, rows)
                    batch = []
            await self._delete(batch, workflows, rows)
        rows.update(await self._rows.purge(order.at, activity.heartbeat))
        activity.logger.info("retention applied")
        return RetentionReport(workflows=dict(workflows), rows={name: n for name, n in rows.items() if n})

    def _queries(self, at: datetime) -> tuple[str, str]:
        return ended_before(at - self._others), registered_before(at - self._registered)

    async def _delete(self, batch: Sequence[Ended], workflows: Counter[str], rows: Counter[str]) -> None:
        activity.heartbeat()
        rows.update(await self._rows.forget([one.registration for one in batch if one.registration]))
        async with asyncio.TaskGroup() as group:
            for one in batch:
                group.create_task(delete(self._client, one))
        workflows.update(one.type for one in batch)
