"""Registrations in every state an operator meets, on a running copy of the stack.

    python -m devstack populate --count 500

Most stand where people usually do; some are in review, bounced, paused, expired, finished. Those that wait
for INSEE do so because the stand-in is told to be down for one establishment: that fault stays switched on.
All addresses are invented. Nothing here is for production: it uses the copy's own keys.
"""

import argparse
import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

import httpx2
from temporalio.api.workflowservice.v1 import PauseWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from devstack import environment
from devstack.companies import COMPANIES, Case
from devstack.config import StackConfig
from devstack.demo_data import WITHOUT_NUMBER, number_of
from domain.messages import (
    Abandon,
    ChooseThemes,
    ClaimEstablishment,
    GiveIdcc,
    GiveMemberNumber,
    Identify,
    Kind,
    NoMemberNumber,
    OperatorRefuse,
    PersonMessage,
    ReportBounce,
    Theme,
)
from domain.people import Civility
from domain.view import View
from infrastructure.accounts import Accounts
from infrastructure.database import PoolType
from infrastructure.database import connect as connect_database
from infrastructure.passwords import PasswordHasher
from infrastructure.settings import Settings, load_settings
from infrastructure.silence import Silence
from infrastructure.temporal import connect as connect_temporal
from infrastructure.tokens import TokenMint
from starter.links import Links
from starter.registrations import RegistrationError, Registrations, Unavailable, workflow_id

AT_ONCE = 8
PATIENCE = 60.0
PASSWORD = "Tilleul-7-cascade"  # noqa: S105 - of invented people
T = TypeVar("T")
LINK = "SELECT email FROM links WHERE registration_id = $1 AND number = 1"

_RECOGNISED = next(c for c in COMPANIES if c.akto and c.kind == "member" and number_of(c))
_ACTIVE = [c for c in COMPANIES if not c.akto and c.case is Case.ACTIVE and c.kind == "member"]
_INSEE_ONLY, UNREACHABLE = _ACTIVE[0], _ACTIVE[5]
_NOT_PUBLIC = next(c for c in COMPANIES if c.case is Case.NOT_PUBLIC)


@dataclass
class Crowd:
    """Invented people at a running copy."""

    client: Client
    settings: Settings
    pool: PoolType
    sirene: str

    def __post_init__(self) -> None:
        key = self.settings.email_hash_key
        self._skipper = TimeSkipper(self.client, config=TimeSkippingConfig(enabled=False))
        self._facade = Registrations(self._skipper.client, key)
        self._mint = TokenMint(self.settings.link_key_ring)
        accounts = Accounts(self.pool)
        self._links = Links(
            self._facade, accounts, PasswordHasher(self.settings), self._mint, Silence(self.pool, key)
        )

    async def insee(self, *unreachable: str) -> None:
        """Let INSEE answer for all but these SIRETs."""
        fault = {"mode": "down" if unreachable else "none", "sirets": list(unreachable)}
        async with httpx2.AsyncClient(trust_env=False, timeout=10) as http:
            (await http.put(f"{self.sirene}/faults", json=fault)).raise_for_status()

    # ---- steps ----------------------------------------------------------------------------------

    async def themes(self) -> UUID:
        """Somebody unknown who gave their identity."""
        registration = uuid4()
        form = Identify(
            civility=Civility.MADAME,
            last_name="DUPONT",
            first_name="CLAIRE",
            email=f"personne-{registration.hex[:12]}@exemple.example",
            submission=uuid4().hex,
        )
        await _patiently(lambda: self._facade.start(registration, form))
        return registration

    async def establishment(self) -> UUID:
        """… who chose themes."""
        registration = await self.themes()
        await self._send(registration, ChooseThemes(themes=(Theme.CASES,)))
        return registration

    async def number(self) -> UUID:
        """… whose establishment is recognised."""
        return await self._claim(_RECOGNISED.siret)

    async def no_number(self) -> UUID:
        """… who has not got the number."""
        registration = await self.number()
        await self._send(registration, NoMemberNumber())
        return registration

    async def idcc(self) -> UUID:
        """… whose establishment only INSEE knows."""
        return await self._claim(_INSEE_ONLY.siret)

    async def insee_down(self) -> UUID:
        """… whose establishment INSEE does not answer for."""
        registration = await self.establishment()
        await self._send(registration, ClaimEstablishment(kind=Kind.MEMBER, siret=UNREACHABLE.siret))
        return registration

    async def review_no_number(self) -> UUID:
        """In review: AKTO has no number on file."""
        return await self._claim(WITHOUT_NUMBER)

    async def review_not_public(self) -> UUID:
        """In review: INSEE does not publish it."""
        return await self._claim(_NOT_PUBLIC.siret)

    async def link(self) -> UUID:
        """The mail has left."""
        registration = await self.number()
        await self._send(registration, GiveMemberNumber(number=number_of(_RECOGNISED) or ""))
        return registration

    async def link_by_idcc(self) -> UUID:
        """The mail has left, after the IDCC."""
        registration = await self.idcc()
        await self._send(registration, GiveIdcc(idcc="1979"))
        return registration

    async def bounced(self) -> UUID:
        """The mail came back: as no relay does, before the registration may know that it has left."""
        registration = await self.link()
        handle = self.client.get_workflow_handle(workflow_id(registration))
        async with asyncio.timeout(PATIENCE):
            while not (await self._facade.view(registration)).errors:
                await handle.execute_update(ReportBounce.NAME, ReportBounce())
                await asyncio.sleep(0.5)
        return registration

    async def password(self) -> UUID:
        """The link is open, no password yet."""
        registration = await self.link()
        await self._links.open(await self._token(registration))
        return registration

    async def registered(self) -> UUID:
        """An account, attached by its number."""
        return await self._finish(await self.link())

    async def to_confirm(self) -> UUID:
        """An account, its attachment « à confirmer »."""
        return await self._finish(await self.link_by_idcc())

    async def abandoned(self) -> UUID:
        """Given up by the person."""
        registration = await self.themes()
        await self._send(registration, Abandon())
        return registration

    async def refused(self) -> UUID:
        """Refused once: the person may correct."""
        registration = await self.review_no_number()
        message = OperatorRefuse(by="populate", reason="Aucun lien avec cet établissement.")
        await self.client.get_workflow_handle(workflow_id(registration)).execute_update(message.NAME, message)
        return registration

    async def paused(self) -> UUID:
        """Paused in Temporal, where the server can: what breaks the SDK's lists."""
        registration = await self.themes()
        request = PauseWorkflowExecutionRequest(
            namespace=self.client.namespace,
            workflow_id=workflow_id(registration),
            identity="populate",
            reason="essai",
            request_id=uuid4().hex,
        )
        try:
            await self.client.workflow_service.pause_workflow_execution(request)
        except RPCError as error:
            print(f"not paused, this server cannot: {error.message}", file=sys.stderr)
        return registration

    async def expired(self) -> UUID:
        """Left alone for eight days; where the server cannot skip time it just waits."""
        registration = await self.themes()
        handle = self._skipper.client.get_workflow_handle(workflow_id(registration))
        try:
            await asyncio.wait_for(self._skipper.fast_forward(handle, timedelta(days=8)), PATIENCE)
        except RPCError as error:
            print(f"not expired, this server cannot skip time: {error.message}", file=sys.stderr)
        return registration

    # ---- how ------------------------------------------------------------------------------------

    async def _claim(self, siret: str) -> UUID:
        registration = await self.establishment()
        view = await self._send(registration, ClaimEstablishment(kind=Kind.MEMBER, siret=siret))
        async with asyncio.timeout(PATIENCE):
            while view.busy:  # on a slow machine INSEE's answer comes after the screen's
                await asyncio.sleep(0.5)
                view = await _patiently(lambda: self._facade.view(registration))
        return registration

    async def _send(self, registration: UUID, message: PersonMessage) -> View:
        once = message.model_copy(update={"submission": uuid4().hex})
        return await _patiently(lambda: self._facade.send(registration, once))

    async def _finish(self, registration: UUID) -> UUID:
        token = await self._token(registration)
        await self._links.open(token)
        await _patiently(lambda: self._links.choose_password(token, PASSWORD, uuid4().hex))
        return registration

    async def _token(self, registration: UUID) -> str:
        """The token of the first link, once its mail is decided."""
        async with asyncio.timeout(PATIENCE):
            while True:
                address = await self.pool.fetchval(LINK, registration)
                if address is not None:
                    return self._mint.make("link", registration, 1, address)
                await asyncio.sleep(0.1)


#: Each state, and how many of a hundred registrations are in it.
STATES: dict[Callable[[Crowd], Awaitable[UUID]], int] = {
    Crowd.themes: 10,
    Crowd.establishment: 9,
    Crowd.number: 9,
    Crowd.no_number: 4,
    Crowd.idcc: 8,
    Crowd.link: 12,
    Crowd.link_by_idcc: 6,
    Crowd.password: 5,
    Crowd.bounced: 4,
    Crowd.review_no_number: 6,
    Crowd.review_not_public: 3,
    Crowd.refused: 2,
    Crowd.registered: 5,
    Crowd.to_confirm: 5,
    Crowd.abandoned: 4,
    Crowd.paused: 2,
    Crowd.expired: 1,
    # Last: their tries spend the quota of calls, and the others' establishments must be known by then.
    Crowd.insee_down: 5,
}


async def populate(crowd: Crowd, count: int) -> Counter[str]:
    """Make that many registrations, each state at least once; returns how many of each."""
    await crowd.insee(UNREACHABLE.siret)
    wanted = [state for state, share in STATES.items() for _ in range(max(1, round(share * count / 100)))]
    wanted = (wanted + [Crowd.themes] * count)[: max(count, len(STATES))]
    room = asyncio.Semaphore(AT_ONCE)

    async def one(state: Callable[[Crowd], Awaitable[UUID]]) -> str:
        async with room:
            await state(crowd)
        return state.__name__

    return Counter(await asyncio.gather(*map(one, wanted)))


async def _patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """The same again when nothing was lost but time, as a person's browser does."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return await ask()
        except Unavailable:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.5)


async def main(arguments: list[str]) -> int:
    """Populate the running copy of MON_ESPACE_DATA, or the one the environment names."""
    parser = argparse.ArgumentParser(prog="python -m devstack populate")
    parser.add_argument("--count", type=int, default=500)
    count = parser.parse_args(arguments).count
    if "AKTO_DATABASE_URL" not in os.environ:
        try:
            os.environ |= environment.read(StackConfig.from_environ(os.environ).data)
        except FileNotFoundError:
            print("no copy of the stack has run here: `make run` first", file=sys.stderr)
            return 2
    begun = datetime.now(UTC)
    async with AsyncExitStack() as closing:
        crowd = await crowd_of(load_settings(), closing)
        try:
            made = await populate(crowd, count)
        except (RegistrationError, httpx2.HTTPError, TimeoutError) as error:
            print(f"broken off: {type(error).__name__} {error}", file=sys.stderr)
            return 1
    for name, number in made.items():
        print(f"{number:5} {name}")
    seconds = (datetime.now(UTC) - begun).total_seconds()
    print(f"{made.total():5} registrations in {seconds:.0f} s")
    print(f"INSEE's stand-in stays down for {UNREACHABLE.siret}: its page switches that off")
    return 0


async def crowd_of(settings: Settings, closing: AsyncExitStack) -> Crowd:
    """People at the copy that these settings name; connections end with `closing`."""
    client = await connect_temporal(settings)
    pool = await connect_database(settings, application="populate")
    closing.push_async_callback(pool.close)
    return Crowd(client, settings, pool, settings.sirene_url.partition("/api-sirene")[0])
