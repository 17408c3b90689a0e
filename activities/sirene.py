"""Asking INSEE about an establishment: remembered answer, else quota, else the question itself.

Invariants:
- An activity fails whenever INSEE gave no answer: the workflow tries again, nothing is refused.
- Several registrations of one company that ask at once share one call (in each worker).
- What fails says why in its type and in fixed words: no SIRET, no key, nothing of what was answered.
"""

import asyncio
from datetime import timedelta
from functools import partial

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from domain.effects import InseeAnswer, InseeQuestion
from infrastructure.companies import CompaniesClient
from infrastructure.database import DatabaseUnavailable, PoolType
from infrastructure.insee_memory import recall, remember, take_call
from infrastructure.metrics import INSEE_ANSWERS
from infrastructure.sirene import Reason, SireneClient, SireneUnavailable

log = structlog.get_logger(__name__)

REMEMBERED = timedelta(hours=6)
#: A new establishment is published within days: its person must not wait for hours once it is.
UNKNOWN_REMEMBERED = timedelta(minutes=5)


class QuotaSpent(Exception):
    """All calls of this minute are taken; `wait` says for how many seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__("quota")
        self.wait = wait


class SireneActivities:
    """The activities that need INSEE."""

    def __init__(
        self,
        pool: PoolType,
        client: SireneClient,
        companies: CompaniesClient | None = None,
        *,
        calls_per_minute: int = 28,
        remembered: timedelta = REMEMBERED,
        unknown_remembered: timedelta = UNKNOWN_REMEMBERED,
    ) -> None:
        self._pool = pool
        self._client = client
        self._companies = companies
        self._calls_per_minute = calls_per_minute
        self._remembered = remembered
        self._unknown_remembered = unknown_remembered
        self._running: dict[str, asyncio.Task[InseeAnswer]] = {}

    @activity.defn(name="ask_insee")
    async def ask_insee(self, question: InseeQuestion) -> InseeAnswer:
        """What INSEE says of a SIRET.

        Raises:
            ApplicationError: of type `InseeUnavailable`, `InseeQuota` or `InseeConfiguration`.
            DatabaseUnavailable: the quota cannot be counted.
        """
        try:
            return await self._shared(question.siret)
        except QuotaSpent as spent:
            INSEE_ANSWERS.add(result="own_quota")
            raise _unavailable("InseeQuota", "Quota INSEE atteint", spent.wait) from None
        except SireneUnavailable as no:
            INSEE_ANSWERS.add(result=str(no.reason))
            if no.reason.ours:
                # Not benign: the SDK logs it as a warning, and somebody has to act.
                raise ApplicationError(
                    f"INSEE refuse nos demandes ({no.reason})", type="InseeConfiguration"
                ) from None
            kind = "InseeQuota" if no.reason is Reason.QUOTA else "InseeUnavailable"
            raise _unavailable(kind, f"INSEE indisponible ({no.reason})", no.retry_after) from None

    async def _shared(self, siret: str) -> InseeAnswer:
        task = self._running.get(siret)
        if task is None:
            task = asyncio.create_task(self._answer(siret))
            self._running[siret] = task
            task.add_done_callback(partial(self._over, siret))
        # One registration that goes back must not take the answer away from the others.
        return await asyncio.shield(task)

    def _over(self, siret: str, task: asyncio.Task[InseeAnswer]) -> None:
        del self._running[siret]
        if not task.cancelled():
            task.exception()  # seen, even if everybody who waited has left

    async def _answer(self, siret: str) -> InseeAnswer:
        known = await recall(self._pool, siret)
        if known and (known.status != "active" or known.agreements is not None):
            INSEE_ANSWERS.add(result="remembered")
            return known
        suggestion = asyncio.create_task(self._suggestion(siret))  # asked meanwhile: nobody waits for it
        try:
            answer = known or await self._ask(siret)
            agreements = await suggestion if answer.status == "active" else None
        finally:
            suggestion.cancel()
        if agreements is not None:
            answer = answer.model_copy(update={"agreements": agreements})
        if known is None or agreements is not None:
            await self._remember(answer)
        return answer

    async def _suggestion(self, siret: str) -> tuple[str, ...] | None:
        return await self._companies.suggest(siret) if self._companies else None

    async def _ask(self, siret: str) -> InseeAnswer:
        wait = await take_call(self._pool, self._calls_per_minute)
        if wait is not None:
            raise QuotaSpent(wait)
        found = await self._client.establishment(siret)
        INSEE_ANSWERS.add(result=found.answer.status)
        log.info("insee_answered", status=found.answer.status, replaced=found.replaced)
        return found.answer

    async def _remember(self, answer: InseeAnswer) -> None:
        unknown = answer.status == "unknown"
        try:
            await remember(self._pool, answer, self._unknown_remembered if unknown else self._remembered)
        except DatabaseUnavailable:
            log.warning("insee_answer_not_remembered")  # it is an answer all the same


def _unavailable(kind: str, message: str, wait: float | None) -> ApplicationError:
    return ApplicationError(
        message,
        type=kind,
        next_retry_delay=None if wait is None else timedelta(seconds=max(wait, 1.0)),
        category=ApplicationErrorCategory.BENIGN,
    )
