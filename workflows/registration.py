"""One registration, from the first form to the account: one workflow, over minutes or weeks.

`run` reads like the guide: what happens next is derived from the facts (`domain/journey.py`), then either the
person is waited for, work is done, or it ends. Messages and time change the facts, nothing else does.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, field_serializer
from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory, FailureError

from domain import desk, messages, results, rules, screen
from domain.card import card
from domain.deadlines import next_due, tick
from domain.desk import Public
from domain.effects import AccountAnswer, Effect
from domain.facts import Facts
from domain.journey import AskInsee, Do, End, Move, SendMail, Work, awaited, next_move
from domain.messages import Message, PersonMessage
from domain.policy import Policy
from domain.problems import TEXTS, Refused
from domain.view import Outcome, View
from workflows import attributes, effects, measures
from workflows.doors import doors


class Start(BaseModel):
    """The start input. `policy` only where it differs from the defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    origin: str = "portal"
    policy: Policy | None = None

    @field_serializer("policy")
    def _what_differs(self, policy: Policy | None) -> dict[str, Any] | None:
        return policy.model_dump(exclude_defaults=True) if policy else None


class Result(BaseModel):
    """How it ended."""

    model_config = ConfigDict(frozen=True)

    outcome: Outcome


class JournalEntry(BaseModel):
    """A message that changed nothing, or an operator's act: when, by which door, which, and why."""

    at: str
    door: str
    name: str
    what: str
    by: str = ""
    why: str = ""


class Journal(BaseModel):
    """What an operator wants to know."""

    accepted: int
    received: int
    entries: list[JournalEntry]


@workflow.defn(name="Registration")
class RegistrationWorkflow:
    """A registration."""

    def __init__(self) -> None:
        registration = workflow.info().workflow_id.removeprefix(desk.ID_PREFIX)
        now = workflow.now()
        self.policy = Policy()
        self.facts = Facts(registration=registration, started_at=now, since=now)
        self._accepted = 0
        self._received = 0
        self._seen: set[str] = set()
        self._reached: set[str] = set()
        self._journal: deque[JournalEntry] = deque(maxlen=self.policy.journal_entries)
        self._retry_asked = False
        self._shown: dict[Any, Any] = dict.fromkeys(attributes.KEYS)

    # ---- the journey ----------------------------------------------------------------------------

    @workflow.run
    async def run(self, start: Start) -> Result:
        """Wait for the person, do the work, end."""
        self.policy = start.policy or self.policy
        self._remember_attributes_of_start()
        measures.count(measures.STARTED)
        clock = asyncio.create_task(self._keep_time())
        while not isinstance(move := self._next(), End):
            self._show(move)
            if isinstance(move, Do):
                await self._perform(move)
            else:
                await self._until(lambda move=move: self._next() != move, clock)
        self._show(move)
        branch = desk.attributes(self.facts, self.policy).branch
        measures.count(measures.ENDED, outcome=move.outcome, branch=branch)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return Result(outcome=move.outcome)

    def _next(self) -> Move:
        return next_move(self.facts, self.policy)

    def _become(self, facts: Facts) -> None:
        """The one place where facts change."""
        self.facts = results.settle(facts, self.policy, workflow.now())
        workflow.set_current_details(Public(card(self.facts, self.policy)))

    async def _until(self, condition: Any, clock: "asyncio.Task[None]") -> None:
        await workflow.wait_condition(lambda: condition() or clock.done())
        if clock.done():
            clock.result()  # A mistake in the time-keeping must show, not sleep.

    # ---- work -----------------------------------------------------------------------------------

    async def _perform(self, move: Do) -> None:
        """Do the work unless something makes it pointless meanwhile; then drop it."""
        work = move.work
        self._retry_asked = False
        if results.is_ours(work):
            assert isinstance(work, Effect)
            if await self._outcome_of(effects.start_local(work), move):
                return
            self._become(results.database_is_slow(self.facts))
            self._show(move)
        handle = effects.start_ordinary(work, self.facts, self.policy)
        if not await self._outcome_of(handle, move):
            self._gave_up(move)

    async def _outcome_of(self, handle: "workflow.ActivityHandle[Any]", move: Do) -> bool:
        """Wait for the work; True when it is settled: answered, dropped or asked again at once."""
        await workflow.wait_condition(
            lambda: handle.done() or self._retry_asked or not self._still_wanted(move.work)
        )
        if not handle.done():
            handle.cancel()
            with contextlib.suppress(FailureError, asyncio.CancelledError):
                await handle
            return True
        try:
            answer: Effect = await handle
        except FailureError:  # A local activity's error comes bare, an ordinary one's in an ActivityError.
            return False
        if isinstance(answer, AccountAnswer) and answer.status == "unproved":
            self._note("activity", "choose_password", "unproved")
        self._become(results.apply(self.facts, self.policy, move.work, answer, workflow.now()))
        return True

    def _still_wanted(self, work: Work) -> bool:
        move = self._next()
        return isinstance(move, Do) and move.work == work

    def _gave_up(self, move: Do) -> None:
        """Work that failed for good: INSEE's quick try, or a mail that no relay will ever take."""
        work, now = move.work, workflow.now()
        if isinstance(work, AskInsee) and not work.patient:
            self._become(results.insee_is_slow(self.facts, now))
            return
        self._note("activity", desk.summary_of(work), "échec définitif")
        if isinstance(work, SendMail):
            self._become(results.mail_failed(self.facts, work.mail))
        else:
            # Not a Failure: the task is retried, and the registration waits for a corrected worker.
            raise RuntimeError("work in our own database failed for good")

    # ---- time -----------------------------------------------------------------------------------

    async def _keep_time(self) -> None:
        """Call `tick` when something is due. One timer, re-armed only for something earlier."""
        while True:
            due = next_due(self.facts, self.policy)
            if due is None:
                await workflow.wait_condition(lambda: next_due(self.facts, self.policy) is not None)
                continue
            left = due - workflow.now()
            if left > timedelta(0):
                with contextlib.suppress(TimeoutError):
                    await workflow.wait_condition(
                        lambda due=due: self._earlier_than(due),  # type: ignore[misc]
                        timeout=left,
                        timeout_summary=Public("Prochain contrôle des échéances"),
                    )
                continue
            self._become(tick(self.facts, self.policy, workflow.now()))
            self._show(self._next())

    def _earlier_than(self, due: Any) -> bool:
        now_due = next_due(self.facts, self.policy)
        return now_due is not None and now_due < due

    # ---- messages -------------------------------------------------------------------------------

    def check(self, message: Message) -> None:
        """Refuse before anything is written; must change nothing."""
        if self._seen_before(message):
            return
        self._accept(message)

    async def answer(self, message: Message) -> View:
        """Apply the message and answer with the next screen."""
        self._count(message.NAME)
        if not self._seen_before(message):
            try:
                facts = self._accept(message)
            except ApplicationError as refusal:
                measures.count(measures.MESSAGES, message=message.NAME, result="refused")
                self._note("update", message.NAME, refusal.message)
                raise
            self._take(message, facts)
        await workflow.wait_condition(self._answerable)
        return screen.view(self.facts, self.policy)

    def receive(self, name: str, model: type[Message], raw: RawValue) -> None:
        """Apply a signal, or journal why not."""
        self._count(name)
        try:
            message = workflow.payload_converter().from_payload(raw.payload, model)
            if self._seen_before(message):
                return
            facts = self._accept(message)
        except ApplicationError as refusal:
            measures.count(measures.MESSAGES, message=name, result="refused")
            self._note("signal", name, refusal.message)
            return
        self._take(message, facts)

    @workflow.signal(dynamic=True)
    def unknown_signal(self, name: str, args: Sequence[RawValue]) -> None:
        """Journal a signal that nobody knows."""
        self._count("unknown")
        measures.count(measures.MESSAGES, message="unknown", result="refused")
        self._note("signal", "inconnu", TEXTS["malformed"])

    @workflow.update(dynamic=True)
    async def unknown_update(self, name: str, args: Sequence[RawValue]) -> None:
        """Refuse an update that nobody knows: the SDK's own refusal writes its name into the worker's log."""
        self.refuse_unknown(name, args)

    @unknown_update.validator
    def refuse_unknown(self, name: str, args: Sequence[RawValue]) -> None:
        """Refused before it leaves a trace."""
        raise ApplicationError(TEXTS["malformed"], type="Malformed", non_retryable=True)

    def note_bad_signal(self, name: str, what: str, kind: str) -> None:
        """Called by the guards for a signal whose handling failed; `name` is one of ours, or « inconnu »."""
        measures.count(measures.MESSAGES, message=name, result="failed")
        self._note("signal", name, f"{what} ({kind})")

    def _accept(self, message: Message) -> Facts:
        try:
            return rules.accept(self.facts, self.policy, message, workflow.now())
        except Refused as refusal:
            raise refusal_of(refusal) from None

    def _take(self, message: Message, facts: Facts) -> None:
        self._accepted += 1
        measures.count(measures.MESSAGES, message=message.NAME, result="accepted")
        if isinstance(message, PersonMessage) and message.submission:
            self._seen.add(f"{message.NAME} {message.submission}")
        if isinstance(message, messages.OperatorMessage):
            self._note("operator", message.NAME, "fait", by=message.by, why=message.reason)
        if isinstance(message, messages.OperatorRetry):
            self._retry_asked = True
        self._become(facts)
        if isinstance(message, messages.OperatorExtend):
            # The journey does not move by it, and lists show the deadline.
            self._show(self._next())

    def _seen_before(self, message: Message) -> bool:
        """The same form submission, by whichever door, counts once."""
        return isinstance(message, PersonMessage) and f"{message.NAME} {message.submission}" in self._seen

    def _answerable(self) -> bool:
        """The next screen is known: nothing quick is under way any more."""
        move = awaited(self.facts, self.policy)
        if isinstance(move, Do):
            return isinstance(move.work, AskInsee) and move.work.patient
        return True

    def _count(self, name: str) -> None:
        self._received += 1
        too_many = (
            self._received > self.policy.messages_in_all or self._accepted >= self.policy.messages_accepted
        )
        if too_many and self.facts.closing is None and not self.facts.created and self.facts.chosen is None:
            self._note("limit", name, TEXTS["too_many_messages"])
            self._become(self.facts.with_(closing=Outcome.ABANDONED, outgoing=()))

    # ---- what others see ------------------------------------------------------------------------

    @workflow.query(description="Ce que l'écran de la personne montre maintenant")
    def view(self) -> View:
        """What a frontend shows now."""
        return screen.view(self.facts, self.policy)

    @workflow.query(description="Messages refusés et actes des opérateurs")
    def journal(self) -> Journal:
        """What an operator wants to know."""
        return Journal(accepted=self._accepted, received=self._received, entries=list(self._journal))

    def _note(self, door: str, name: str, what: str, by: str = "", why: str = "") -> None:
        at = workflow.now().isoformat(timespec="seconds")
        self._journal.append(JournalEntry(at=at, door=door, name=name, what=what, by=by, why=why))

    def _remember_attributes_of_start(self) -> None:
        given = workflow.info().typed_search_attributes
        self._shown = {key: given.get(key) for key in attributes.KEYS}

    def _show(self, move: Move) -> None:
        """Tell lists of registrations, only where the journey may rest, so that one event a step serves."""
        if isinstance(move, Do) and not self._may_last(move.work):
            return
        told = desk.attributes(self.facts, self.policy)
        if told.step not in self._reached:
            self._reached.add(told.step)
            measures.count(measures.STEPS, step=told.step)
        wanted = attributes.values(told)
        changed = attributes.changes(self._shown, wanted)
        if changed:
            workflow.upsert_search_attributes(changed)
            self._shown = wanted

    def _may_last(self, work: Work) -> bool:
        """Work that may be held up for hours. What lists show does not change by a mail that leaves."""
        if isinstance(work, AskInsee):
            return work.patient
        return isinstance(work, SendMail) or self.facts.database_slow

    # ---- the doors ------------------------------------------------------------------------------

    identify, identify_signal = doors(messages.Identify, "Donner l'identité")
    choose_themes, choose_themes_signal = doors(messages.ChooseThemes, "Choisir les thématiques")
    claim_establishment, claim_establishment_signal = doors(
        messages.ClaimEstablishment, "Indiquer l'établissement"
    )
    give_member_number, give_member_number_signal = doors(messages.GiveMemberNumber, "Donner le numéro")
    no_member_number, no_member_number_signal = doors(messages.NoMemberNumber, "Je n'ai pas ce numéro")
    give_idcc, give_idcc_signal = doors(messages.GiveIdcc, "Donner l'IDCC")
    go_back, go_back_signal = doors(messages.GoBack, "Précédent")
    correct_email, correct_email_signal = doors(messages.CorrectEmail, "Corriger l'adresse e-mail")
    resend_link, resend_link_signal = doors(messages.ResendLink, "Redemander le mail")
    abandon, abandon_signal = doors(messages.Abandon, "Annuler")
    disown, disown_signal = doors(messages.Disown, "Ce n'est pas moi")
    open_link, open_link_signal = doors(messages.OpenLink, "Lien ouvert (indice, ne prouve rien)")
    choose_password, choose_password_signal = doors(
        messages.ChoosePassword, "Mot de passe choisi (ne prouve rien)"
    )
    report_bounce, report_bounce_signal = doors(messages.ReportBounce, "Mail revenu en erreur")
    operator_resend, operator_resend_signal = doors(
        messages.OperatorResend, "Opérateur : renvoyer le lien à la personne"
    )
    operator_extend, operator_extend_signal = doors(
        messages.OperatorExtend, "Opérateur : repousser l'échéance (days : jours ajoutés)"
    )
    operator_retry, operator_retry_signal = doors(
        messages.OperatorRetry, "Opérateur : essayer tout de suite ce qui est en attente"
    )
    operator_approve, operator_approve_signal = doors(
        messages.OperatorApprove, "Opérateur : accepter la demande en examen"
    )
    operator_refuse, operator_refuse_signal = doors(
        messages.OperatorRefuse, "Opérateur : refuser la demande en examen (reason est envoyé à la personne)"
    )
    operator_cancel, operator_cancel_signal = doors(
        messages.OperatorCancel, "Opérateur : arrêter cette inscription"
    )


def refusal_of(refusal: Refused) -> ApplicationError:
    """A refusal as callers receive it: fixed French words, and the problems as details."""
    words = " ".join(problem.detail for problem in refusal.problems)
    return ApplicationError(
        words,
        [problem.model_dump() for problem in refusal.problems],
        type="Refused",
        non_retryable=True,
        category=ApplicationErrorCategory.BENIGN,
    )
