"""The three task queues as the server sees them: who polls, and what waits for a poller."""

from dataclasses import dataclass
from datetime import datetime

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from infrastructure.pollers import pollers
from starter.operators.executions import CALL_WITHIN, said
from workflows.effects import MAIL_QUEUE, SIRENE_QUEUE, TASK_QUEUE

_KINDS = {
    TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW: "workflow",
    TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY: "activity",
}
_QUEUES = (
    (TASK_QUEUE, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),
    (TASK_QUEUE, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
    (SIRENE_QUEUE, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
    (MAIL_QUEUE, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
)


@dataclass(frozen=True)
class Queue:
    """A task queue: living pollers, tasks that wait for one, and for how many seconds the oldest does."""

    name: str
    kind: str
    pollers: int
    backlog: int
    backlog_seconds: float


async def queues(client: Client, now: datetime) -> list[Queue]:
    """All of the product's queues.

    Raises:
        DeskError: no answer.
    """
    return [await _queue(client, name, kind, now) for name, kind in _QUEUES]


async def _queue(client: Client, name: str, kind: "TaskQueueType.ValueType", now: datetime) -> Queue:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=name), task_queue_type=kind, report_stats=True
    )
    try:
        answer = await client.workflow_service.describe_task_queue(request, timeout=CALL_WITHIN, retry=True)
        found = await pollers(client, name, kind, now, CALL_WITHIN, retry=True)
    except (RPCError, RuntimeError) as error:
        raise said(error) from None
    stats = answer.stats
    return Queue(
        name=name,
        kind=_KINDS[kind],
        pollers=len(found),
        backlog=stats.approximate_backlog_count,
        backlog_seconds=stats.approximate_backlog_age.ToTimedelta().total_seconds(),
    )
