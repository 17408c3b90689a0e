"""Registrations as Temporal lists and describes them, read raw.

The SDK's own list, description and query fail on a registration that is paused (it lacks that status), and
one such row would take the whole list with it. Here a status nobody knows is shown as its number.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.query.v1 import WorkflowQuery
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.api.workflow.v1 import PendingActivityInfo, WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import (
    CountWorkflowExecutionsRequest,
    DescribeWorkflowExecutionRequest,
    ListWorkflowExecutionsRequest,
    QueryWorkflowRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.desk import ID_PREFIX
from workflows.registration import Journal

STATUSES = {
    1: "en cours",
    2: "terminée",
    3: "en échec",
    4: "annulée",
    5: "arrêtée de force",
    6: "reprise",
    7: "temps dépassé",
    8: "suspendue",
}
PAUSED = 8
#: A query waits for a worker; without one the rest is shown all the same.
QUERY_WITHIN = timedelta(seconds=3)
#: With the retries of a server that lets few lists through at once.
CALL_WITHIN = timedelta(seconds=20)
T = TypeVar("T")


class DeskError(Exception):
    """Temporal could not do what was asked, in words for the operator. `query`: it did not understand."""

    def __init__(self, words: str, *, query: bool = False) -> None:
        super().__init__(words)
        self.query = query


@dataclass(frozen=True)
class Execution:
    """One registration. `problems`: what Temporal reports about its code; empty where it cannot."""

    registration: UUID
    status: int
    started: datetime | None = None
    closed: datetime | None = None
    step: str | None = None
    waiting_on: str | None = None
    attention: str | None = None
    branch: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    deadline: datetime | None = None
    problems: tuple[str, ...] = ()
    pause_info: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Whether it goes on: paused ones do."""
        return self.closed is None

    @property
    def status_words(self) -> str:
        """The status in French; a number where this program is older than the server."""
        return STATUSES.get(self.status, f"état {self.status}")


@dataclass(frozen=True)
class Pending:
    """Work that is under way or waits for its next try; `failure` is a type, never a text."""

    name: str
    attempt: int
    paused: bool
    next_try: datetime | None
    failure: str | None


@dataclass(frozen=True)
class Described:
    """A registration and the work it waits for."""

    execution: Execution
    pending: tuple[Pending, ...] = field(default=())


async def listed(client: Client, query: str, limit: int | None = None) -> AsyncIterator[Execution]:
    """The registrations of a query, the newest first, page by page.

    Raises:
        DeskError: no answer, or a query the server does not understand.
    """
    token, left = b"", limit
    while left is None or left > 0:
        request = ListWorkflowExecutionsRequest(
            namespace=client.namespace,
            query=query,
            page_size=min(left or 1000, 1000),
            next_page_token=token,
        )
        try:
            answer = await client.workflow_service.list_workflow_executions(
                request, timeout=CALL_WITHIN, retry=True
            )
        except (RPCError, RuntimeError) as error:
            raise said(error) from None
        for info in answer.executions:
            if (one := _execution(info)) is not None:
                yield one
        token = answer.next_page_token
        left = None if left is None else left - len(answer.executions)
        if not token:
            return


async def count(client: Client, query: str) -> int:
    """How many registrations a query names."""
    request = CountWorkflowExecutionsRequest(namespace=client.namespace, query=query)
    try:
        answer = await client.workflow_service.count_workflow_executions(
            request, timeout=CALL_WITHIN, retry=True
        )
    except (RPCError, RuntimeError) as error:
        raise said(error) from None
    return answer.count


async def described(client: Client, registration: UUID) -> Described | None:
    """One registration, None if Temporal knows none of that id (any more)."""
    request = DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=f"{ID_PREFIX}{registration}")
    )
    try:
        answer = await client.workflow_service.describe_workflow_execution(
            request, timeout=CALL_WITHIN, retry=True
        )
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise said(error) from None
    execution = _execution(answer.workflow_execution_info)
    return Described(execution, tuple(map(_pending, answer.pending_activities))) if execution else None


async def card(client: Client, registration: UUID) -> str | None:
    """The card of the Temporal UI; None when no worker answers."""
    metadata = await _queried(client, registration, "__temporal_workflow_metadata", WorkflowMetadata)
    return metadata.current_details if metadata else None


async def journal(client: Client, registration: UUID) -> Journal | None:
    """Refused messages and operators' acts; None when no worker answers."""
    return await _queried(client, registration, "journal", Journal)


async def _queried(client: Client, registration: UUID, name: str, kind: type[T]) -> T | None:
    request = QueryWorkflowRequest(
        namespace=client.namespace,
        execution=WorkflowExecution(workflow_id=f"{ID_PREFIX}{registration}"),
        query=WorkflowQuery(query_type=name),
    )
    try:
        answer = await client.workflow_service.query_workflow(request, timeout=QUERY_WITHIN)
    except (RPCError, RuntimeError):
        return None
    if not answer.query_result.payloads:
        return None
    values: list[T] = await client.data_converter.decode(answer.query_result.payloads, [kind])
    return values[0]


def said(error: Exception) -> DeskError:
    """What the operator is told; nothing of what was asked is repeated."""
    if isinstance(error, RPCError):
        match error.status:
            case RPCStatusCode.INVALID_ARGUMENT:
                return DeskError(f"Temporal ne comprend pas cette requête : {error.message}", query=True)
            case RPCStatusCode.PERMISSION_DENIED | RPCStatusCode.UNAUTHENTICATED:
                return DeskError("Temporal refuse l'accès : vérifier TEMPORAL_API_KEY et TEMPORAL_TLS_…")
            case RPCStatusCode.NOT_FOUND:
                return DeskError("Temporal ne connaît pas cet espace de noms : vérifier TEMPORAL_NAMESPACE")
    return DeskError("Temporal ne répond pas : vérifier TEMPORAL_ADDRESS, puis « python -m starter doctor »")


def _execution(info: WorkflowExecutionInfo) -> Execution | None:
    """None for a workflow that is no registration."""
    try:
        registration = UUID(info.execution.workflow_id.removeprefix(ID_PREFIX))
    except ValueError:
        return None
    fields = info.search_attributes.indexed_fields
    found: dict[str, Any] = {name: json.loads(payload.data) for name, payload in fields.items()}
    return Execution(
        registration=registration,
        status=int(info.status),
        started=_at(info.start_time) if info.HasField("start_time") else None,
        closed=_at(info.close_time) if info.HasField("close_time") else None,
        step=found.get("RegistrationStep"),
        waiting_on=found.get("RegistrationWaitingOn"),
        attention=found.get("RegistrationAttention"),
        branch=found.get("RegistrationBranch"),
        outcome=found.get("RegistrationOutcome"),
        since=_moment(found.get("RegistrationSince")),
        deadline=_moment(found.get("RegistrationDeadline")),
        problems=tuple(found.get("TemporalReportedProblems") or ()),
        pause_info=tuple(found.get("TemporalPauseInfo") or ()),
    )


def _pending(info: PendingActivityInfo) -> Pending:
    failure = info.last_failure
    return Pending(
        name=info.activity_type.name,
        attempt=info.attempt,
        paused=info.paused,
        next_try=_at(info.next_attempt_schedule_time)
        if info.HasField("next_attempt_schedule_time")
        else None,
        failure=(failure.application_failure_info.type or "échec") if info.HasField("last_failure") else None,
    )


def _at(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None
