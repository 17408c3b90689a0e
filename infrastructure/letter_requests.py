"""Mails asked for by an address alone: « Reprendre mon inscription », a forgotten password.

Whether the address has a registration under way, or an account, is told to its mailbox alone. So the web
process writes down that somebody asked, the same row for whomever, and answers; a worker looks up whom the
address belongs to, orders the mails and deletes the row. No process takes a request along when it is killed,
and a request that is tried again orders the same mails.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import structlog
from temporalio.api.workflowservice.v1 import ListWorkflowExecutionsRequest
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from domain.desk import ID_PREFIX
from domain.effects import MailKind, MailOrder
from domain.people import email_key
from domain.view import View
from infrastructure import letters
from infrastructure.accounts import Accounts
from infrastructure.database import DatabaseUnavailable, PoolType, transaction
from infrastructure.password_changes import PasswordChanges, next_link
from infrastructure.tokens import email_hash

log = structlog.get_logger(__name__)

ASK = "INSERT INTO letter_requests (kind, email_key, asked_at) VALUES ($1, $2, $3)"
ASKED = "SELECT id, kind, email_key, asked_at FROM letter_requests ORDER BY id LIMIT $1"
HELD = "SELECT number FROM letter_requests WHERE id = $1 FOR UPDATE"
NUMBERED = "UPDATE letter_requests SET number = $2 WHERE id = $1"
ANSWERED = "DELETE FROM letter_requests WHERE id = $1"
#: A mail that comes later than that surprises more than it helps.
FORGET = "DELETE FROM letter_requests WHERE asked_at < now() - $1::interval"

FORGET_AFTER = timedelta(hours=1)
BATCH = 100
#: Seconds between two looks.
IDLE = 1.0
QUERY_WITHIN = timedelta(seconds=3)
#: One mailbox rarely has more than one registration under way; the newest few are offered.
RESUMED_AT_MOST = 3
MINUTE = 60


class Asked(NamedTuple):
    """A request: `id`, `kind` (resume, password_forgotten), whose address, when."""

    id: int
    kind: str
    email_key: str
    asked_at: datetime


async def ask(pool: PoolType, kind: MailKind, address: str, now: datetime) -> None:
    """Write down that somebody asked for that mail at that address.

    Raises:
        DatabaseUnavailable: nothing was written.
    """
    async with transaction(pool) as connection:
        await connection.execute(ASK, kind.value, email_key(address), now)


class LetterRequests:
    """Answers requests until cancelled."""

    def __init__(self, client: Client, pool: PoolType, queue: str, hash_key: bytes) -> None:
        self._client = client
        self._pool = pool
        self._queue = queue
        self._hash_key = hash_key
        self._accounts = Accounts(pool)
        self._changes = PasswordChanges(pool)

    async def run(self) -> None:
        """Look, answer, wait; no failure ends it, and none of a request's keeps another waiting."""
        while True:
            try:
                for one in await self._asked():
                    await self._answer_if_possible(one)
            except DatabaseUnavailable:
                log.warning("requests for letters cannot be read")
            await asyncio.sleep(IDLE)

    async def _asked(self) -> Sequence[Asked]:
        async with transaction(self._pool) as connection:
            await connection.execute(FORGET, FORGET_AFTER)
            return [Asked(**dict(row)) for row in await connection.fetch(ASKED, BATCH)]

    async def _answer_if_possible(self, one: Asked) -> None:
        try:
            await self.answer(one)
        except Exception as error:  # whatever it is, it is tried again at the next look
            log.warning("a request for a letter waits", kind=one.kind, reason=type(error).__name__)

    async def answer(self, one: Asked) -> None:
        """Order the mails of a request, then delete it.

        Raises:
            RPCError, RuntimeError, DatabaseUnavailable: it stands, and may be answered again.
        """
        if one.kind == MailKind.RESUME:
            await self._resume(one)
        else:
            await self._forgotten(one)
        async with transaction(self._pool) as connection:
            await connection.execute(ANSWERED, one.id)

    async def _resume(self, one: Asked) -> None:
        """To the address of each registration; a minute's second request is the same mail."""
        ordinal = int(one.asked_at.timestamp()) // MINUTE
        for registration in await self.under_way(one.email_key):
            view = await self._view(registration)
            if view is None or view.outcome is not None:
                continue
            written = view.answers.email
            if written and email_key(written) == one.email_key:
                behind = view.only_behind or 0
                await self._order(one, MailKind.RESUME, ordinal, registration, written, behind=behind)

    async def under_way(self, address: str) -> list[UUID]:
        """Open registrations of that address, newest first. Raw: the SDK's list fails on paused ones."""
        query = f'RegistrationEmailHash = "{email_hash(self._hash_key, address)}" AND CloseTime IS NULL'
        listed = await self._client.workflow_service.list_workflow_executions(
            ListWorkflowExecutionsRequest(
                namespace=self._client.namespace, query=query, page_size=RESUMED_AT_MOST
            )
        )
        return [UUID(one.execution.workflow_id.removeprefix(ID_PREFIX)) for one in listed.executions]

    async def _view(self, registration: UUID) -> View | None:
        """Where it stands; None where it cannot say so, paused or deleted since."""
        handle = self._client.get_workflow_handle(f"{ID_PREFIX}{registration}")
        try:
            view: View = await handle.query("view", result_type=View, rpc_timeout=QUERY_WITHIN)
        except WorkflowQueryFailedError:
            return None
        except RPCError as error:
            if error.status in {RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION}:
                return None
            raise
        return view

    async def _forgotten(self, one: Asked) -> None:
        account = await self._accounts.account_by_email(one.email_key)
        if account is None:
            return
        number = await self._numbered(one, account.id)
        if number is not None:
            kind = MailKind.PASSWORD_FORGOTTEN
            await self._order(one, kind, number, account.registration_id, account.email, str(account.id))

    async def _numbered(self, one: Asked, account_id: UUID) -> int | None:
        """The reset link of a request, one and the same however often it is tried; None once answered."""
        async with transaction(self._pool) as connection:
            held = await connection.fetchrow(HELD, one.id)
            if held is None:
                return None
            number: int | None = held["number"]
            if number is None:
                number = await next_link(connection, account_id)
                await connection.execute(NUMBERED, one.id, number)
            return number

    async def _order(
        self,
        one: Asked,
        kind: MailKind,
        ordinal: int,
        registration: UUID,
        address: str,
        words: str = "",
        behind: int = 0,
    ) -> None:
        letter = MailOrder(
            registration=str(registration),
            kind=kind,
            ordinal=ordinal,
            to=address,
            behind=behind,
            decided_at=one.asked_at,
            words=words,
        )
        await letters.order(self._client, self._queue, letter)
