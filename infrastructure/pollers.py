"""Who polls a task queue, as the server sees it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, DescribeTaskQueueResponse
from temporalio.client import Client

#: The server remembers a poller for minutes after its last call; a living one calls every minute.
ALIVE = timedelta(seconds=90)
WORKFLOW = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
ACTIVITY = TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY


class NobodyPolls(Exception):
    """The queue has no living poller, or not the one that was asked for."""


def alive(answer: DescribeTaskQueueResponse, now: datetime) -> frozenset[str]:
    """Identities of the workers that have polled of late."""
    return frozenset(
        one.identity for one in answer.pollers if now - one.last_access_time.ToDatetime(tzinfo=UTC) < ALIVE
    )


def polled(
    client: Client, queue: str, kind: "TaskQueueType.ValueType", identity: str | None = None
) -> Callable[[], Awaitable[None]]:
    """A check that somebody polls the queue; the worker of that identity, when one is given."""

    async def check() -> None:
        request = DescribeTaskQueueRequest(
            namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
        )
        answer = await client.workflow_service.describe_task_queue(request, timeout=timedelta(seconds=1))
        found = alive(answer, datetime.now(UTC))
        if not (found if identity is None else identity in found):
            raise NobodyPolls(queue)

    return check
