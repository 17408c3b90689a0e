"""The daily deletion of what is past its period: one activity, whose report of counts stays a while."""

from temporalio import workflow

from domain.effects import RetentionOrder, RetentionReport
from workflows.effects import start_retention


@workflow.defn(name="Retention")
class RetentionWorkflow:
    """One run of the schedule."""

    @workflow.run
    async def run(self) -> RetentionReport:
        """Delete what is past its period now."""
        return await start_retention(RetentionOrder(at=workflow.now()))
