"""Executions of Temporal that are over: which are past their period, and their deletion."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.desk import ID_PREFIX

REGISTERED = 'RegistrationOutcome = "registered"'
#: Mails of their own, and the deletion's own runs: nothing tells them apart after their period.
BESIDE = 'WorkflowType IN ("Letter", "Newcomer", "Retention")'


@dataclass(frozen=True)
class Ended:
    """One execution that is over."""

    type: str
    workflow: str
    run: str

    @property
    def registration(self) -> UUID | None:
        """Its registration, if it is one; anybody may have started a workflow of that type by another id."""
        if self.type != "Registration" or not self.workflow.startswith(ID_PREFIX):
            return None
        try:
            return UUID(self.workflow.removeprefix(ID_PREFIX))
        except ValueError:
            return None


def ended_before(moment: datetime) -> str:
    """The query of all that ended before, but for registrations that made an account."""
    others = f'WorkflowType = "Registration" AND (RegistrationOutcome IS NULL OR NOT {REGISTERED})'
    return f"CloseTime < {_text(moment)} AND (({others}) OR {BESIDE})"


def registered_before(moment: datetime) -> str:
    """The query of registrations that made an account before."""
    return f'CloseTime < {_text(moment)} AND WorkflowType = "Registration" AND {REGISTERED}'


async def delete(client: Client, one: Ended) -> None:
    """Delete the execution; the server does it in its own time. Twice is fine."""
    execution = WorkflowExecution(workflow_id=one.workflow, run_id=one.run)
    try:
        await client.workflow_service.delete_workflow_execution(
            DeleteWorkflowExecutionRequest(namespace=client.namespace, workflow_execution=execution),
            retry=True,
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise


def _text(moment: datetime) -> str:
    return f'"{moment.astimezone(UTC).isoformat(timespec="seconds")}"'
