"""Stand-ins for what the API talks to: they record what they were asked and answer what a test says."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.messages import Identify, PersonMessage, Step
from domain.order import shown
from domain.view import Answers, Outcome, View
from infrastructure.database import DatabaseUnavailable
from infrastructure.idempotency import KeyReused
from infrastructure.limits import Rule
from infrastructure.tokens import parse
from starter.links import OpenedLink
from starter.registrations import Ended, UnknownRegistration


@dataclass
class FakeRegistrations:
    """A facade without an engine. `error`, when set, is what every call raises."""

    views: dict[UUID, View] = field(default_factory=dict)
    sent: list[tuple[UUID, PersonMessage]] = field(default_factory=list)
    starts: list[tuple[UUID, Identify]] = field(default_factory=list)
    error: Exception | None = None

    async def start(self, registration: UUID, message: Identify) -> View:
        """Start once; an ended registration says so, as the real one does."""
        if self.error:
            raise self.error
        self.starts.append((registration, message))
        known = self.views.get(registration)
        if known is not None and known.outcome is not None:
            raise Ended(known.outcome)
        answers = Answers(
            civility=message.civility,
            last_name=message.last_name,
            first_name=message.first_name,
            email=message.email,
        )
        return self.views.setdefault(registration, View(step=Step.THEMES, answers=answers))

    async def send(self, registration: UUID, message: PersonMessage, behind: int = 0) -> View:
        """Keep the message."""
        if self.error:
            raise self.error
        self.sent.append((registration, message))
        return await self.view(registration, behind)

    async def view(self, registration: UUID, behind: int = 0) -> View:
        """What a test has put, or what was started, as who stands behind that link is shown it."""
        if self.error and not isinstance(self.error, Ended):
            raise self.error
        if registration not in self.views:
            raise UnknownRegistration
        return shown(self.views[registration], behind)

    def end(self, registration: UUID, outcome: Outcome = Outcome.REGISTERED) -> None:
        """Let it be over."""
        self.views[registration] = View(step=Step.DONE, outcome=outcome)


@dataclass
class FakeLinks:
    """Links that all lead to one address."""

    registrations: FakeRegistrations
    chosen: list[tuple[str, str, str | None]] = field(default_factory=list)
    error: Exception | None = None

    async def open(self, token: str) -> OpenedLink:
        """Any well-formed token opens."""
        if self.error:
            raise self.error
        parsed = parse(token)
        assert parsed is not None
        view = await self.registrations.view(parsed.registration, parsed.number)
        return OpenedLink(parsed.registration, parsed.number, "camille@entreprise.example", view)

    async def choose_password(self, token: str, password: str, submission: str | None = None) -> None:
        """The account is made."""
        if self.error:
            raise self.error
        self.chosen.append((token, password, submission))
        parsed = parse(token)
        assert parsed is not None
        self.registrations.end(parsed.registration)


@dataclass
class FakeLimits:
    """Counts by name and whom; full when a test says so."""

    taken: list[tuple[str, str, tuple[Rule, ...], str | None]] = field(default_factory=list)
    full: set[str] = field(default_factory=set)
    broken: bool = False

    async def take(self, name: str, whom: str, *rules: Rule, once: str | None = None) -> datetime | None:
        """Allow, refuse for 42 s, or break."""
        if self.broken:
            raise DatabaseUnavailable("PostgreSQL indisponible")
        if name in self.full:
            return datetime.now(UTC) + timedelta(seconds=42)
        self.taken.append((name, whom, rules, once))
        return None


@dataclass
class FakeKeys:
    """Idempotency keys in memory."""

    bound: dict[str, tuple[str, UUID]] = field(default_factory=dict)

    async def find(self, key: str, body: str) -> UUID | None:
        """What the key stands for."""
        if key not in self.bound:
            return None
        if self.bound[key][0] != body:
            raise KeyReused
        return self.bound[key][1]

    async def bind(self, key: str, body: str, registration: UUID) -> UUID:
        """The first one wins."""
        return self.bound.setdefault(key, (body, registration))[1]

    async def release(self, key: str, registration: UUID) -> None:
        """Forget it."""
        self.bound.pop(key, None)
