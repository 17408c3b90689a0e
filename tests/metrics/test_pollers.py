"""A poller is seen wherever it waits: queues of a production server are split into partitions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import PollActivityTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from devstack import engine
from devstack.engine import official_server
from infrastructure.pollers import ACTIVITY, NobodyPolls, polled, pollers
from tests.waiting import eventually

pytestmark = pytest.mark.engine

QUEUE = "split"
WORKERS = {f"worker {number}" for number in range(8)}


@pytest_asyncio.fixture
async def split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    """A client of a server as it is by default: four partitions a queue."""
    for name in [name for name in official_server.DYNAMIC_SETTINGS if "Partitions" in name]:
        monkeypatch.delitem(official_server.DYNAMIC_SETTINGS, name)
    async with engine.private(tmp_path) as found:
        yield await Client.connect(found.address, namespace=found.namespace)


async def poll(client: Client, identity: str) -> None:
    request = PollActivityTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=QUEUE), identity=identity
    )
    with suppress(RPCError):
        await client.workflow_service.poll_activity_task_queue(request)


async def all_seen(client: Client) -> bool:
    return await pollers(client, QUEUE, ACTIVITY, datetime.now(UTC)) == WORKERS


async def test_each_poller_is_seen_at_whatever_partition_it_waits(split: Client) -> None:
    polls = [asyncio.create_task(poll(split, identity)) for identity in WORKERS]
    try:
        await eventually(lambda: all_seen(split))
        for identity in WORKERS:
            await polled(split, QUEUE, ACTIVITY, identity)()
        with pytest.raises(NobodyPolls):
            await polled(split, QUEUE, ACTIVITY, "worker 9")()
    finally:
        for one in polls:
            one.cancel()
        await asyncio.gather(*polls, return_exceptions=True)
