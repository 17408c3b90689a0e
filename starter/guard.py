"""What one client address may cost us: starts, mails, look-ups of a SIRET. Shared by pages and API.

Each start is a durable workflow and a mail, each look-up a call from INSEE's quota: a limiter that cannot
count lets nothing through (503), it never fails open.
"""

import asyncio
from datetime import UTC, datetime
from typing import Protocol

from domain.people import mailbox_key, read_email
from infrastructure.database import DatabaseUnavailable
from infrastructure.limits import Rule
from infrastructure.settings import Settings
from starter.registrations import Unavailable

#: An answer is due within 3 s, the start itself included.
LIMITER_TIMEOUT = 1.5
HOUR = 3600


class TooMany(Exception):
    """A limit is reached; `code` says which, `until` when it may be tried again."""

    def __init__(self, code: str, until: datetime) -> None:
        super().__init__(code)
        self.code = code
        self.until = until

    def seconds(self, now: datetime | None = None) -> int:
        """For Retry-After: whole seconds from now, at least one."""
        left = (self.until - (now or datetime.now(UTC))).total_seconds()
        return max(1, int(left) + 1)


class Limiter(Protocol):
    """What the guard needs of `infrastructure.limits.Limits`."""

    async def take(self, name: str, whom: str, *rules: Rule, once: str | None = None) -> datetime | None:
        """Count one hit, or say until when not."""


class StartGuard:
    """Counts before anything is started or asked.

    `once` names the submission: the same one, sent again, is counted once.
    """

    def __init__(self, limits: Limiter, settings: Settings) -> None:
        self._limits = limits
        self._starts: tuple[Rule, ...] = (
            (settings.starts_per_minute, 60),
            (settings.starts_per_hour, HOUR),
        )
        self._lookups: tuple[Rule, ...] = ((settings.siret_lookups_per_hour, HOUR),)
        window = settings.login_window_minutes * 60
        self._letters_per_client: tuple[Rule, ...] = ((settings.logins_per_address, window),)
        self._letters_per_mailbox: tuple[Rule, ...] = ((settings.mails_per_hour, HOUR),)

    async def allow_start(self, client: str, once: str | None = None) -> None:
        """Count one start (or one more address to look up).

        Raises:
            TooMany: `too_many_starts`.
            Unavailable: nothing could be counted.
        """
        await self._take("starts", "too_many_starts", client, self._starts, once)

    async def allow_claim(self, client: str, once: str | None = None) -> None:
        """Count one look-up of a SIRET.

        Raises:
            TooMany: `too_many_lookups`.
            Unavailable: nothing could be counted.
        """
        await self._take("siret_lookups", "too_many_lookups", client, self._lookups, once)

    async def allow_letter(self, client: str, address: str, once: str | None = None) -> None:
        """Count one mail that anybody may ask for, whether or not there is anything to write.

        By client, and by the mailbox named, so that the answer is the same for every address.

        Raises:
            TooMany: `too_many_letters`.
            Unavailable: nothing could be counted.
        """
        read, _ = read_email(address)
        mailbox = mailbox_key(read or address)
        await self._take("letters", "too_many_letters", client, self._letters_per_client, once)
        await self._take("letters_mailbox", "too_many_letters", mailbox, self._letters_per_mailbox, once)

    async def _take(
        self, name: str, code: str, client: str, rules: tuple[Rule, ...], once: str | None
    ) -> None:
        try:
            async with asyncio.timeout(LIMITER_TIMEOUT):
                until = await self._limits.take(name, client, *rules, once=once)
        except (DatabaseUnavailable, TimeoutError):
            raise Unavailable from None
        if until is not None:
            raise TooMany(code, until)
