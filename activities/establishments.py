"""What AKTO knows of an establishment, and whether a number is its own.

Wrong numbers are counted per SIRET over all registrations; a right one is never refused, so that nobody
can lock out an establishment by guessing. A retried attempt counts once.
"""

from temporalio import activity

from domain.effects import EstablishmentAnswer, EstablishmentQuestion, NumberAnswer, NumberQuestion
from domain.numbers import number_key
from infrastructure import directory
from infrastructure.database import PoolType, transaction
from infrastructure.limits import Limits
from infrastructure.settings import Settings

DAY = 86_400


class EstablishmentActivities:
    """Reads establishments."""

    def __init__(self, pool: PoolType, limits: Limits, settings: Settings) -> None:
        self._pool = pool
        self._limits = limits
        self._wrong_a_day = settings.wrong_numbers_per_siret_per_day

    @activity.defn(name="recognise_establishment")
    async def recognise_establishment(self, question: EstablishmentQuestion) -> EstablishmentAnswer:
        """Say whether AKTO knows the establishment under that kind."""
        async with transaction(self._pool) as connection:
            status = await directory.recognise_establishment(connection, question)
        return EstablishmentAnswer(about=question, status=status)

    @activity.defn(name="check_member_number")
    async def check_member_number(self, question: NumberQuestion) -> NumberAnswer:
        """Compare the number with the one on file; count it if it is wrong."""
        async with transaction(self._pool) as connection:
            right = await directory.is_number_of(connection, question.number, question.siret, question.kind)
        if right:
            return NumberAnswer(about=question, verdict="right")
        until = await self._limits.take(
            "member_number",
            question.siret,
            (self._wrong_a_day, DAY),
            once=f"{question.registration}:{question.attempt}:{number_key(question.number)}",
        )
        return NumberAnswer(about=question, verdict="wrong" if until is None else "too_many")
