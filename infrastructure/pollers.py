"""Who polls a task queue, as the server sees it.

A queue is split into partitions (four by default), a poller waits at one of them, and the server describes
one at a time: the queue's own name is the first.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, ListTaskQueuePartitionsRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

#: The server remembers a poller for minutes after its last call; a living one calls every minute.
ALIVE = timedelta(seconds=90)
WORKFLOW = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
ACTIVITY = TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
_ONE_CALL = timedelta(seconds=1)


class NobodyPolls(Exception):
    """The queue has no living poller, or not the one that was asked for."""


async def pollers(
    client: Client,
    queue: str,
    kind: "TaskQueueType.ValueType",
    now: datetime,
    within: timedelta = _ONE_CALL,
    retry: bool = False,
) -> frozenset[str]:
    """Identities of the workers that have polled any partition of late.

    Args:
        client: connected.
        queue: its name.
        kind: of workflows or of activities.
        now: the present moment.
        within: how long a call may take.
        retry: try again what the server puts off.

    Raises:
        RPCError: no answer.
    """
    return await _Look(client, kind, now, within, retry).everywhere(queue)


def polled(
    client: Client, queue: str, kind: "TaskQueueType.ValueType", identity: str | None = None
) -> Callable[[], Awaitable[None]]:
    """A check that somebody polls the queue; the worker of that identity, when one is given."""

    async def check() -> None:
        look = _Look(client, kind, datetime.now(UTC))
        for there in (look.at, look.everywhere):  # nearly always the first partition knows
            found = await there(queue)
            if found if identity is None else identity in found:
                return
        raise NobodyPolls(queue)

    return check


@dataclass(frozen=True)
class _Look:
    """How the server is asked; the names are those of `pollers`."""

    client: Client
    kind: "TaskQueueType.ValueType"
    now: datetime
    within: timedelta = _ONE_CALL
    retry: bool = False

    async def everywhere(self, queue: str) -> frozenset[str]:
        return frozenset().union(*await asyncio.gather(*map(self.at, await self._partitions(queue))))

    async def at(self, partition: str) -> frozenset[str]:
        request = DescribeTaskQueueRequest(
            namespace=self.client.namespace,
            task_queue=TaskQueue(name=partition),
            task_queue_type=self.kind,
        )
        service = self.client.workflow_service
        answer = await service.describe_task_queue(request, timeout=self.within, retry=self.retry)
        return frozenset(
            one.identity
            for one in answer.pollers
            if self.now - one.last_access_time.ToDatetime(tzinfo=UTC) < ALIVE
        )

    async def _partitions(self, queue: str) -> list[str]:
        request = ListTaskQueuePartitionsRequest(
            namespace=self.client.namespace, task_queue=TaskQueue(name=queue)
        )
        service = self.client.workflow_service
        try:
            answer = await service.list_task_queue_partitions(request, timeout=self.within, retry=self.retry)
        except RPCError as error:
            if error.status in {RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.PERMISSION_DENIED}:
                return [queue]  # a hosted server may keep its partitions to itself
            raise
        of_kind = (
            answer.workflow_task_queue_partitions
            if self.kind == WORKFLOW
            else answer.activity_task_queue_partitions
        )
        return [one.key for one in of_kind]
