"""The Temporal client and the plugin that gives client, worker and replayer the same rules."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import Any, TypeVar

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    RegisterNamespaceRequest,
    UpdateNamespaceRequest,
)
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.converter import DataConverter
from temporalio.envconfig import ClientConfig
from temporalio.plugin import SimplePlugin
from temporalio.service import GrpcCompression, RPCError, RPCStatusCode
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowRunner

from infrastructure.activity_log import ActivityLog
from infrastructure.converter import data_converter
from infrastructure.guards import Guards
from infrastructure.settings import Settings

T = TypeVar("T")

ONE_CALL = timedelta(seconds=5)
_STARTING = frozenset({RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED})


def plugin(settings: Settings, runner: WorkflowRunner | None = None) -> SimplePlugin:
    """The product's converter, codec, guards, log context; for `Client`, `Worker` and `Replayer`.

    No sandbox: it would load `workflows/` anew for each registration, at each replay too, and walk through
    itself for each payload, a third of what a worker computes and most of the memory of a waiting
    registration. What it would notice at run time, tests/architecture refuses beforehand: workflows and
    domain import neither clock, chance nor anything that does I/O, and keep nothing between registrations.
    And `runner` lets the tests replay every kept history inside the sandbox all the same.
    """

    def converter(_: DataConverter | None) -> DataConverter:
        return data_converter(settings)

    return SimplePlugin(
        "MonEspace",
        data_converter=converter,
        interceptors=[Guards(), ActivityLog()],
        workflow_runner=runner or UnsandboxedWorkflowRunner(),
    )


async def connect(settings: Settings, lazy: bool = False) -> Client:
    """Connect by temporalio's environment variables. A lazy client connects at its first call."""
    config = ClientConfig.load_client_connect_config()
    config.setdefault("target_host", "127.0.0.1:7233")
    return await Client.connect(
        **config,
        plugins=[plugin(settings)],
        lazy=lazy,
        connect_timeout=timedelta(seconds=5),
        # What is encrypted does not get smaller: at both ends it would only cost work.
        grpc_compression=GrpcCompression.NONE,
    )


async def ensure_namespace(client: Client, retention: timedelta) -> bool:
    """Create the client's namespace unless it is there, and wait until every part of the server knows it.

    Args:
        client: may be lazy: a server that is still starting is waited for.
        retention: how long the server keeps ended workflows of a namespace created now.

    Returns:
        Whether it was created now.

    Raises:
        RPCError: when the server refuses, or does not answer for a minute; RuntimeError, not at all.
    """
    made = not await _patiently(lambda: _has_namespace(client))
    if made:
        request = RegisterNamespaceRequest(namespace=client.namespace)
        request.workflow_execution_retention_period.FromTimedelta(retention)
        try:
            await client.workflow_service.register_namespace(request, timeout=ONE_CALL)
        except RPCError as error:
            if error.status is not RPCStatusCode.ALREADY_EXISTS:
                raise
    # Each part of the server learns of a new namespace at its own pace, up to ten seconds on a busy one.
    await _patiently(lambda: client.count_workflows(rpc_timeout=ONE_CALL), {RPCStatusCode.NOT_FOUND})
    return made


async def set_retention(client: Client, retention: timedelta) -> None:
    """Set how long the server keeps ended workflows of the client's namespace."""
    request = UpdateNamespaceRequest(namespace=client.namespace)
    request.config.workflow_execution_retention_ttl.FromTimedelta(retention)
    await client.workflow_service.update_namespace(request)


async def _has_namespace(client: Client) -> bool:
    request = DescribeNamespaceRequest(namespace=client.namespace)
    try:
        await client.workflow_service.describe_namespace(request, timeout=ONE_CALL)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True


async def _patiently(ask: Callable[[], Awaitable[T]], passing: AbstractSet[RPCStatusCode] = frozenset()) -> T:
    """Ask for a minute while a server starts: not answering, or answering with one of `passing`."""
    loop = asyncio.get_running_loop()
    until = loop.time() + 60
    while True:
        try:
            return await ask()
        except RPCError as error:
            if error.status not in _STARTING | passing or loop.time() > until:
                raise
        except RuntimeError:  # what a lazy client raises when nobody listens
            if loop.time() > until:
                raise
        await asyncio.sleep(0.2)


async def register_search_attributes(client: Client, keys: Sequence[SearchAttributeKey[Any]]) -> list[str]:
    """Register what is missing in the client's namespace, and wait until the server takes it.

    Returns:
        The names added. Safe to repeat.

    Raises:
        RPCError: when the server refuses, or does not know a name after a minute.
    """
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    missing = {
        key.name: IndexedValueType.ValueType(key.indexed_value_type)
        for key in keys
        if key.name not in listed.custom_attributes
    }
    if not missing:
        return []
    try:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise
    # Until its copy of the namespace is new again, the server refuses to start what has such an attribute.
    known = " AND ".join(f"{name} IS NULL" for name in missing)
    await _patiently(
        lambda: client.count_workflows(known, rpc_timeout=ONE_CALL), {RPCStatusCode.INVALID_ARGUMENT}
    )
    return sorted(missing)
