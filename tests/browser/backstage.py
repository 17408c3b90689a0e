"""What happens behind the pages: the engine itself, to count, to skip time, to stop it and start it again."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, TypeVar
from unittest.mock import patch
from uuid import UUID, uuid4

import httpx2
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from devstack.stack import Stack
from domain.messages import Identify
from domain.people import Civility
from domain.policy import Policy
from infrastructure.settings import Settings, load_settings
from infrastructure.temporal import plugin
from infrastructure.tokens import email_hash
from starter.registrations import Registrations, Unavailable
from tests.browser.mails import Mails
from tests.browser.steps import PASSWORD
from tests.waiting import eventually
from workflows.registration import Result

#: The engine is gone (connection refused), or it holds every call without an answer.
Stop = Literal["killed", "frozen"]
T = TypeVar("T")


@dataclass(frozen=True)
class Backstage:
    """The product's own settings and a client of its engine."""

    product: Stack
    settings: Settings
    client: Client

    @classmethod
    async def of(cls, product: Stack) -> "Backstage":
        """Go behind the pages of that stack."""
        with patch.dict(os.environ, product.environ):
            settings = load_settings()
        engine = product.engine
        client = await Client.connect(engine.address, namespace=engine.namespace, plugins=[plugin(settings)])
        return cls(product, settings, client)

    @property
    def mails(self) -> Mails:
        """What arrived."""
        return Mails(str(self.product.addresses["mailbox"]))

    def handle(self, registration: str) -> WorkflowHandle[Any, Any]:
        """The workflow of that id."""
        return self.client.get_workflow_handle(registration, result_type=Result)

    async def registrations(self, email: str, count: int = 1) -> list[str]:
        """The workflow ids of all registrations of an address, once there are `count` (visibility lags)."""
        query = f'RegistrationEmailHash = "{email_hash(self.settings.email_hash_key, email)}"'

        async def listed() -> list[str] | None:
            found = [one.id async for one in self.client.list_workflows(query)]
            return found if len(found) >= count else None

        return await eventually(listed)

    async def start(self, email: str, policy: Policy | None = None) -> UUID:
        """Send the first form of a registration that goes by another policy."""
        registration = uuid4()
        form = Identify(civility=Civility.MADAME, last_name="DUPONT", first_name="CLAIRE", email=email)
        facade = Registrations(self.client, self.settings.email_hash_key, policy=policy)
        await facade.start(registration, form)
        return registration

    async def account(self, email: str) -> None:
        """An account of a known contact, made through the public API."""
        await self.start(email)
        link = (await self.mails.one(email, "confirmation")).link("lien")
        body = {"token": link.partition("jeton=")[2], "password": PASSWORD}
        async with httpx2.AsyncClient(trust_env=False, timeout=20) as http:
            portal = self.product.addresses["portal"]
            answer = await http.post(f"{portal}/api/v1/links/password", json=body)
            assert answer.status_code == 200, answer.text

    async def skip(self, registration: str, duration: timedelta) -> None:
        """Let time pass for one registration."""
        skipper = TimeSkipper(self.client, config=TimeSkippingConfig(enabled=False))
        await asyncio.wait_for(skipper.fast_forward(self.handle(registration), duration), 30)

    @asynccontextmanager
    async def without_engine(self, stop: Stop) -> AsyncIterator[None]:
        """The engine does not answer inside; afterwards it does, and so does the worker."""
        supervisor = self.product.supervisor
        pid = supervisor.pid("temporal")
        if stop == "killed":
            os.killpg(pid, signal.SIGKILL)
            pid = await self._restarted("temporal", pid)
        # The one that the supervisor starts is held before it listens: connections are refused.
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)
            await self.ready()

    async def ready(self) -> None:
        """Wait until engine, worker and portal have found each other again."""
        async with httpx2.AsyncClient(trust_env=False) as http:
            address = f"{self.product.addresses['portal']}/readyz"

            async def is_ready() -> bool:
                if (await http.get(address)).status_code != 200:
                    return False
                try:
                    await self.start(f"essai-{uuid4().hex[:10]}@inconnue.example")
                except Unavailable:
                    return False
                return True

            await eventually(is_ready, within=40)

    async def _restarted(self, name: str, before: int) -> int:
        async def changed() -> int | None:
            pid = self.product.supervisor.pid(name)
            return pid if pid != before else None

        return await eventually(changed, pause=0.005)
