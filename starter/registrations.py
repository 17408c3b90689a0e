"""The typed facade: the only place where the product calls Temporal on behalf of people.

It stamps each message with its arrival, bounds every wait, and turns each of Temporal's many ways to fail
into one of a few answers that pages and API know how to show. No word of the engine leaves this module.

    RegistrationError
    ├── Refused               the message does not fit, or what was typed is wrong; nothing changed
    ├── Ended                 the registration is over
    ├── UnknownRegistration   never existed, or deleted after its retention
    └── Unavailable           nothing is lost; the same submission may be sent again
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import structlog
from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WithStartWorkflowOperation,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain import rules
from domain.desk import ID_PREFIX, Public
from domain.facts import Facts
from domain.messages import ChoosePassword, Identify, OpenLink, PersonMessage
from domain.order import shown
from domain.policy import Policy
from domain.problems import Refused as RuleRefused
from domain.problems import problem
from domain.view import Outcome, Problem, View
from infrastructure.metrics import REFUSED_UPDATES, UNAVAILABLE
from infrastructure.tokens import email_hash
from workflows import attributes
from workflows.effects import TASK_QUEUE
from workflows.registration import Start

Clock = Callable[[], datetime]
Call = Callable[[], Awaitable[View]]
T = TypeVar("T")

#: An answer comes within three seconds, or the page says what is going on: the wait for the answer (longer
#: than INSEE's quick try), then one short question whether the registration is at work.
ANSWER_WITHIN = timedelta(seconds=2.3)
QUERY_WITHIN = timedelta(seconds=1.5)
BUSY_WITHIN = timedelta(seconds=0.4)
#: How often in a row that may happen before it is said.
THROWN_AWAY = 3

DETAILS = Public(
    "Une inscription à « Mon Espace ». La carte (« Current Details ») dit ce qui est attendu, de qui et "
    "jusqu'à quand. Les boutons « Send an Update » proposent les actes d'opérateur (`operator_…`)."
)

log = structlog.get_logger(__name__)


class RegistrationError(Exception):
    """Why a registration did not answer with its next screen."""


class Refused(RegistrationError):
    """The message changed nothing; `view` is where the registration stands, when that could be told."""

    def __init__(self, problems: tuple[Problem, ...], view: View | None = None) -> None:
        super().__init__(", ".join(one.code for one in problems))
        self.problems = problems
        self.view = view

    @property
    def codes(self) -> frozenset[str]:
        """The codes of the problems."""
        return frozenset(one.code for one in self.problems)


class Ended(RegistrationError):
    """The registration is over; `outcome` as it may be shown, None when it could not be told."""

    def __init__(self, outcome: Outcome | None) -> None:
        super().__init__(outcome.value if outcome else "over")
        self.outcome = outcome


class UnknownRegistration(RegistrationError):
    """No such registration, or none any more."""


class Unavailable(RegistrationError):
    """The answer did not come in time; nothing is lost."""


def utc_now() -> datetime:
    """The clock of production."""
    return datetime.now(UTC)


class Registrations:
    """Starts registrations and talks to them."""

    def __init__(
        self,
        client: Client,
        hash_key: bytes,
        *,
        policy: Policy | None = None,
        reminder_spread: timedelta = timedelta(),
        clock: Clock = utc_now,
    ) -> None:
        self._client = client
        self._hash_key = hash_key
        self._policy = policy
        self._reminder_spread = reminder_spread
        self._clock = clock

    async def start(self, registration: UUID, message: Identify) -> View:
        """Start the registration with its first form, in one round trip.

        A second call for the same id is the same registration: a doubled click starts nothing twice.

        Raises:
            Refused: what was typed is wrong (nothing was started), or this form was already answered.
            Ended: a registration of that id is over.
            Unavailable: the engine did not answer.
        """
        now = self._clock()
        message = message.model_copy(update={"received_at": now})
        self._check_first_form(registration, message, now)
        update_id = _update_id(message)

        def call() -> Awaitable[View]:
            start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
                "Registration",
                Start(policy=self._policy_of(registration)),
                id=workflow_id(registration),
                task_queue=TASK_QUEUE,
                # A task that a killed worker held is given to another one after this time.
                task_timeout=timedelta(seconds=5),
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=attributes.at_start(email_hash(self._hash_key, message.email), now),
                # Where thousands are due at once (after an outage, say), those who began in the same minute
                # share a turn: who begins now is served beside them, not behind them all.
                priority=Priority(fairness_key=f"{now:%m-%dT%H:%M}"),
                static_summary=Public("Inscription – Mon Espace"),
                static_details=DETAILS,
            )
            return self._client.execute_update_with_start_workflow(
                Identify.NAME,
                message,
                start_workflow_operation=start,
                id=update_id,
                result_type=View,
                rpc_timeout=ANSWER_WITHIN,
            )

        return await self._answer(registration, message, call, 0)

    def _policy_of(self, registration: UUID) -> Policy | None:
        """The policy, with this registration's share of the spread: its id is random, and stays."""
        if not self._reminder_spread:
            return self._policy
        share = registration.int % 1_000 / 1_000
        later = round(self._reminder_spread / timedelta(minutes=1) * share, 2)
        return (self._policy or Policy()).model_copy(update={"reminders_later_minutes": later})

    async def send(self, registration: UUID, message: PersonMessage, behind: int = 0) -> View:
        """Send a message and return the next screen; `message.submission` makes a repeated call the same one.

        Args:
            behind: the mailed link behind which the sender stands, checked by the caller (0: none).

        Raises:
            Refused, Ended, UnknownRegistration, Unavailable: as the module says.
        """
        message = message.model_copy(update={"received_at": self._clock(), "behind": behind})
        handle, update_id = self._handle(registration), _update_id(message)

        def call() -> Awaitable[View]:
            return handle.execute_update(
                message.NAME, message, id=update_id, result_type=View, rpc_timeout=ANSWER_WITHIN
            )

        # Who shows a link stands behind it.
        link = message.link if isinstance(message, ChoosePassword | OpenLink) else 0
        return await self._answer(registration, message, call, max(behind, link))

    async def view(self, registration: UUID, behind: int = 0, within: timedelta = QUERY_WITHIN) -> View:
        """Where the registration stands, as it may be shown to who stands behind that mailed link.

        Raises:
            UnknownRegistration, Unavailable
        """
        return shown(await self.whole_view(registration, within), behind)

    async def whole_view(self, registration: UUID, within: timedelta = QUERY_WITHIN) -> View:
        """Where the registration stands, for ourselves: nobody is shown it.

        Raises:
            UnknownRegistration, Unavailable
        """
        query = self._handle(registration).query("view", result_type=View, rpc_timeout=within)
        try:
            view: View = await asyncio.wait_for(query, within.total_seconds() + 0.05)
        except WorkflowQueryFailedError:
            raise Unavailable("query") from None
        except (TimeoutError, RPCError, RPCTimeoutOrCancelledError, RuntimeError) as error:
            raise _translated(error) from None
        return view

    def _check_first_form(self, registration: UUID, message: Identify, now: datetime) -> None:
        """A form with a mistake starts no workflow."""
        facts = Facts(registration=str(registration), started_at=now, since=now)
        try:
            rules.accept(facts, self._policy or Policy(), message, now)
        except RuleRefused as refusal:
            raise Refused(refusal.problems) from None

    async def _answer(self, registration: UUID, message: PersonMessage, call: Call, behind: int) -> View:
        try:
            answer = await asyncio.wait_for(_insisting(call), ANSWER_WITHIN.total_seconds() + 0.05)
        except WorkflowUpdateFailedError as error:
            raise await self._refused(registration, message, error, behind) from None
        except WorkflowAlreadyStartedError:
            raise await self._ended(registration, behind) from None
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
            UNAVAILABLE.add(message=message.NAME, why="late")
            return await self._still_busy(registration, behind)
        except (RPCError, RuntimeError) as error:
            # A lazy client that could never connect says so by a RuntimeError.
            translated = _translated(error)
            if isinstance(translated, UnknownRegistration):
                raise await self._ended(registration, behind) from None
            UNAVAILABLE.add(message=message.NAME, why="engine")
            raise translated from None
        return shown(answer, behind)

    async def _refused(
        self, registration: UUID, message: PersonMessage, error: WorkflowUpdateFailedError, behind: int
    ) -> RegistrationError:
        problems = problems_of(error)
        codes = {one.code for one in problems}
        REFUSED_UPDATES.add(message=message.NAME, code=problems[0].code if problems else "closed")
        log.info("message refused", message=message.NAME, codes=sorted(codes), registration=str(registration))
        if "over" in codes or not problems:
            return await self._ended(registration, behind)
        if "bug" in codes:
            return Unavailable("bug")
        try:
            view = await self.view(registration, behind)
        except RegistrationError:
            return Refused(problems)
        return Ended(view.outcome) if view.outcome else Refused(problems, view)

    async def _ended(self, registration: UUID, behind: int) -> RegistrationError:
        """Over, or unknown: the engine says the same of both to who sends a message."""
        try:
            view = await self.view(registration, behind)
        except RegistrationError as error:
            return error
        return Ended(view.outcome) if view.outcome else Unavailable("closing")

    async def _still_busy(self, registration: UUID, behind: int) -> View:
        """The answer is late: say « en cours » if the registration says so itself, else unavailable."""
        try:
            view = await self.view(registration, behind, BUSY_WITHIN)
        except UnknownRegistration:
            raise Unavailable("starting") from None
        if view.busy:
            return view
        raise Unavailable("late") from None

    def _handle(self, registration: UUID) -> WorkflowHandle[Any, Any]:
        return self._client.get_workflow_handle(workflow_id(registration))


def workflow_id(registration: UUID) -> str:
    """The workflow id of a registration."""
    return f"{ID_PREFIX}{registration}"


def problems_of(error: WorkflowUpdateFailedError) -> tuple[Problem, ...]:
    """The problems a refused update carries; none when the workflow closed before it answered."""
    cause = error.cause
    if not isinstance(cause, ApplicationError) or not cause.details:
        return ()
    listed = cause.details[0]
    return tuple(Problem.model_validate(one) for one in listed) if isinstance(listed, list) else ()


def _update_id(message: PersonMessage) -> str:
    """One form submission, one update: the same id attaches to the same answer."""
    return f"{message.NAME}-{message.submission or uuid4().hex}"


async def _insisting(call: Call) -> View:
    """The answer, asked for again (with the same update id) when the engine threw it away.

    A registration that ends at the very moment something else arrives, a mail's receipt for instance, has to
    think again; an update that came with that task is then refused by the engine, though nothing is wrong.
    """
    for _ in range(THROWN_AWAY):
        try:
            return await call()
        except RPCError as error:
            if error.status is not RPCStatusCode.FAILED_PRECONDITION:
                raise
    return await call()


def _translated(error: Exception) -> RegistrationError:
    if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
        return UnknownRegistration()
    return Unavailable(type(error).__name__)


def stale() -> Refused:
    """The refusal for a form that no longer fits."""
    return Refused((problem("stale"),))
