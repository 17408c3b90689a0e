"""Who polls a task queue, as the server sees it."""

from datetime import UTC, datetime, timedelta

from temporalio.api.workflowservice.v1 import DescribeTaskQueueResponse

#: The server remembers a poller for minutes after its last call; a living one calls every minute.
ALIVE = timedelta(seconds=90)


def alive(answer: DescribeTaskQueueResponse, now: datetime) -> frozenset[str]:
    """Identities of the workers that have polled of late."""
    return frozenset(
        one.identity for one in answer.pollers if now - one.last_access_time.ToDatetime(tzinfo=UTC) < ALIVE
    )
