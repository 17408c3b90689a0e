"""Mails that a person asks the web process for: « Reprendre mon inscription » and forgotten passwords.

Whether an address has anything to resume, or an account, is told to its mailbox alone: every address gets the
same answer after the same work, one row; `infrastructure/letter_requests.py` says what becomes of it.
"""

from domain.effects import MailKind
from infrastructure.database import DatabaseUnavailable, PoolType
from infrastructure.letter_requests import ask
from starter.registrations import Clock, Unavailable, utc_now


class Letters:
    """Writes down who asked for which mail."""

    def __init__(self, pool: PoolType, clock: Clock = utc_now) -> None:
        self._pool = pool
        self._clock = clock

    async def resume(self, address: str) -> None:
        """Ask for a link to each registration under way of that address. The answer is always the same.

        Raises:
            Unavailable: it could not be written down.
        """
        await self._ask(MailKind.RESUME, address)

    async def forgotten(self, address: str) -> None:
        """Ask for a link to choose another password, if there is an account. The answer is always the same.

        Raises:
            Unavailable: it could not be written down.
        """
        await self._ask(MailKind.PASSWORD_FORGOTTEN, address)

    async def _ask(self, kind: MailKind, address: str) -> None:
        try:
            await ask(self._pool, kind, address, self._clock())
        except DatabaseUnavailable:
            raise Unavailable("letter") from None
