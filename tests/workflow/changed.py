"""Workflows as a careless (or careful) programmer would change them, for the replay's tests."""

from datetime import timedelta
from typing import Any

from temporalio import workflow

from domain.journey import Do, Move
from workflows import effects
from workflows.registration import RegistrationWorkflow, Result, Start


@workflow.defn(name="Registration")
class WaitsFirst(RegistrationWorkflow):
    """A wait that older registrations never made."""

    @workflow.run
    async def run(self, start: Start) -> Result:
        await workflow.sleep(timedelta(seconds=1))
        return await super().run(start)


@workflow.defn(name="Registration")
class WaitsFirstIfNew(RegistrationWorkflow):
    """The same, for registrations that begin after the deploy."""

    @workflow.run
    async def run(self, start: Start) -> Result:
        if workflow.patched("waits-first"):
            await workflow.sleep(timedelta(seconds=1))
        return await super().run(start)


@workflow.defn(name="Registration")
class ForgetsAttributes(RegistrationWorkflow):
    """The search attributes are no longer set."""

    @workflow.run
    async def run(self, start: Start) -> Result:
        return await super().run(start)

    def _show(self, move: Move) -> None:
        return None


@workflow.defn(name="Registration")
class AsksTwice(RegistrationWorkflow):
    """Look-ups in the database no longer go through a local activity first."""

    @workflow.run
    async def run(self, start: Start) -> Result:
        return await super().run(start)

    async def _perform(self, move: Do) -> None:
        handle: Any = effects.start_ordinary(move.work, self.facts, self.policy)
        await self._outcome_of(handle, move)
