"""A whole world for scenarios: real engine, real PostgreSQL, real SMTP, INSEE's stand-in, the real worker.

One world serves the whole run; each test registers under addresses of its own. Time is skipped per
registration, and the facade's clock follows the registration that was skipped last.
"""

import asyncio
import copy
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx2
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import TimeSkipper

from devstack.mailbox import Mailbox
from domain.messages import (
    ChooseThemes,
    ClaimEstablishment,
    GiveIdcc,
    GiveMemberNumber,
    Identify,
    Kind,
    Theme,
)
from domain.people import Civility
from domain.policy import Policy
from domain.view import View
from infrastructure.accounts import Accounts
from infrastructure.database import PoolType
from infrastructure.password_changes import PasswordChanges
from infrastructure.passwords import PasswordHasher
from infrastructure.settings import Settings
from infrastructure.silence import Silence
from infrastructure.tokens import TokenMint, parse
from starter.letters import Letters
from starter.links import Links
from starter.registrations import Registrations, workflow_id
from starter.resets import Resets
from tests.waiting import eventually
from workflows.registration import Journal, Result

KNOWN = "claire.dupont@masociete.example"
RECOGNISED = "00000001800010"
RECOGNISED_NUMBER = "123456 001"
WITHOUT_NUMBER = "00000005900014"
ONLY_INSEE = "00000010900017"
CLOSED = "00000018200014"
NOT_PUBLIC = "00000022400014"
UNKNOWN_SIRET = "00000023200017"
PASSWORD = "Tilleul-7-cascade"

T = TypeVar("T")
_LINK = re.compile(r"/(lien|reprendre|pas-moi|nouveau-mot-de-passe)\?jeton=([\w.-]+)")


@dataclass(frozen=True)
class Mail:
    """A mail that arrived."""

    kind: str
    subject: str
    text: str
    message_id: str

    def token(self, path: str = "lien") -> str:
        """The token of the mail's link."""
        for found, token in _LINK.findall(self.text):
            if found == path:
                return str(token)
        raise AssertionError(f"no /{path} link in a mail of kind {self.kind}")


@dataclass
class World:
    """Everything a scenario needs."""

    client: Client
    skipper: TimeSkipper
    settings: Settings
    pool: PoolType
    mailbox: Mailbox
    sirene_url: str
    registrations: Registrations = field(init=False)
    links: Links = field(init=False)
    letters: Letters = field(init=False)
    resets: Resets = field(init=False)
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    skipped: list[timedelta] = field(default_factory=list)

    def with_policy(self, policy: Policy | None = None, reminder_spread: timedelta = timedelta()) -> "World":
        """The same world, whose registrations start with another policy, their reminders spread."""
        other = copy.copy(self)
        other.open_doors(policy, reminder_spread)
        return other

    @property
    def mint(self) -> TokenMint:
        """What makes and checks tokens."""
        return TokenMint(self.settings.link_key_ring)

    def open_doors(self, policy: Policy | None = None, reminder_spread: timedelta = timedelta()) -> None:
        """What a web process has, by the clock of this world."""
        key, accounts, changes = self.settings.email_hash_key, self.accounts(), PasswordChanges(self.pool)
        hasher = PasswordHasher(self.settings)
        self.registrations = Registrations(
            self.skipper.client,
            key,
            policy=policy,
            reminder_spread=reminder_spread,
            clock=lambda: self.now(),
        )
        self.links = Links(self.registrations, accounts, hasher, self.mint, Silence(self.pool, key))
        self.letters = Letters(self.pool, clock=lambda: self.now())
        self.resets = Resets(accounts, changes, hasher, self.mint)

    def address(self) -> str:
        """An address nobody knows."""
        return f"personne-{uuid4().hex[:12]}@exemple.example"

    async def contact(self, *sirets: str) -> str:
        """A fresh contact of AKTO's for these establishments, its address in capitals as AKTO has it."""
        address = f"Contact-{uuid4().hex[:12]}@Exemple.example"
        await self.pool.execute(
            "INSERT INTO contacts (email_key, email) VALUES ($1, $2)", address.lower(), address
        )
        await self.pool.execute(
            "INSERT INTO contact_establishments SELECT $1, siret, kind FROM establishments"
            " WHERE siret = ANY($2::text[])",
            address.lower(),
            list(sirets),
        )
        return address

    async def asked_letters_answered(self) -> None:
        """Wait until the worker has answered every request for a letter."""

        async def answered() -> bool:
            return not await self.pool.fetchval("SELECT count(*) FROM letter_requests")

        await eventually(answered)

    async def kinds(self, address: str) -> list[str]:
        """The mails of one's own registration; that of a colleague's, from another test, is not counted."""
        return [mail.kind for mail in await self.mails(address) if mail.kind != "newcomer"]

    def handle(self, registration: UUID) -> WorkflowHandle[Any, Any]:
        """The workflow of a registration."""
        return self.client.get_workflow_handle(workflow_id(registration), result_type=Result)

    async def identify(self, email: str, registration: UUID | None = None) -> tuple[UUID, View]:
        """Fill in the first form."""
        registration = registration or uuid4()
        message = Identify(
            civility=Civility.MADAME,
            last_name="DUPONT",
            first_name="CLAIRE",
            email=email,
            submission=uuid4().hex,
        )
        return registration, await self.registrations.start(registration, message)

    async def to_establishment(self, email: str) -> UUID:
        """An unknown person, up to the establishment form."""
        registration, view = await self.identify(email)
        assert view.step == "themes", view
        themes = (Theme.CASES, Theme.PAYMENTS)
        view = await self.registrations.send(registration, ChooseThemes(themes=themes))
        assert view.step == "establishment", view
        return registration

    async def claim(self, registration: UUID, siret: str, kind: Kind = Kind.MEMBER) -> View:
        """Give an establishment."""
        return await self.registrations.send(registration, ClaimEstablishment(kind=kind, siret=siret))

    async def by_number(self, email: str) -> UUID:
        """An unknown person with a member number, up to the thank-you page."""
        registration = await self.to_establishment(email)
        assert (await self.claim(registration, RECOGNISED)).step == "member_number"
        view = await self.registrations.send(registration, GiveMemberNumber(number=RECOGNISED_NUMBER))
        assert view.step == "email_link", view
        return registration

    async def by_idcc(self, email: str) -> UUID:
        """An unknown person whose company only INSEE knows, up to the thank-you page."""
        registration = await self.to_establishment(email)
        assert (await self.claim(registration, ONLY_INSEE)).step == "idcc"
        view = await self.registrations.send(registration, GiveIdcc(idcc="1979"))
        assert view.step == "email_link", view
        return registration

    async def mails(self, address: str) -> list[Mail]:
        """What arrived for an address, oldest first."""
        async with httpx2.AsyncClient(base_url=self.mailbox.url) as http:
            listed = (await http.get("/api/v1/messages", params={"limit": 5000})).json()["messages"]
            wanted = [one for one in listed if address.lower() in {to["Address"].lower() for to in one["To"]}]
            found = []
            for one in reversed(wanted):
                whole = (await http.get(f"/api/v1/message/{one['ID']}")).json()
                identifier = whole["MessageID"].strip("<>")
                found.append(Mail(identifier.split(".")[0], whole["Subject"], whole["Text"], identifier))
        return found

    async def mail(self, address: str, kind: str, count: int = 1) -> Mail:
        """The newest mail of a kind, once `count` of them have arrived."""

        async def arrived() -> Mail | None:
            of_kind = [mail for mail in await self.mails(address) if mail.kind == kind]
            return of_kind[-1] if len(of_kind) >= count else None

        return await eventually(arrived)

    async def finish(self, registration: UUID, address: str, password: str = PASSWORD) -> None:
        """Open the confirmation link and choose a password."""
        token = await self.link_token(registration, address)
        opened = await self.links.open(token)
        assert opened.registration == registration
        await self.links.choose_password(token, password, uuid4().hex)

    async def link_token(self, registration: UUID, address: str) -> str:
        """The token of the newest confirmation link of this registration."""

        async def arrived() -> str | None:
            tokens = [m.token() for m in await self.mails(address) if "/lien?" in m.text]
            ours = [t for t in tokens if (parsed := parse(t)) and parsed.registration == registration]
            return ours[-1] if ours else None

        return await eventually(arrived)

    async def outcome(self, registration: UUID) -> str:
        """How the workflow ended."""
        result = await asyncio.wait_for(self.handle(registration).result(), 15)
        return str(result.outcome.value)

    async def skip(self, registration: UUID, duration: timedelta) -> None:
        """Let time pass for one registration; the facade's clock follows."""
        handle = self.handle(registration)
        await asyncio.wait_for(self.skipper.fast_forward(handle, duration), 30)
        self.skipped.append(duration)
        virtual = await self.skipper.get_current_time(handle)
        ahead = virtual - datetime.now(UTC)
        self.now = lambda: datetime.now(UTC) + ahead

    async def journal(self, registration: UUID) -> Journal:
        """The operators' journal."""
        journal: Journal = await self.handle(registration).query("journal", result_type=Journal)
        return journal

    async def attributes(self, registration: UUID) -> dict[str, Any]:
        """The search attributes, by name, as the engine holds them."""
        described = await self.handle(registration).describe()
        return {pair.key.name: pair.value for pair in described.typed_search_attributes}

    async def fault(self, mode: str, seconds: float = 8.0) -> None:
        """Switch a fault of INSEE's stand-in on or off."""
        async with httpx2.AsyncClient() as http:
            answer = await http.put(f"{self.sirene_url}/faults", json={"mode": mode, "seconds": seconds})
            assert answer.status_code == 200

    def accounts(self) -> Accounts:
        """The accounts, as the web process reads them."""
        return Accounts(self.pool)

    async def attachments(self, registration: UUID) -> list[tuple[str, str, bool]]:
        """SIRET, proof and whether it is confirmed, of a registration's account."""
        rows = await self.pool.fetch(
            "SELECT t.siret, t.proof, t.confirmed FROM attachments t JOIN accounts a ON a.id = t.account_id"
            " WHERE a.registration_id = $1 ORDER BY t.siret",
            registration,
        )
        return [(row["siret"], row["proof"], row["confirmed"]) for row in rows]
