"""People at the portal's pages, and frontends at its JSON API: each step, and how long its answer took."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from benchmarks.base import next_member
from benchmarks.browser import Answer, Browser, Surprise
from benchmarks.rig import Rig
from benchmarks.sink import Mail
from benchmarks.skeleton import PASSWORD
from devstack.companies import COMPANIES, Case
from starter.holder import Holder, resume_token
from starter.web import cookies, form_tokens, steps

_TOKEN = re.compile(rb'name="registration" value="([\w.-]+)"')
_turn = count()
#: How often a person sends a form again that was answered « not now ».
TRIES = 10
#: INSEE knows them and AKTO does not; its answers are remembered, so a run asks a few times only.
ONLY_INSEE = [
    one.siret for one in COMPANIES if not one.akto and one.case is Case.ACTIVE and one.kind == "member"
]


def somebody() -> str:
    """An address nobody knows."""
    return f"{uuid4().hex}@exemple.example"


@dataclass
class Person:
    """One person with a browser at the pages.

    Attributes:
        looks: follow each redirect to the page, as browsers do; else only the forms are sent.
        took: seconds from each form to its answer, by step.
        again: how often « not now » was answered, and the same form sent again.
        tries: how often at most.
    """

    rig: Rig
    browser: Browser
    email: str = field(default_factory=somebody)
    looks: bool = False
    took: dict[str, float] = field(default_factory=dict)
    again: int = 0
    tries: int = TRIES
    _form_token: str = ""

    async def identity(self) -> None:
        """The first form; an address that is known goes straight to the thanks."""
        self._known_browser()
        if self.looks:
            page = await self.browser.get(steps.IDENTITY.path)
            token = _TOKEN.search(page.body)
            assert token is not None
            drawn = token[1].decode()
        else:
            drawn = self.rig.mint.make("form", uuid4())
        names = {"civility": "madame", "last_name": "Martin", "first_name": "Camille"}
        await self._post(steps.IDENTITY.path, "identity", **names, email=self.email, registration=drawn)

    def returns(self, registration: UUID) -> None:
        """Come back to a registration that waits, with the cookie it left."""
        self._known_browser()
        self.browser.keep(cookies.REGISTRATION, resume_token(self.rig.mint, Holder(registration)))

    def _known_browser(self) -> None:
        """Another browser, which has seen a page of ours and may send forms."""
        self.browser.forget()
        browser, mint = uuid4(), self.rig.mint
        self.browser.keep(cookies.BROWSER, mint.make("browser", browser))
        self._form_token = mint.make("page", browser, int(time.time() // 3600))

    async def themes(self) -> None:
        """The second form."""
        await self._post(steps.THEMES.path, "themes", themes="cases")

    async def establishment(self, siret: str) -> None:
        """The third."""
        await self._post(steps.ESTABLISHMENT.path, "establishment", kind="member", siret=siret)

    async def number(self, number: str) -> None:
        """The member number."""
        await self._post(steps.NUMBER.path, "number", number=number)

    async def idcc(self) -> None:
        """The collective agreement."""
        await self._post(steps.IDCC.path, "idcc", idcc="1979")

    async def by_number(self) -> None:
        """From the first form to the mail, of one of AKTO's members."""
        member = next_member()
        await self.identity()
        await self.themes()
        await self.establishment(member.siret)
        await self.number(member.number)

    async def by_insee(self) -> None:
        """Likewise, of a company only INSEE knows."""
        await self.identity()
        await self.themes()
        await self.establishment(ONLY_INSEE[next(_turn) % len(ONLY_INSEE)])
        await self.idcc()

    async def finish(self) -> Mail:
        """Wait for the mail, open the link, choose the password; returns the mail."""
        mail = await self.rig.sink.first(self.email)
        await self.browser.get(f"/lien?jeton={mail.link()}")
        page = await self._patiently("link", lambda: self.browser.get("/mot-de-passe"))
        if page.status != 200:
            raise Surprise(f"the password's page answered {page.status}")
        chosen = {"password": PASSWORD, "confirmation": PASSWORD}
        await self._post("/mot-de-passe", "password", **chosen)
        return mail

    async def _post(self, path: str, step: str, **fields: str) -> None:
        fields |= {"submission": uuid4().hex, form_tokens.FIELD: self._form_token}
        answer = await self._patiently(step, lambda: self.browser.post(path, **fields))
        if answer.status != 303 or answer.location == path:
            raise Surprise(f"{path} answered {answer.status} {answer.location}")
        if self.looks:
            await self.browser.get(answer.location)

    async def _patiently(self, step: str, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer, and how long it took; after « not now » the same again."""
        for _ in range(self.tries):
            began = time.perf_counter()
            answer = await ask()
            self.took[step] = time.perf_counter() - began
            if answer.status != 503:
                break
            self.again += 1
            await asyncio.sleep(1)
        return answer


async def through_the_api(rig: Rig, browser: Browser) -> None:
    """The member-number branch to the account as a frontend of one's own does it: six requests, no page."""
    browser.forget()
    email = somebody()
    member = next_member()
    identity = {"civility": "madame", "last_name": "Martin", "first_name": "Camille", "email": email}
    started = await _accepted(browser, "/registrations", identity)
    token, path = started["resume_token"], f"/registrations/{started['id']}"
    for message, body in (
        ("choose_themes", {"themes": ["cases"]}),
        ("claim_establishment", {"kind": "member", "siret": member.siret}),
        ("give_member_number", {"number": member.number}),
    ):
        await _accepted(browser, f"{path}/{message}", {**body, "submission": uuid4().hex}, token)
    link = (await rig.sink.first(email)).link()
    await _accepted(browser, "/links/open", {"token": link})
    chosen = {"token": link, "password": PASSWORD, "submission": uuid4().hex}
    await _accepted(browser, "/links/password", chosen)


async def _accepted(browser: Browser, path: str, body: dict[str, Any], bearer: str = "") -> Any:
    """The answer's body; « not now » is asked again, as the API says."""
    for _ in range(TRIES):
        answer = await browser.send(path, body, bearer)
        if answer.status != 503:
            break
        await asyncio.sleep(1)
    if answer.status >= 300:
        raise Surprise(f"{path} answered {answer.status} {answer.body[:200]!r}")
    return answer.json()
