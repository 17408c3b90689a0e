"""Mails that belong to no step of a registration: resume, passwords, a newcomer's colleagues.

The web process never talks to the relay: a relay that is down delays the mail, and a web process that is
stopped loses none.
"""

from temporalio import workflow

from domain.effects import MailOrder, MailReceipt, NewcomerQuestion
from workflows.effects import start_letter, start_newcomer


@workflow.defn(name="Letter")
class LetterWorkflow:
    """One mail."""

    @workflow.run
    async def run(self, order: MailOrder) -> MailReceipt:
        """Send it, however long the relay takes."""
        receipt: MailReceipt = await start_letter(order)
        return receipt


@workflow.defn(name="Newcomer")
class NewcomerWorkflow:
    """Tells an establishment's contacts that somebody joined it; the newcomer waits for none of this."""

    @workflow.run
    async def run(self, registration: str) -> int:
        """Write to at most five contacts; returns to how many."""
        question = NewcomerQuestion(registration=registration, decided_at=workflow.now())
        letters = await start_newcomer(question)
        for order in letters.orders:
            await start_letter(order)
        return len(letters.orders)
