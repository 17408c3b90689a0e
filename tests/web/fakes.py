"""Registrations without an engine: the product's own rules and views, with a played world below them.

So what pages are shown here is what the real workflow shows. Switches make the world fail: `down` (nothing
answers), `insee_down`, `mail_refused`, `mail_limited`; `now` is the clock.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

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
    Proof,
)
from domain.facts import Facts
from domain.journey import Ask, AskInsee, Do, SendMail, Work, awaited, next_move
from domain.messages import (
    ChoosePassword,
    Disown,
    Identify,
    Kind,
    Message,
    OpenLink,
    OperatorRefuse,
    PersonMessage,
    Theme,
)
from domain.passwords import problems as password_problems
from domain.people import Civility, email_key
from domain.policy import Policy
from domain.problems import Refused as RuleRefused
from domain.view import Outcome, View
from infrastructure.accounts import Account, Attachment, Home
from infrastructure.limits import Rule
from infrastructure.tokens import TokenMint, parse
from starter.guard import TooMany
from starter.links import LinkRefused, OpenedLink, PasswordRefused
from starter.registrations import Ended, Refused, Unavailable, UnknownRegistration
from starter.sessions import LoginRefused

KNOWN = "claire.dupont@masociete.com"
HAS_ACCOUNT = "deja@masociete.com"
MEMBER_SIRET = "00000001800010"
NO_NUMBER_SIRET = "00000005900014"
INSEE_SIRET = "00000010900017"
CLOSED_SIRET = "00000018200014"
NOT_PUBLIC_SIRET = "00000022400014"
UNKNOWN_SIRET = "00000023200017"
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

    async def send(self, registration: UUID, message: PersonMessage) -> View:
        """Apply the message; the same submission is answered once."""
        self._reach()
        if registration not in self.facts:
            raise UnknownRegistration
        self.received.append(message)
        key = (registration, message.NAME, message.submission or "")
        if key not in self.answered:
            self.apply(registration, message)
            if message.submission:
                self.answered.add(key)
        return screen.view(self.facts[registration], self.policy)

    async def view(self, registration: UUID) -> View:
        """Where it stands."""
        self._reach()
        if registration not in self.facts:
            raise UnknownRegistration
        facts = self.facts[registration]
        if isinstance(awaited(facts, self.policy), Do):
            facts = self._settled(facts)
            self.facts[registration] = facts
        return screen.view(facts, self.policy)

    def apply(self, registration: UUID, message: Message) -> None:
        """What the workflow does with a message, an operator's too."""
        facts = self.facts[registration]
        try:
            changed = rules.accept(facts, self.policy, message, self.now)
        except RuleRefused as refusal:
            shown = screen.view(facts, self.policy)
            if shown.outcome is not None:
                raise Ended(shown.outcome) from None
            raise Refused(refusal.problems, shown) from None
        self.facts[registration] = self._settled(changed)

    def pass_time(self, registration: UUID, **time: float) -> None:
        """Let time pass, and do what it does."""
        self.offset += timedelta(**time)
        self.facts[registration] = self._settled(tick(self.facts[registration], self.policy, self.now))

    def refuse(self, registration: UUID) -> None:
        """An operator refuses the request."""
        self.apply(registration, OperatorRefuse(by="Test", reason="Pas de lien avec l'établissement"))

    def _reach(self) -> None:
        if self.down:
            raise Unavailable("test")

    def _settled(self, facts: Facts) -> Facts:
        facts = results.settle(facts, self.policy, self.now)
        while isinstance(move := next_move(facts, self.policy), Do):
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
        if question.siret == MEMBER_SIRET:
            return "recognised" if question.kind is Kind.MEMBER else "other_kind"
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
    return InseeAnswer(about=siret, status="active", name="ATELIERS DU CANAL", commune="LILLE")


@dataclass
class FakeLinks:
    """The links of mails; an account remembers its password in clear, for this is a play."""

    registrations: FakeRegistrations
    mint: TokenMint
    passwords: dict[UUID, str] = field(default_factory=dict)
    last_changed: datetime | None = None

    def token(self, registration: UUID, number: int | None = None) -> str:
        """The token that the mail of the newest link brought."""
        facts = self.registrations.facts[registration]
        return self.mint.make("link", registration, number or len(facts.links), facts.address)

    async def open(self, token: str) -> OpenedLink:
        """Follow the link."""
        self.registrations._reach()
        parsed = parse(token)
        facts = self.registrations.facts.get(parsed.registration) if parsed else None
        if parsed is None or facts is None or not self.mint.check(parsed, "link", facts.address):
            raise LinkRefused("link_invalid")
        view = await self.registrations.view(parsed.registration)
        if view.outcome is Outcome.REGISTERED:
            raise LinkRefused("link_used", parsed.registration, view.outcome)
        try:
            view = await self.registrations.send(parsed.registration, OpenLink(link=parsed.number))
        except Ended:
            raise LinkRefused("registration_ended", parsed.registration, facts.closing) from None
        except Refused as refusal:
            for code in ("link_expired", "link_replaced"):
                if code in refusal.codes:
                    raise LinkRefused(code, parsed.registration) from None
        return OpenedLink(parsed.registration, parsed.number, facts.address, view, self.last_changed)

    async def choose_password(self, token: str, password: str, submission: str | None = None) -> None:
        """Choose it; the same again is the same."""
        self.registrations._reach()
        parsed = parse(token)
        assert parsed is not None
        if parsed.registration in self.passwords:
            if self.passwords[parsed.registration] != password:
                raise LinkRefused("link_used", parsed.registration, Outcome.REGISTERED)
            return
        opened = await self.open(token)
        answers = opened.view.answers
        wrong = password_problems(password, [opened.address, answers.last_name or ""])
        if wrong:
            raise PasswordRefused(tuple(wrong))
        message = ChoosePassword(link=parsed.number, submission=submission)
        view = await self.registrations.send(parsed.registration, message)
        if view.outcome is None:
            raise PasswordRefused(())
        self.passwords[parsed.registration] = password

    async def resume(self, token: str) -> UUID:
        """Whose resume link it is."""
        parsed = parse(token)
        if parsed is None or not self.mint.check(parsed, "resume"):
            raise LinkRefused("link_invalid")
        return parsed.registration

    async def disown(self, token: str) -> None:
        """« Ce n'est pas moi »."""
        parsed = parse(token)
        if parsed is None or not self.mint.check(parsed, "disown"):
            raise LinkRefused("link_invalid")
        await self.registrations.send(parsed.registration, Disown())


@dataclass
class FakeLogin:
    """One account, one session."""

    down: bool = False
    locked_until: datetime | None = None
    open: set[str] = field(default_factory=set)
    home_shown: Home = field(default_factory=lambda: sample_home())

    async def log_in(self, email: str, password: str, client: str) -> str:
        """Log in."""
        if self.down:
            raise Unavailable("test")
        if self.locked_until is not None:
            raise TooMany("too_many_logins", self.locked_until)
        if (email, password) != (KNOWN, PASSWORD):
            raise LoginRefused
        token = uuid4().hex
        self.open.add(token)
        return token

    async def account(self, token: str) -> UUID | None:
        """Whose session it is."""
        if self.down:
            raise Unavailable("test")
        return self.home_shown.person.id if token in self.open else None

    async def log_out(self, token: str) -> None:
        """End it."""
        self.open.discard(token)

    async def home(self, account_id: UUID) -> Home:
        """What « Mon Espace » shows."""
        return self.home_shown


def sample_home() -> Home:
    """Somebody attached in each of the four ways."""
    person = Account(
        id=uuid4(),
        registration_id=uuid4(),
        email=KNOWN,
        civility=Civility.MADAME,
        last_name="DUPONT",
        first_name="CLAIRE",
        created_at=datetime(2026, 11, 2, 9, 30, tzinfo=UTC),
    )
    of = Kind.TRAINING_ORGANISATION
    return Home(
        person=person,
        attachments=(
            Attachment(MEMBER_SIRET, Kind.MEMBER, "LES JARDINS DE L'EST", Proof.CONTACT_EMAIL, True, None),
            Attachment(NO_NUMBER_SIRET, of, "FORMATION PLUS", Proof.MEMBER_NUMBER, True, None),
            Attachment(INSEE_SIRET, Kind.MEMBER, "ATELIERS DU CANAL", Proof.IDCC_DECLARED, False, "0573"),
            Attachment(NOT_PUBLIC_SIRET, Kind.MEMBER, None, Proof.OPERATOR, True, None),
        ),
        themes=(Theme.CONTRIBUTION, Theme.PAYMENTS),
        password_changed_at=datetime(2026, 11, 2, 9, 30, tzinfo=UTC),
    )


@dataclass
class FakeLimits:
    """Lets everything pass until told otherwise."""

    until: datetime | None = None
    down: bool = False
    taken: list[tuple[str, str, str | None]] = field(default_factory=list)

    async def take(self, name: str, whom: str, *rules: Rule, once: str | None = None) -> datetime | None:
        """Count, or say until when not."""
        if self.down:
            raise Unavailable("test")
        self.taken.append((name, whom, once))
        return self.until


def standing(registrations: FakeRegistrations, registration: UUID) -> object:
    """What is awaited of the registration."""
    move = awaited(registrations.facts[registration], registrations.policy)
    return move.step if isinstance(move, Ask) else move
