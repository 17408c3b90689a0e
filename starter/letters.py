"""Mails the web process asks for: « Reprendre mon inscription » and forgotten passwords.

Whether an address has anything to resume, or an account, is told to its mailbox alone: the caller gets the
same answer at once, and the look-up happens behind it, as soon as it is known that a mail could be ordered.
What fails there is tried again for a while: the engine that answered a moment ago may be restarting. Mails
that follow from what was written (a changed password) are rows of `infrastructure/letters.py` instead.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import structlog
from temporalio.api.workflowservice.v1 import ListWorkflowExecutionsRequest
from temporalio.client import Client
from temporalio.service import RPCError

from domain.desk import ID_PREFIX
from domain.effects import MailKind, MailOrder
from domain.people import email_key
from infrastructure import letters
from infrastructure.accounts import Accounts
from infrastructure.password_changes import PasswordChanges
from infrastructure.tokens import email_hash
from starter.registrations import Clock, RegistrationError, Registrations, Unavailable, utc_now
from workflows.effects import TASK_QUEUE

log = structlog.get_logger(__name__)

#: One mailbox rarely has more than one registration under way; the newest few are offered.
RESUMED_AT_MOST = 3
MINUTE = 60
ENGINE_CHECK = timedelta(seconds=1)
#: Seconds between the tries of a letter that could not be ordered.
PAUSES = (0.5, 2.0, 8.0, 30.0)


class Letters:
    """Orders mails; each is a small workflow of its own."""

    def __init__(
        self,
        client: Client,
        registrations: Registrations,
        accounts: Accounts,
        changes: PasswordChanges,
        hash_key: bytes,
        clock: Clock = utc_now,
    ) -> None:
        self._client = client
        self._registrations = registrations
        self._accounts = accounts
        self._changes = changes
        self._hash_key = hash_key
        self._clock = clock
        self._behind: set[asyncio.Task[None]] = set()

    async def resume(self, address: str) -> None:
        """Mail a link to each registration under way of that address. The answer is always the same.

        Raises:
            Unavailable: no mail could be ordered now, to whomever.
        """
        await self._reach()
        self._later(lambda: self._resume(address))

    async def forgotten(self, address: str) -> None:
        """Mail a link to choose another password, if there is an account. The answer is always the same.

        Raises:
            Unavailable: no mail could be ordered now, to whomever.
        """
        await self._reach()
        self._later(lambda: self._forgotten(address))

    async def settled(self) -> None:
        """Wait for what is under way: before the process ends, and in tests."""
        while self._behind:
            await asyncio.gather(*self._behind, return_exceptions=True)

    async def _reach(self) -> None:
        """Whether letters can be ordered, asked before and without regard to whom they are for."""
        try:
            await self._client.service_client.check_health(timeout=ENGINE_CHECK)
        except (RPCError, RuntimeError):
            raise Unavailable("letter") from None

    def _later(self, work: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.create_task(_patiently(work))
        self._behind.add(task)
        task.add_done_callback(self._behind.discard)

    async def _resume(self, address: str) -> None:
        for registration in await self._under_way(address):
            try:
                view = await self._registrations.whole_view(registration)
            except RegistrationError:
                continue
            # The mail goes to the address of the registration; a minute's second request is the same mail.
            written = view.answers.email
            if view.outcome is None and written and email_key(written) == email_key(address):
                ordinal = int(self._clock().timestamp()) // MINUTE
                behind = view.only_behind or 0
                await self._order(MailKind.RESUME, ordinal, registration, written, behind=behind)

    async def _under_way(self, address: str) -> list[UUID]:
        """Open registrations of that address, newest first. Raw: the SDK's list fails on paused ones."""
        query = f'RegistrationEmailHash = "{email_hash(self._hash_key, address)}" AND CloseTime IS NULL'
        listed = await self._client.workflow_service.list_workflow_executions(
            ListWorkflowExecutionsRequest(
                namespace=self._client.namespace, query=query, page_size=RESUMED_AT_MOST
            )
        )
        return [UUID(one.execution.workflow_id.removeprefix(ID_PREFIX)) for one in listed.executions]

    async def _forgotten(self, address: str) -> None:
        account = await self._accounts.account_by_email(address)
        if account is not None:
            number = await self._changes.request(account.id)
            kind = MailKind.PASSWORD_FORGOTTEN
            await self._order(kind, number, account.registration_id, account.email, str(account.id))

    async def _order(
        self,
        kind: MailKind,
        ordinal: int,
        registration: UUID,
        address: str,
        words: str = "",
        behind: int = 0,
    ) -> None:
        order = MailOrder(
            registration=str(registration),
            kind=kind,
            ordinal=ordinal,
            to=address,
            behind=behind,
            decided_at=self._clock(),
            words=words,
        )
        try:
            await letters.order(self._client, TASK_QUEUE, order)
        except (RPCError, RuntimeError):
            raise Unavailable("letter") from None


async def _patiently(work: Callable[[], Awaitable[None]]) -> None:
    for pause in (*PAUSES, None):
        try:
            await work()
        except Exception as error:  # whatever fails behind an answer that was given has nobody to tell
            log.warning("a letter could not be ordered", reason=type(error).__name__, again=pause is not None)
            if pause is None:
                return
            await asyncio.sleep(pause)
        else:
            return
