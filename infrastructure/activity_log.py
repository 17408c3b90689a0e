"""Every line that an activity writes says for which registration: operators search logs by it.

A workflow's id holds nothing typed (`registration-` and a UUID), so it may stand in clear.
"""

from typing import Any

from structlog.contextvars import bound_contextvars
from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor


class ActivityLog(Interceptor):
    """Binds workflow and activity to the log lines of each activity of the worker."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """One more around every activity."""
        return _ActivityLog(next)


class _ActivityLog(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        with bound_contextvars(workflow=info.workflow_id, activity=info.activity_type, attempt=info.attempt):
            return await super().execute_activity(input)
