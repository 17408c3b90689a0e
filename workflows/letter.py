"""A mail that belongs to no step of a registration: resume, forgotten password, password changed.

The web process never talks to the relay: a relay that is down delays the mail, and a web process that is
stopped loses none.
"""

from temporalio import workflow

from domain.effects import MailOrder, MailReceipt
from workflows.effects import start_letter


@workflow.defn(name="Letter")
class LetterWorkflow:
    """One mail."""

    @workflow.run
    async def run(self, order: MailOrder) -> MailReceipt:
        """Send it, however long the relay takes."""
        receipt: MailReceipt = await start_letter(order)
        return receipt
