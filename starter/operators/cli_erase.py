"""`erase`: one person's registrations in Temporal and rows in PostgreSQL, after their request (RGPD)."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import typer
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import (
    DeleteWorkflowExecutionRequest,
    ListWorkflowExecutionsRequest,
    TerminateWorkflowExecutionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.desk import ID_PREFIX
from domain.effects import MailKind
from infrastructure.audit import Act
from infrastructure.erasure import Erasure
from infrastructure.tokens import email_hash
from starter.operators import executions, queries
from starter.operators.cli_acting import By, DryRun, Reason, Yes, actor
from starter.operators.cli_reading import Json, asked_address
from starter.operators.desk import Desk, at_desk
from starter.operators.output import say, say_json, table

app = typer.Typer()
#: Mails outside of a registration are workflows of their own, whose ids name it.
LETTERS = (MailKind.RESUME, MailKind.PASSWORD_FORGOTTEN, MailKind.PASSWORD_CHANGED)


@dataclass(frozen=True)
class Found:
    """What there is of one person."""

    registrations: tuple[UUID, ...]
    workflows: tuple[str, ...]
    rows: dict[str, int]


@app.command("erase")
def erase_command(
    reason: Reason,
    email: Annotated[
        str | None,
        typer.Argument(help="L'adresse ; absente, elle est demandée (et n'entre dans aucun historique)"),
    ] = None,
    by: By = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Effacer une personne : ses inscriptions, son compte et tout ce qui en parle. Sans retour."""
    if not 3 <= len(reason) <= 500:
        raise typer.BadParameter("entre 3 et 500 caractères", param_hint="--reason")
    address, who = asked_address(email), actor(by)
    found = at_desk(lambda desk: _find(desk, address))
    if not as_json:
        _say(found)
    if not dry_run and (found.rows or found.workflows):
        if not yes:
            typer.confirm("Effacer tout cela, sans retour ?", abort=True, err=True)
        act = Act(who, "erase", None, reason)
        at_desk(lambda desk: _erase(desk, address, found, act))
    if as_json:
        say_json({"dry_run": dry_run, "workflows": found.workflows, "rows": found.rows})
    elif dry_run:
        say("essai à blanc : rien n'a été effacé")
    else:
        done = "effacé ; Temporal finit le sien dans les minutes qui suivent"
        say(done if found.rows or found.workflows else "rien à effacer")


def _say(found: Found) -> None:
    rows = [["Temporal (workflows)", str(len(found.workflows))]]
    rows += [[f"PostgreSQL : {name}", str(number)] for name, number in found.rows.items()]
    table(["Où", "Combien"], rows)


async def _find(desk: Desk, address: str) -> Found:
    """Temporal and PostgreSQL each know some that the other may not: corrected addresses, deleted runs."""
    wanted = queries.text(email_hash(desk.settings.email_hash_key, address))
    query = f"{queries.REGISTRATION} AND RegistrationEmailHash = {wanted}"
    erasure = Erasure(desk.pool, desk.settings.email_hash_key, address)
    registrations = await erasure.registrations()
    registrations |= {one.registration async for one in executions.listed(desk.client, query)}
    ordered = sorted(registrations)
    workflows = [workflow for one in ordered for workflow in await _workflows(desk.client, one)]
    return Found(tuple(ordered), tuple(workflows), await erasure.count(ordered))


async def _workflows(client: Client, registration: UUID) -> list[str]:
    names = " OR ".join(
        f"WorkflowId STARTS_WITH {queries.text(f'letter-{kind.value}-{registration}-')}" for kind in LETTERS
    )
    query = f"WorkflowId = {queries.text(f'{ID_PREFIX}{registration}')} OR {names}"
    request = ListWorkflowExecutionsRequest(namespace=client.namespace, query=query, page_size=1000)
    try:
        answer = await client.workflow_service.list_workflow_executions(
            request, timeout=executions.CALL_WITHIN, retry=True
        )
    except (RPCError, RuntimeError) as error:
        raise executions.said(error) from None
    return [one.execution.workflow_id for one in answer.executions]


async def _erase(desk: Desk, address: str, found: Found, act: Act) -> None:
    """Workflows first: one that still ran could write rows behind the deletion."""
    for workflow in found.workflows:
        await _delete(desk.client, workflow)
    await Erasure(desk.pool, desk.settings.email_hash_key, address).erase(found.registrations, act)


async def _delete(client: Client, workflow: str) -> None:
    execution = WorkflowExecution(workflow_id=workflow)
    terminate = TerminateWorkflowExecutionRequest(
        namespace=client.namespace, workflow_execution=execution, reason="effacement demandé"
    )
    delete = DeleteWorkflowExecutionRequest(namespace=client.namespace, workflow_execution=execution)
    try:
        try:
            await client.workflow_service.terminate_workflow_execution(
                terminate, timeout=executions.CALL_WITHIN, retry=True
            )
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:  # it has ended before
                raise
        await client.workflow_service.delete_workflow_execution(
            delete, timeout=executions.CALL_WITHIN, retry=True
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise executions.said(error) from None
