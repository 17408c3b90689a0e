"""A person at a frontend that is not ours: what the public JSON API and the mailbox give, nothing else.

A refusal for lack of service is answered as the API asks: the same submission again, a little later. Two
things have no public interface, and only they go round it: the clock of one registration is moved by
Temporal's SDK, and an account's establishments, which only the pages show, are read from PostgreSQL on a
connection that cannot write.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
import httpx2
from temporalio.client import Client
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from devstack.engine.readiness import connect_as_configured
from devstack.stack import Stack
from domain.desk import ID_PREFIX

PASSWORD = "Tilleul-7-cascade"  # noqa: S105 - of accounts that live for seconds
#: How long anything may take that the product does by itself.
PATIENCE = 20.0
T = TypeVar("T")
_LINK = re.compile(r"/lien\?jeton=([\w.-]+)")
_ATTACHMENTS = """
SELECT siret, proof, idcc, confirmed FROM attachments JOIN accounts ON accounts.id = account_id
WHERE registration_id = $1::text::uuid ORDER BY siret
"""


class Surprise(Exception):
    """The product answered what no frontend expects here; the message says where and what."""


@dataclass
class Played:
    """How far a registration went.

    Attributes:
        screens: each step that was shown, with what it said in parentheses; links that were refused.
        outcome: how it ended, None while it has not.
        mails: the kinds of mail that arrived, each with the time since the first, if that is an hour or more.
        attachments: the account's establishments, each with how it was proved.
    """

    screens: list[str] = field(default_factory=list)
    outcome: str | None = None
    mails: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Doors:
    """Where a person can turn to, and the two ways round."""

    portal: httpx2.AsyncClient
    mailbox: httpx2.AsyncClient
    engine: Client
    database: "asyncpg.Connection[asyncpg.Record]"

    @classmethod
    async def of(cls, stack: Stack, closing: AsyncExitStack) -> "Doors":
        """The doors of a running stack, closed with `closing`."""

        async def http(part: str) -> httpx2.AsyncClient:
            url = f"{stack.addresses[part]}/api/v1"
            return await closing.enter_async_context(
                httpx2.AsyncClient(base_url=url, timeout=PATIENCE, trust_env=False)
            )

        engine = await connect_as_configured(dict(stack.environ), stack.engine.namespace)
        database = await asyncpg.connect(
            stack.database_url, timeout=10, server_settings={"default_transaction_read_only": "on"}
        )
        closing.push_async_callback(database.close)
        return cls(await http("portal"), await http("mailbox"), engine, database)

    async def mails_in_all(self) -> int:
        """How many mails the whole copy has sent, except those that tell others about a newcomer."""
        listed = (await self.mailbox.get("/messages", params={"limit": 500})).json()["messages"]
        return sum(not str(one["MessageID"]).startswith("newcomer.") for one in listed)


class Person:
    """One person and the registration they fill in; `token` is what it goes on with, once started."""

    def __init__(
        self, doors: Doors, email: str, last_name: str = "Dupont", first_name: str = "Claire"
    ) -> None:
        self.played = Played()
        self.token = ""
        self._doors = doors
        self._email = email
        self._names = {"last_name": last_name, "first_name": first_name}
        self._id = ""
        self._bearer: dict[str, str] = {}

    async def start(self) -> None:
        """Fill in the first form."""
        identity = {"civility": "madame", **self._names, "email": self._email}
        started = await self._post("/registrations", identity, {"Idempotency-Key": uuid4().hex})
        self._id = started["id"]
        self.token = str(started["resume_token"])
        self._bearer = {"Authorization": f"Bearer {self.token}"}
        await self._shown(started["view"])

    async def send(self, message: str, **body: Any) -> None:
        """Fill in another form."""
        path = f"/registrations/{self._id}/{message}"
        await self._shown(await self._post(path, {**body, "submission": uuid4().hex}, self._bearer))

    async def open_link(self) -> None:
        """Open the newest confirmation link; a refusal is a page like any other."""
        token = await self.newest_link()
        answer = await self._answer("/links/open", {"token": token})
        if answer.status_code == 410:
            self.played.screens.append(f"link refused ({answer.json()['code']})")
        else:
            await self._shown(_body("/links/open", answer)["view"])

    async def choose_password(self) -> None:
        """Choose the password behind the newest link."""
        body = {"token": await self.newest_link(), "password": PASSWORD, "submission": uuid4().hex}
        await self._shown((await self._post("/links/password", body))["view"])

    async def mailed(self, number: int) -> None:
        """Wait until that many mails have arrived."""

        async def arrived() -> bool:
            return len(await self._mails()) >= number

        await _eventually(arrived)

    async def let_pass(self, time: timedelta) -> None:
        """Do nothing for that long: the one jump, of this registration's clock alone."""
        skipper = TimeSkipper(self._doors.engine, config=TimeSkippingConfig(enabled=False))
        workflow = self._doors.engine.get_workflow_handle(f"{ID_PREFIX}{self._id}")
        await asyncio.wait_for(skipper.fast_forward(workflow, time), 3 * PATIENCE)

    async def look_back(self) -> None:
        """See how it ended, once it has."""

        async def outcome() -> str | None:
            found: str | None = (await self._view())["outcome"]
            return found

        self.played.outcome = await _eventually(outcome)

    async def take_stock(self) -> None:
        """Count mails and establishments, however far it went."""
        mails = await self._mails()
        self.played.mails = [_kind(mail, mails[0]) for mail in mails]
        if self._id:
            rows = await self._doors.database.fetch(_ATTACHMENTS, self._id)
            self.played.attachments = [_attachment(row) for row in rows]

    async def _shown(self, view: dict[str, Any]) -> None:
        """Remember a screen, once what is going on behind it is over."""
        async with asyncio.timeout(PATIENCE):
            while view["busy"]:
                await asyncio.sleep(0.3)
                view = await self._view()
        said = ", ".join(one["code"] for one in view["errors"])
        self.played.screens.append(f"{view['step']} ({said})" if said else view["step"])

    async def _view(self) -> dict[str, Any]:
        path = f"/registrations/{self._id}"
        return _body(path, await self._doors.portal.get(path, headers=self._bearer))

    async def _post(
        self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        return _body(path, await self._answer(path, body, headers))

    async def _answer(
        self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> httpx2.Response:
        until = asyncio.get_running_loop().time() + PATIENCE
        while True:
            answer = await self._doors.portal.post(path, json=body, headers=headers)
            if answer.status_code != 503 or asyncio.get_running_loop().time() > until:
                return answer
            await asyncio.sleep(1)

    async def newest_link(self) -> str:
        """The token of the newest confirmation link."""

        async def newest() -> str | None:
            tokens = [str(token) for mail in await self._mails() for token in _LINK.findall(mail["Text"])]
            return tokens[-1] if tokens else None

        return await _eventually(newest)

    async def _mails(self) -> Sequence[dict[str, Any]]:
        """The mails to this person, oldest first."""
        mailbox = self._doors.mailbox
        found = (await mailbox.get("/search", params={"query": f"to:{self._email}"})).json()["messages"]
        return [(await mailbox.get(f"/message/{one['ID']}")).json() for one in reversed(found)]


async def _eventually(look: Callable[[], Awaitable[T | None]]) -> T:
    """Look until something is there.

    Raises:
        TimeoutError: when the product takes longer than it may.
    """
    async with asyncio.timeout(PATIENCE):
        while True:
            if found := await look():
                return found
            await asyncio.sleep(0.05)


def _body(path: str, answer: httpx2.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    if answer.is_success:
        return body
    where = re.sub(r"[0-9a-f-]{36}", "{id}", path)
    raise Surprise(f"{where} answered {answer.status_code} {body.get('code')}")


def _kind(mail: dict[str, Any], first: dict[str, Any]) -> str:
    """What a mail is, by the name its Message-ID begins with, and when it was due by its date."""
    kind = str(mail["MessageID"]).partition(".")[0]
    later = datetime.fromisoformat(mail["Date"]) - datetime.fromisoformat(first["Date"])
    hours = round(later / timedelta(hours=1))
    return f"{kind} +{hours} h" if hours else kind


def _attachment(row: asyncpg.Record) -> str:
    how = f"{row['proof']} {row['idcc']}" if row["idcc"] else str(row["proof"])
    return f"{row['siret']} {how}" + ("" if row["confirmed"] else " « à confirmer »")
