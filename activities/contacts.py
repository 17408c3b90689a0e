"""Who an address is to AKTO, and whose owner wants to hear no more from us."""

from datetime import timedelta
from uuid import UUID

from temporalio import activity

from domain.effects import (
    BlockOrder,
    BlockReceipt,
    ContactAnswer,
    ContactQuestion,
    MailKind,
    MailOrder,
    NewcomerLetters,
    NewcomerQuestion,
)
from infrastructure import directory
from infrastructure.database import PoolType, transaction
from infrastructure.tokens import email_hash, mailbox_hash


class ContactActivities:
    """Reads contacts, blocks mailboxes."""

    def __init__(self, pool: PoolType, hash_key: bytes) -> None:
        self._pool = pool
        self._hash_key = hash_key

    @activity.defn(name="look_up_contact")
    async def look_up_contact(self, question: ContactQuestion) -> ContactAnswer:
        """Say whether the address has an account, is a contact, or neither; and where mail goes."""
        async with transaction(self._pool) as connection:
            kind, address = await directory.look_up_contact(connection, question.email)
        return ContactAnswer(
            about=question.email,
            kind=kind,
            address=address,
            email_hash=email_hash(self._hash_key, question.email),
        )

    @activity.defn(name="newcomer_letters")
    async def newcomer_letters(self, question: NewcomerQuestion) -> NewcomerLetters:
        """Say whom to tell that somebody joined their establishment, and order the mails."""
        async with transaction(self._pool) as connection:
            colleagues = await directory.colleagues(connection, UUID(question.registration))
        return NewcomerLetters(
            orders=tuple(
                MailOrder(
                    registration=question.registration,
                    kind=MailKind.NEWCOMER,
                    ordinal=ordinal,
                    to=one.email,
                    decided_at=question.decided_at,
                    words=one.siret,
                )
                for ordinal, one in enumerate(colleagues, 1)
            )
        )

    @activity.defn(name="block_mailbox")
    async def block_mailbox(self, order: BlockOrder) -> BlockReceipt:
        """Stop all mail to the mailbox for a while; a longer block that stands already stays."""
        until = order.decided_at + timedelta(days=order.days)
        async with transaction(self._pool) as connection:
            await directory.block_mailbox(connection, mailbox_hash(self._hash_key, order.address), until)
        return BlockReceipt()
