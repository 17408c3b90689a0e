"""A mail that came back: which registration it belonged to, and that registration is told."""

import re
from typing import Literal
from uuid import UUID

from domain.messages import ReportBounce
from domain.view import View
from infrastructure.database import PoolType, transaction
from infrastructure.tokens import mailbox_hash
from starter.registrations import Ended, Refused, Registrations, UnknownRegistration

OF_MESSAGE = """
SELECT registration_id, mailbox_hash FROM mail_ledger WHERE message_id = $1 AND registration_id IS NOT NULL
"""
_MESSAGE_ID = re.compile(r"<?([a-z_]{1,40}\.[0-9a-f]{32}@[A-Za-z0-9.-]{1,150})>?")

#: `reported`: the person can correct the address. `ignored`: nobody waits for that mail any more.
#: `unknown`: no mail of ours.
Fate = Literal["reported", "ignored", "unknown"]


class Bounces:
    """Takes reports of mails that came back."""

    def __init__(self, pool: PoolType, registrations: Registrations, hash_key: bytes) -> None:
        self._pool = pool
        self._hash_key = hash_key
        self._registrations = registrations

    async def report(self, message_id: str) -> Fate:
        """Tell the registration; the same report again changes nothing.

        Raises:
            DatabaseUnavailable, Unavailable: to be reported again.
        """
        found = _MESSAGE_ID.fullmatch(message_id.strip())
        if found is None:
            return "unknown"
        name = found[1]
        async with transaction(self._pool) as connection:
            row = await connection.fetchrow(OF_MESSAGE, f"<{name}>")
        if row is None:
            return "unknown"
        registration: UUID = row["registration_id"]
        message = ReportBounce(message_id=name, submission=name.partition("@")[0].replace(".", "-")[-64:])
        try:
            view = await self._registrations.whole_view(registration)
            if view.outcome is not None or not self._is_current(view, row["mailbox_hash"]):
                return "ignored"
            await self._registrations.send(registration, message)
        except (Ended, Refused, UnknownRegistration):
            return "ignored"
        return "reported"

    def _is_current(self, view: View, mailbox: bytes) -> bool:
        """Whether the mail went to the address that counts now, not to one that was corrected since."""
        address = view.answers.email
        return address is not None and mailbox_hash(self._hash_key, address) == mailbox
