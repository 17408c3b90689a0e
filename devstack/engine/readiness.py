"""What must be true before an engine is used: it answers, the namespace exists, time can be skipped.

A server older than 1.32 takes the time-skipping settings and silently ignores them, so it is not believed:
one workflow without a worker is started, asked to jump, and looked at.
"""

import asyncio
import contextlib
import uuid
from datetime import timedelta
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.common.v1 import FastForwardConfig, TimeSkippingConfig, WorkflowExecution
from temporalio.api.operatorservice.v1 import DeleteNamespaceRequest
from temporalio.api.workflow.v1 import WorkflowExecutionOptions
from temporalio.api.workflowservice.v1 import (
    DeleteWorkflowExecutionRequest,
    GetSystemInfoRequest,
    UpdateWorkflowExecutionOptionsRequest,
)
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError

from devstack.engine.model import RoadClosed
from devstack.processes import Process
from infrastructure import temporal

RETENTION = timedelta(days=30)
_READY_WITHIN = 60.0
_ONE_TRY = timedelta(seconds=5)


async def connect(
    address: str, namespace: str, process: Process | None, within: float = _READY_WITHIN
) -> Client:
    """Wait until the server answers, and no longer than its process lives."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while True:
        try:
            client = await asyncio.wait_for(Client.connect(address, namespace=namespace), 10)
            await client.workflow_service.get_system_info(GetSystemInfoRequest(), timeout=_ONE_TRY)
            return client
        except (RuntimeError, RPCError, TimeoutError):
            if process and process.returncode is not None:
                raise RoadClosed(f"the server ended at once:\n{process.last_lines()}") from None
            if loop.time() > deadline:
                raise RoadClosed(f"no answer at {address} after {within:.0f} s") from None
            await asyncio.sleep(0.1)


async def connect_as_configured(environ_given: dict[str, str], namespace: str) -> Client:
    """Connect to the server that the environment names, with the TLS and the key it names."""
    options: dict[str, Any] = dict(ClientConfig.load_client_connect_config(override_env_vars=environ_given))
    options["namespace"] = namespace
    try:
        client = await asyncio.wait_for(Client.connect(**options), 15)
        await client.workflow_service.get_system_info(GetSystemInfoRequest(), timeout=_ONE_TRY)
    except (RuntimeError, RPCError, TimeoutError):
        raise RoadClosed(f"no Temporal server answers at {options.get('target_host')}") from None
    return client


async def ensure_namespace(client: Client, retention: timedelta = RETENTION) -> None:
    """Register the client's namespace unless it exists, and wait until the server knows it."""
    try:
        await temporal.ensure_namespace(client, retention)
    except (RPCError, RuntimeError) as error:
        reason = error.status.name if isinstance(error, RPCError) else "no answer"
        raise RoadClosed(f"the namespace {client.namespace} cannot be used: {reason}") from None


async def remove_namespace(client: Client, namespace: str) -> None:
    """Delete a namespace that was one test run's own."""
    # A server that does not allow it keeps an empty namespace; nothing depends on it.
    with contextlib.suppress(RPCError):
        await client.operator_service.delete_namespace(DeleteNamespaceRequest(namespace=namespace))


async def require_time_skipping(client: Client) -> None:
    """Raise RoadClosed unless the server can move one workflow's clock."""
    info = await client.workflow_service.get_system_info(GetSystemInfoRequest(), timeout=_ONE_TRY)
    refusal = f"server {info.server_version} cannot skip time: 1.32 with its setting is needed"
    probe = await client.start_workflow(
        "DevstackTimeSkippingProbe",
        id=f"devstack-probe-{uuid.uuid4()}",
        task_queue="devstack-probe",
        execution_timeout=timedelta(minutes=1),
    )
    execution = WorkflowExecution(workflow_id=probe.id)
    jump = FastForwardConfig(id="probe")
    jump.duration.FromTimedelta(timedelta(seconds=30))
    request = UpdateWorkflowExecutionOptionsRequest(
        namespace=client.namespace,
        workflow_execution=execution,
        workflow_execution_options=WorkflowExecutionOptions(
            time_skipping_config=TimeSkippingConfig(enabled=True, fast_forward_config=jump)
        ),
        update_mask=FieldMask(paths=["time_skipping_config"]),
    )
    try:
        await client.workflow_service.update_workflow_execution_options(request, timeout=_ONE_TRY)
        description = await probe.describe()
        if not description.raw_description.workflow_extended_info.HasField("time_skipping_info"):
            raise RoadClosed(refusal)
    except RPCError:
        raise RoadClosed(refusal) from None
    finally:
        await probe.terminate("probe")
        await client.workflow_service.delete_workflow_execution(
            DeleteWorkflowExecutionRequest(namespace=client.namespace, workflow_execution=execution)
        )
