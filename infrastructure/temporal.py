"""The Temporal client and the plugin that gives client, worker and replayer the same rules."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.converter import DataConverter
from temporalio.envconfig import ClientConfig
from temporalio.plugin import SimplePlugin
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowRunner

from infrastructure.activity_log import ActivityLog
from infrastructure.converter import data_converter
from infrastructure.guards import Guards
from infrastructure.settings import Settings


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
        **config, plugins=[plugin(settings)], lazy=lazy, connect_timeout=timedelta(seconds=5)
    )


async def register_search_attributes(client: Client, keys: Sequence[SearchAttributeKey[Any]]) -> list[str]:
    """Register what is missing in the client's namespace; returns the names added. Safe to repeat."""
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
    return sorted(missing)
