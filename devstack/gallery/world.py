"""Registrations without an engine: the product's own rules and views, with a played world below them.

So what pages are shown here is what the real workflow shows. Switches make the world fail: `down` (nothing
answers), `broken` (a mistake of ours), `busy` (no worker takes the work up), `insee_down`, `insee_late`,
`mail`, `contacts_gone`; `now` is the clock.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from starlette.exceptions import HTTPException

from domain import results, rules, screen
from domain.deadlines import tick
from domain.effects import (
    AccountAnswer,
    AccountOrder,
    BlockOrder,
    BlockReceipt,
    ContactAnswer,
    ContactQuestion,
    Effect,
    EstablishmentAnswer,
    EstablishmentQuestion,
    InseeAnswer,
    MailReceipt,
    NumberAnswer,
    NumberQuestion,
)
from domain.facts import Facts
from domain.journey import Ask, AskInsee, Do, SendMail, Work, awaited, next_move
from domain.messages import (
    Identify,
    Kind,
    Message,
    OperatorRefuse,
    PersonMessage,
)
from domain.order import shown
from domain.people import email_key
from domain.policy import Policy
from domain.problems import Refused as RuleRefused
from domain.view import View
from starter.registrations import Ended, Refused, Unavailable, UnknownRegistration

KNOWN = "claire.dupont@masociete.com"
HAS_ACCOUNT = "deja@masociete.com"
MEMBER_SIRET = "00000001800010"
NO_NUMBER_SIRET = "00000005900014"
INSEE_SIRET = "00000010900017"
CLOSED_SIRET = "00000018200014"
NOT_PUBLIC_SIRET = "00000022400014"
UNKNOWN_SIRET = "00000023200017"
SUGGESTED_SIRET = "00000012500013"
NAMELESS_SIRET = "00000013300017"
ORGANISATION_SIRET = "00000004200010"
NUMBER = "123456 001"
PASSWORD = "Tilleul-7-cascade"


@dataclass
class FakeRegistrations:
    """The facade, by the registration's own rules."""

    policy: Policy = field(default_factory=Policy)
    facts: dict[UUID, Facts] = field(default_factory=dict)
    answered: set[tuple[UUID, str, str]] = field(default_factory=set)
    received: list[PersonMessage] = field(default_factory=list)
    offset: timedelta = timedelta()
    down: bool = False
    broken: bool = False
    busy: bool = False
    insee_down: bool = False
    insee_late: bool = False
    mail: Literal["sent", "suppressed", "refused"] = "sent"
    contacts_gone: bool = False

    @property
    def now(self) -> datetime:
        """The clock of this world."""
        return datetime.now(UTC) + self.offset

    async def start(self, registration: UUID, message: Identify) -> View:
        """Start, or attach to what was started."""
        self._reach()
        fresh = Facts(registration=str(registration), started_at=self.now, since=self.now)
        if registration not in self.facts:
            try:
                rules.accept(fresh, self.policy, message, self.now)
            except RuleRefused as refusal:
                raise Refused(refusal.problems) from None
            self.facts[registration] = fresh
        return await self.send(registration, message)

    async def send(self, registration: UUID, message: PersonMessage, behind: int = 0) -> View:
        """Apply the message; the same submission is answered once."""
        self._reach()
        if registration not in self.facts:
            raise UnknownRegistration
        message = message.model_copy(update={"behind": behind})
        self.received.append(message)
        behind = max(behind, getattr(message, "link", 0))
        key = (registration, message.NAME, message.submission or "")
        if key not in self.answered:
            self.apply(registration, message, behind)
            if message.submission:
                self.answered.add(key)
        return shown(screen.view(self.facts[registration], self.policy), behind)

    async def view(self, registration: UUID, behind: int = 0) -> View:
        """Where it stands, for who stands behind that link."""
        return shown(await self.whole_view(registration), behind)

    async def whole_view(self, registration: UUID) -> View:
        """Where it stands."""
        self._reach()
        if registration not in self.facts:
            raise UnknownRegistration
        facts = self.facts[registration]
        if isinstance(awaited(facts, self.policy), Do):
            facts = self._settled(facts)
            self.facts[registration] = facts
        return screen.view(facts, self.policy)

    def apply(self, registration: UUID, message: Message, behind: int = 0) -> None:
        """What the workflow does with a message, an operator's too."""
        facts = self.facts[registration]
        try:
            changed = rules.accept(facts, self.policy, message, self.now)
        except RuleRefused as refusal:
            view = shown(screen.view(facts, self.policy), behind)
            if view.outcome is not None:
                raise Ended(view.outcome) from None
            raise Refused(refusal.problems, view) from None
        self.facts[registration] = self._settled(changed)

    def pass_time(self, registration: UUID, **time: float) -> None:
        """Let time pass, and do what it does."""
        self.offset += timedelta(**time)
        self.facts[registration] = self._settled(tick(self.facts[registration], self.policy, self.now))

    def refuse(self, registration: UUID) -> None:
        """An operator refuses the request."""
        self.apply(registration, OperatorRefuse(by="Test", reason="Pas de lien avec l'établissement"))

    def _reach(self) -> None:
        if self.broken:
            raise HTTPException(500)  # The page of a mistake, without its traceback in the log.
        if self.down:
            raise Unavailable("test")

    def _settled(self, facts: Facts) -> Facts:
        facts = results.settle(facts, self.policy, self.now)
        while isinstance(move := next_move(facts, self.policy), Do) and not self.busy:
            if isinstance(move.work, AskInsee) and self.insee_down:
                return results.insee_is_slow(facts, self.now)
            if isinstance(move.work, AskInsee) and self.insee_late:
                return facts
            answer = self._answer(move.work)
            facts = results.settle(
                results.apply(facts, self.policy, move.work, answer, self.now), self.policy, self.now
            )
        return facts

    def _answer(self, work: Work) -> Effect:
        match work:
            case ContactQuestion(email=email):
                kind: Any = {KNOWN: "contact", HAS_ACCOUNT: "account"}.get(email_key(email), "none")
                return ContactAnswer(about=email, kind=kind, address=email, email_hash="0" * 32)
            case EstablishmentQuestion():
                return EstablishmentAnswer(about=work, status=self._recognised(work))
            case NumberQuestion():
                return NumberAnswer(about=work, verdict="right" if work.number == NUMBER else "wrong")
            case AskInsee(question=question):
                return _insee(question.siret)
            case SendMail():
                retry = self.now + timedelta(hours=1) if self.mail == "suppressed" else None
                return MailReceipt(status=self.mail, retry_at=retry)
            case AccountOrder(link=link):
                return AccountAnswer(about=link, status="contact_gone" if self.contacts_gone else "created")
            case BlockOrder():
                return BlockReceipt()

    @staticmethod
    def _recognised(
        question: EstablishmentQuestion,
    ) -> Literal["recognised", "no_number", "other_kind", "unrecognised"]:
        known = {MEMBER_SIRET: Kind.MEMBER, ORGANISATION_SIRET: Kind.TRAINING_ORGANISATION}
        if kind := known.get(question.siret):
            return "recognised" if question.kind is kind else "other_kind"
        return "no_number" if question.siret == NO_NUMBER_SIRET else "unrecognised"


def _insee(siret: str) -> InseeAnswer:
    match siret:
        case _ if siret == CLOSED_SIRET:
            closed = datetime(2024, 3, 31, tzinfo=UTC).date()
            return InseeAnswer(about=siret, status="closed", closed_on=closed)
        case _ if siret == UNKNOWN_SIRET:
            return InseeAnswer(about=siret, status="unknown")
        case _ if siret == NOT_PUBLIC_SIRET:
            return InseeAnswer(about=siret, status="not_public")
    agreements = ("1486", "1979") if siret == SUGGESTED_SIRET else None
    name = None if siret == NAMELESS_SIRET else "ATELIERS DU CANAL"
    return InseeAnswer(about=siret, status="active", name=name, commune="LILLE", agreements=agreements)


def standing(registrations: FakeRegistrations, registration: UUID) -> object:
    """What is awaited of the registration."""
    move = awaited(registrations.facts[registration], registrations.policy)
    return move.step if isinstance(move, Ask) else move
