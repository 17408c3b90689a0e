"""An operator's message to one registration, written down before it is sent and after."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    WorkflowUpdateStage,
)
from temporalio.service import RPCError, RPCStatusCode

from domain.messages import OperatorMessage
from domain.problems import TEXTS
from infrastructure.audit import Act, conclude, intend
from infrastructure.database import PoolType
from starter.operators.executions import described
from starter.operators.foresee import PAUSED_WORDS, foresee
from starter.registrations import problems_of, workflow_id

#: An act is answered at once where a worker runs.
ANSWER_WITHIN = timedelta(seconds=8)


class Result(StrEnum):
    """What came of an act; the value is stored and printed."""

    DONE = "fait"
    WOULD = "serait fait"
    REFUSED = "refusé"
    OVER = "terminée"
    UNKNOWN = "inconnue"
    UNANSWERED = "sans réponse"
    UNAVAILABLE = "indisponible"

    @property
    def good(self) -> bool:
        """Whether what was wanted is done, or would be."""
        return self in {Result.DONE, Result.WOULD}


@dataclass(frozen=True)
class Report:
    """What came of an act on one registration, in words."""

    registration: UUID
    result: Result
    words: str


@dataclass(frozen=True)
class Acts:
    """Sends operators' messages. `batch`: the same batch twice acts once on each registration."""

    client: Client
    pool: PoolType
    batch: str | None = None

    async def perform(self, registration: UUID, message: OperatorMessage) -> Report:
        """Do it.

        Raises:
            DatabaseUnavailable: it could not be written down, hence was not done.
        """
        act = Act(message.by, message.NAME, registration, message.reason)
        row = await intend(self.pool, act)
        report = await self._send(registration, message)
        await conclude(self.pool, row, report.result.value)
        return report

    async def dry_run(self, registration: UUID, message: OperatorMessage) -> Report:
        """Say what it would do; changes nothing and leaves no line."""
        found = await described(self.client, registration)
        if found is None:
            return _unknown(registration)
        foreseen = foresee(message, found)
        result = (
            Result.WOULD if foreseen.accepted else Result.REFUSED if found.execution.open else Result.OVER
        )
        return Report(registration, result, foreseen.words)

    async def _send(self, registration: UUID, message: OperatorMessage) -> Report:
        handle = self.client.get_workflow_handle(workflow_id(registration))
        # The screen the update answers with is the person's: it is not even read.
        call = handle.start_update(
            message.NAME, message, id=self._update_id(message),
            wait_for_stage=WorkflowUpdateStage.COMPLETED, rpc_timeout=ANSWER_WITHIN,
        )  # fmt: skip
        try:
            started = await asyncio.wait_for(call, ANSWER_WITHIN.total_seconds() + 0.5)
            await started.result(rpc_timeout=ANSWER_WITHIN)
        except WorkflowUpdateFailedError as error:
            problems = problems_of(error)
            if not problems or any(one.code == "over" for one in problems):
                return Report(registration, Result.OVER, TEXTS["over"])
            return Report(registration, Result.REFUSED, " ".join(one.detail for one in problems))
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError, RPCTimeoutOrCancelledError):
            words = (
                "Aucune réponse : worker arrêté ? L'acte peut encore être pris en compte (« show » le dira)."
            )
            return Report(registration, Result.UNANSWERED, words)
        except RPCError as error:
            return await self._said(registration, error)
        return Report(registration, Result.DONE, "")

    async def _said(self, registration: UUID, error: RPCError) -> Report:
        if error.status is RPCStatusCode.NOT_FOUND:
            found = await described(self.client, registration)
            return Report(registration, Result.OVER, TEXTS["over"]) if found else _unknown(registration)
        if "paused" in error.message.lower():
            return Report(registration, Result.REFUSED, PAUSED_WORDS)
        words = f"Temporal n'a pas pu ({error.status.name}) : voir la page de l'inscription, puis « doctor »."
        return Report(registration, Result.UNAVAILABLE, words)

    def _update_id(self, message: OperatorMessage) -> str:
        return f"{message.NAME}-{self.batch or uuid4().hex}"


def _unknown(registration: UUID) -> Report:
    return Report(registration, Result.UNKNOWN, "Temporal ne connaît pas cette inscription (ou ne l'a plus).")
