"""Mails outside a registration's steps: how one is ordered, and those that are due by what was written.

A due letter is a row of the transaction that makes it due (a password changed, somebody attached to an
establishment), so that no process takes it along when it is killed. Every worker looks for such rows and
starts the workflow that sends; its id is the same for all of them, and the row goes once it was started.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from domain.desk import Public
from domain.effects import MailKind, MailOrder
from infrastructure.database import ConnectionType, DatabaseUnavailable, PoolType, transaction

log = structlog.get_logger(__name__)

APPEND = "INSERT INTO letters_due (account_id, kind) VALUES ($1, $2)"
DUE = """
SELECT due.id, due.kind, due.decided_at, registration_id, email
FROM letters_due AS due JOIN accounts ON accounts.id = account_id ORDER BY due.id LIMIT $1
"""
ORDERED = "DELETE FROM letters_due WHERE id = $1"
BATCH = 100
#: Seconds between two looks: a colleague or an owner who is told a second later misses nothing.
IDLE = 1.0


class Due(NamedTuple):
    """A letter that is due."""

    id: int
    kind: str
    decided_at: datetime
    registration_id: UUID
    email: str


async def due(connection: ConnectionType, account_id: UUID, kind: MailKind) -> None:
    """Make a letter due in the caller's transaction: `password_changed` or `newcomer`."""
    await connection.execute(APPEND, account_id, kind.value)


async def order(client: Client, queue: str, letter: MailOrder) -> None:
    """Start the workflow that sends one mail; the same order again starts nothing.

    Raises:
        RPCError, RuntimeError: the engine did not answer.
    """
    with suppress(WorkflowAlreadyStartedError):
        await client.start_workflow(
            "Letter",
            letter,
            id=f"letter-{letter.kind.value}-{letter.registration}-{letter.ordinal}",
            task_queue=queue,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            static_summary=Public("Mail demandé depuis le portail"),
        )


class DueLetters:
    """Orders what is due until cancelled."""

    def __init__(self, client: Client, pool: PoolType, queue: str) -> None:
        self._client = client
        self._pool = pool
        self._queue = queue

    async def run(self) -> None:
        """Look, order, wait; no failure ends it."""
        while True:
            try:
                for one in await self._found():
                    await self._order(one)
            except (RPCError, RuntimeError, DatabaseUnavailable) as error:
                log.warning("a due letter could not be ordered", reason=type(error).__name__)
            await asyncio.sleep(IDLE)

    async def _found(self) -> Sequence[Due]:
        async with transaction(self._pool) as connection:
            return [Due(**dict(row)) for row in await connection.fetch(DUE, BATCH)]

    async def _order(self, one: Due) -> None:
        if one.kind == MailKind.NEWCOMER:
            await self._newcomer(one.registration_id)
        else:
            letter = MailOrder(
                registration=str(one.registration_id),
                kind=MailKind(one.kind),
                ordinal=int(one.decided_at.timestamp()),
                to=one.email,
                decided_at=one.decided_at,
            )
            await order(self._client, self._queue, letter)
        async with transaction(self._pool) as connection:
            await connection.execute(ORDERED, one.id)

    async def _newcomer(self, registration: UUID) -> None:
        with suppress(WorkflowAlreadyStartedError):
            await self._client.start_workflow(
                "Newcomer",
                str(registration),
                id=f"newcomer-{registration}",
                task_queue=self._queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary=Public("Contacts de l'établissement à prévenir"),
            )
