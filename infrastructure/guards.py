"""A bad message never hurts: what a handler gets wrong fails that one message, never the workflow.

Without this, an exception in an update handler fails the workflow task for ever and blocks every other
message of that registration; one in a signal handler likewise. Non-determinism is re-raised: that one
must show.
"""

from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.worker import (
    ExecuteWorkflowInput,
    HandleSignalInput,
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from domain.messages import OPERATOR_MESSAGES, PERSON_MESSAGES, WEB_MESSAGES, Message
from domain.problems import TEXTS
from infrastructure.converter import malformed

_NAMES = frozenset(m.NAME for m in (*PERSON_MESSAGES, *WEB_MESSAGES, *OPERATOR_MESSAGES))
_MUST_SHOW = (workflow.NondeterminismError, workflow.ReadOnlyContextError)


class Guards(Interceptor):
    """Installs the guards around every workflow of the worker."""

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        """The guards' class."""
        return _Guards


class _Guards(WorkflowInboundInterceptor):
    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:
        if workflow.info().workflow_type != "Registration":
            return await super().execute_workflow(input)
        if len(input.args) != 1 or type(input.args[0]).__name__ != "Start":
            raise malformed("un seul argument « Start » attendu")
        try:
            return await super().execute_workflow(input)
        except ApplicationError as error:
            # No failure may end a registration: the task is retried, and a corrected worker goes on with it.
            raise RuntimeError(f"a failure of type {error.type} reached the journey") from None

    async def handle_signal(self, input: HandleSignalInput) -> None:
        try:
            if input.signal in _NAMES and len(input.args) != 1:
                raise malformed("un seul message attendu")
            await super().handle_signal(input)
        except _MUST_SHOW:
            raise
        except Exception as error:
            note = getattr(workflow.instance(), "note_bad_signal", None)
            if note is not None:
                words = error.message if isinstance(error, ApplicationError) else TEXTS["bug"]
                note(input.signal if input.signal in _NAMES else "inconnu", words, type(error).__name__)

    def handle_update_validator(self, input: HandleUpdateInput) -> None:
        if len(input.args) != 1 or not isinstance(input.args[0], Message):
            raise malformed("un seul message attendu")
        try:
            super().handle_update_validator(input)
        except (*_MUST_SHOW, FailureError):
            raise
        except Exception as error:
            raise _bug(error) from None

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:
        try:
            return await super().handle_update_handler(input)
        except (*_MUST_SHOW, FailureError):
            raise
        except Exception as error:
            raise _bug(error) from None


def _bug(error: Exception) -> ApplicationError:
    detail = {"code": "bug", "field": None, "detail": TEXTS["bug"]}
    words = f"{TEXTS['bug']} ({type(error).__name__})"
    return ApplicationError(words, [detail], type="HandlerBug", non_retryable=True)
