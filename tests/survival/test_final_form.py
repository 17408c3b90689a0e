"""The last form, sent twenty times at once over HTTP: one account, one welcome, the first password."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio

from devstack import stack
from devstack.drawn_form import drawn
from devstack.stack import Stack
from tests.survival.person import BY_NUMBER, PASSWORD, Person

OTHER = "Nuage-9-bleuet"

pytestmark = [pytest.mark.engine, pytest.mark.timeout(240)]


@pytest_asyncio.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    # Twenty hashes on a busy machine: this is about their order, not their cost.
    async with stack.private(
        tmp_path_factory.mktemp("stack"),
        AKTO_LOGINS_PER_ADDRESS="1000",
        AKTO_ARGON2_TIME_COST="1",
        AKTO_ARGON2_MEMORY_KIB="64",
    ) as started:
        yield started


async def insisting(call: Callable[[], Awaitable[httpx2.Response]]) -> httpx2.Response:
    """The very same request again while a busy product says « not now »; nothing else is repeated."""
    for _ in range(30):
        answer = await call()
        if answer.status_code != 503:
            return answer
        await asyncio.sleep(0.3)
    raise AssertionError("not now, thirty times")


async def at_the_link(running: Stack) -> tuple[Person, str]:
    """Somebody who has just got the confirmation mail, and its token."""
    someone = Person(str(running.addresses["portal"]), str(running.addresses["mailbox"]))
    await someone.start()
    for message, body, until in BY_NUMBER:
        await someone.send(message, body, until)
    return someone, await someone.link()


async def logs_in(someone: Person, password: str) -> bool:
    """Whether the login page lets this password in."""
    async with httpx2.AsyncClient(base_url=someone.portal, timeout=20) as http:
        sent = {"email": someone.email, "password": password, **await drawn(http, "/connexion")}
        answer = await http.post("/connexion", data=sent, headers={"Origin": someone.portal})
        return answer.status_code == 303 and answer.headers["Location"] == "/mon-espace"


async def kinds_of_mail(someone: Person) -> Counter[str]:
    for _ in range(100):
        kinds = Counter(identifier.split(".")[0] for identifier in await someone.mails())
        if kinds["welcome"]:
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.5)
    return Counter(identifier.split(".")[0] for identifier in await someone.mails())


async def test_twenty_at_once_on_the_page(running: Stack) -> None:
    someone, token = await at_the_link(running)
    async with httpx2.AsyncClient(base_url=someone.portal, timeout=60) as http:
        shown = await drawn(http, f"/lien?jeton={token}", "/mot-de-passe")
        cookies = dict(http.cookies)

        async def press(password: str, submission: str) -> httpx2.Response:
            form = {**shown, "password": password, "confirmation": password, "submission": submission}
            async with httpx2.AsyncClient(base_url=someone.portal, timeout=60, cookies=cookies) as window:
                headers = {"Origin": someone.portal}
                return await insisting(lambda: window.post("/mot-de-passe", data=form, headers=headers))

        answers = await asyncio.gather(*(press(PASSWORD, shown["submission"]) for _ in range(20)))
        said = {(one.status_code, one.headers.get("Location")) for one in answers}
        assert said == {(303, "/connexion?bienvenue=1")}
        late = await press(OTHER, uuid4().hex)
    assert "déjà" in late.text
    assert "Se connecter" in late.text
    assert await kinds_of_mail(someone) == {"confirmation": 1, "welcome": 1}
    assert not await logs_in(someone, OTHER)
    assert await logs_in(someone, PASSWORD)


async def test_twenty_at_once_through_the_api(running: Stack) -> None:
    someone, token = await at_the_link(running)
    body = {"token": token, "password": PASSWORD, "submission": uuid4().hex}
    async with httpx2.AsyncClient(base_url=someone.portal, timeout=60) as http:
        path = "/api/v1/links/password"
        calls = (insisting(lambda: http.post(path, json=body)) for _ in range(20))
        answers = await asyncio.gather(*calls)
        assert {one.status_code for one in answers} == {200}
        assert {one.json()["view"]["outcome"] for one in answers} == {"registered"}
        other = {**body, "password": OTHER, "submission": uuid4().hex}
        late = await insisting(lambda: http.post(path, json=other))
    assert late.json()["code"] == "link_used"
    assert await kinds_of_mail(someone) == {"confirmation": 1, "welcome": 1}
    assert not await logs_in(someone, OTHER)
    assert await logs_in(someone, PASSWORD)
