"""What else pages work with, played: links of mails, login, letters, forgotten passwords, limits."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

from devstack.gallery.world import (
    INSEE_SIRET,
    KNOWN,
    MEMBER_SIRET,
    NO_NUMBER_SIRET,
    NOT_PUBLIC_SIRET,
    PASSWORD,
    FakeRegistrations,
)
from domain.effects import Proof
from domain.messages import ChoosePassword, Disown, Kind, OpenLink, Theme
from domain.passwords import problems as password_problems
from domain.people import Civility
from domain.view import Outcome
from infrastructure.accounts import Account, Attachment, Home
from infrastructure.limits import Rule
from infrastructure.tokens import TokenMint, parse
from starter.guard import TooMany
from starter.holder import Holder, read_holder
from starter.links import LinkRefused, OpenedLink, PasswordRefused
from starter.registrations import Ended, Refused, Unavailable
from starter.resets import OpenedReset
from starter.sessions import LoginRefused


@dataclass
class FakeLinks:
    """The links of mails; an account remembers its password in clear, for this is a play."""

    registrations: FakeRegistrations
    mint: TokenMint
    passwords: dict[UUID, str] = field(default_factory=dict)
    #: The address each link was mailed to: one that was corrected since is known by it.
    mailed: dict[tuple[UUID, int], str] = field(default_factory=dict)
    last_changed: datetime | None = None

    def token(self, registration: UUID, number: int | None = None) -> str:
        """The token that the mail of the newest link brought."""
        facts = self.registrations.facts[registration]
        number = number or len(facts.links)
        address = self.mailed.setdefault((registration, number), facts.address)
        return self.mint.make("link", registration, number, address)

    async def open(self, token: str) -> OpenedLink:
        """Follow the link."""
        self.registrations._reach()
        parsed = parse(token)
        facts = self.registrations.facts.get(parsed.registration) if parsed else None
        if parsed is None or facts is None:
            raise LinkRefused("link_invalid")
        address = self.mailed.get((parsed.registration, parsed.number), "")
        session = bool(parsed.number) and self.mint.check(parsed, "resume")
        if not session and not self.mint.check(parsed, "link", address):
            raise LinkRefused("link_invalid")
        behind = parsed.number if session else 0
        view = await self.registrations.view(parsed.registration, parsed.number)
        if view.outcome is Outcome.REGISTERED:
            raise LinkRefused("link_used", parsed.registration, view.outcome)
        try:
            view = await self.registrations.send(parsed.registration, OpenLink(link=parsed.number), behind)
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
        behind = parsed.number if self.mint.check(parsed, "resume") else 0
        view = await self.registrations.send(parsed.registration, message, behind)
        if view.outcome is None:
            raise PasswordRefused(())
        self.passwords[parsed.registration] = password

    async def resume(self, token: str) -> Holder:
        """Whose resume link it is."""
        holder = read_holder(self.mint, token)
        if holder is None:
            raise LinkRefused("link_invalid")
        return holder

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
    consents_down: bool = False
    sessions: set[str] = field(default_factory=set)
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
        self.sessions.add(token)
        return token

    async def prove(self, account_id: UUID, password: str, client: str) -> None:
        """Give the present password."""
        if self.down:
            raise Unavailable("test")
        if self.locked_until is not None:
            raise TooMany("too_many_logins", self.locked_until)
        if password != PASSWORD:
            raise LoginRefused

    async def open(self, account_id: UUID) -> str:
        """A fresh session; all others have ended."""
        token = uuid4().hex
        self.sessions = {token}
        return token

    async def choose_themes(self, account_id: UUID, themes: Collection[Theme]) -> None:
        """Consent to these."""
        if self.consents_down:
            raise Unavailable("test")
        self.home_shown = replace(self.home_shown, themes=tuple(t for t in Theme if t in themes))

    async def account(self, token: str) -> UUID | None:
        """Whose session it is."""
        if self.down:
            raise Unavailable("test")
        return self.home_shown.person.id if token in self.sessions else None

    async def log_out(self, token: str) -> None:
        """End it."""
        self.sessions.discard(token)

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
class FakeLetters:
    """Notes what was asked for."""

    down: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def resume(self, address: str) -> None:
        """Ask for the mail that resumes."""
        self._ask("resume", address)

    async def forgotten(self, address: str) -> None:
        """Ask for the mail of a forgotten password."""
        self._ask("forgotten", address)

    def _ask(self, what: str, address: str) -> None:
        if self.down:
            raise Unavailable("test")
        self.asked.append((what, address))


@dataclass
class FakeResets:
    """One account, one link of « Mot de passe oublié »."""

    mint: TokenMint
    account: Account = field(default_factory=lambda: sample_home().person)
    used: bool = False
    down: bool = False
    chosen: list[str] = field(default_factory=list)

    def token(self) -> str:
        """The token that the mail brought."""
        return self.mint.make("reset", self.account.id, 1, self.account.email)

    async def open(self, token: str) -> OpenedReset:
        """Follow the link."""
        parsed = parse(token)
        if parsed is None or not self.mint.check(parsed, "reset", self.account.email):
            raise LinkRefused("link_invalid")
        if self.used:
            raise LinkRefused("link_expired")
        return OpenedReset(self.account.email, datetime(2022, 6, 21, 14, 33, tzinfo=UTC))

    async def choose(self, token: str, password: str) -> None:
        """Choose another password behind it."""
        await self.open(token)
        await self.change(self.account.id, password)
        self.used = True

    async def change(self, account_id: UUID, password: str) -> None:
        """Choose another password, logged in."""
        if self.down:
            raise Unavailable("test")
        context = [self.account.email, self.account.last_name, self.account.first_name]
        if wrong := password_problems(password, context):
            raise PasswordRefused(tuple(wrong))
        self.chosen.append(password)


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
