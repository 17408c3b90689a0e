"""« Ce n'est pas moi »: which mailbox a mail went to, and no more mail to it for a while.

The link in a mail names the mail, not the address: whoever received a mail may silence the mailbox it
reached, and no other, whatever address the registration has been corrected to since.
"""

from datetime import datetime
from uuid import UUID

from infrastructure import directory
from infrastructure.database import PoolType, transaction
from infrastructure.tokens import mailbox_hash

MAILBOX = "SELECT mailbox_hash FROM mail_ledger WHERE registration_id = $1 AND ordinal = $2"


class Silence:
    """Blocks mailboxes on their owner's word."""

    def __init__(self, pool: PoolType, hash_key: bytes) -> None:
        self._pool = pool
        self._hash_key = hash_key

    async def ask(self, registration: UUID, ordinal: int, until: datetime) -> bytes | None:
        """Stop all mail to the mailbox that got that mail; its hash, or None if no such mail was sent."""
        async with transaction(self._pool) as connection:
            mailbox: bytes | None = await connection.fetchval(MAILBOX, registration, ordinal)
            if mailbox is not None:
                await directory.block_mailbox(connection, mailbox, until)
            return mailbox

    def is_of(self, mailbox: bytes, address: str) -> bool:
        """Whether that mailbox is the one of this address."""
        return mailbox_hash(self._hash_key, address) == mailbox
