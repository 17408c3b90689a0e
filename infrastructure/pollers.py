"""Who polls a task queue, as the server sees it.

A queue is split into partitions (four by default), a poller waits at one of them, and the server describes
one at a time: the queue's own name is the first.
"""

import asyncio
from collections.abc import Awaitable, Callable
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
    partitions = await _partitions(client, queue, kind, within, retry)
    looks = (_at(client, one, kind, now, within, retry) for one in partitions)
    return frozenset().union(*await asyncio.gather(*looks))


def polled(
    client: Client, queue: str, kind: "TaskQueueType.ValueType", identity: str | None = None
) -> Callable[[], Awaitable[None]]:
    """A check that somebody polls the queue; the worker of that identity, when one is given."""

    async def check() -> None:
        now = datetime.now(UTC)
        for look in (_at, pollers):  # nearly always the first partition knows
            found = await look(client, queue, kind, now)
            if found if identity is None else identity in found:
                return
        raise NobodyPolls(queue)

    return check


async def _partitions(
    client: Client, queue: str, kind: "TaskQueueType.ValueType", within: timedelta, retry: bool
) -> list[str]:
    request = ListTaskQueuePartitionsRequest(namespace=client.namespace, task_queue=TaskQueue(name=queue))
    try:
        answer = await client.workflow_service.list_task_queue_partitions(
            request, timeout=within, retry=retry
        )
    except RPCError as error:
        if error.status in {RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.PERMISSION_DENIED}:
            return [queue]  # a hosted server may keep its partitions to itself
        raise
    of_kind = (
        answer.workflow_task_queue_partitions if kind == WORKFLOW else answer.activity_task_queue_partitions
    )
    return [one.key for one in of_kind]


async def _at(
    client: Client,
    partition: str,
    kind: "TaskQueueType.ValueType",
    now: datetime,
    within: timedelta = _ONE_CALL,
    retry: bool = False,
) -> frozenset[str]:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=partition), task_queue_type=kind
    )
    answer = await client.workflow_service.describe_task_queue(request, timeout=within, retry=retry)
    return frozenset(
        one.identity for one in answer.pollers if now - one.last_access_time.ToDatetime(tzinfo=UTC) < ALIVE
    )
