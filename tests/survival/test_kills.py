"""Killed between any two steps, the registration goes on where it was."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator

import httpx2
import pytest
import pytest_asyncio

from devstack import stack
from devstack.stack import Stack
from tests.survival.person import BY_IDCC, BY_NUMBER, Person

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


@pytest_asyncio.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A stack whose processes are real ones."""
    folder = tmp_path_factory.mktemp("stack")
    async with stack.private(
        folder,
        durable=True,
        AKTO_STARTS_PER_MINUTE="1000",
        AKTO_STARTS_PER_HOUR="1000",
        AKTO_SIRET_LOOKUPS_PER_HOUR="1000",
    ) as started:
        started.supervisor.longest_pause = 0.5
        yield started


def person(running: Stack) -> Person:
    portal, mailbox = running.addresses["portal"], running.addresses["mailbox"]
    assert portal is not None
    assert mailbox is not None
    return Person(portal, mailbox)


async def kill(running: Stack, name: str, how: signal.Signals = signal.SIGKILL) -> None:
    """Signal a program; one that was killed a moment ago is waited for first."""
    for _ in range(600):
        try:
            os.kill(running.supervisor.pid(name), how)
            return
        except ProcessLookupError:
            await asyncio.sleep(0.05)
    raise AssertionError(f"{name} was not started again")


@pytest.mark.parametrize("victim", ["worker", "temporal", "portal", "postgres"])
async def test_killed_between_any_two_steps(running: Stack, victim: str) -> None:
    """Of two people side by side, one for each branch: what is killed is waited for once."""
    by_number, by_idcc = person(running), person(running)
    assert list(await asyncio.gather(by_number.start(), by_idcc.start())) == ["themes", "themes"]
    for step, other in zip(BY_NUMBER, BY_IDCC, strict=True):
        await kill(running, victim)
        await asyncio.gather(by_number.send(*step), by_idcc.send(*other))
    await kill(running, victim)
    links = await asyncio.gather(by_number.link(), by_idcc.link())
    await kill(running, victim)
    answers = await asyncio.gather(by_number.choose_password(links[0]), by_idcc.choose_password(links[1]))
    assert [answer["view"]["outcome"] for answer in answers] == ["registered", "registered"]
    for someone in (by_number, by_idcc):
        await exactly_two_mails(someone)


async def exactly_two_mails(someone: Person) -> None:
    """No mail twice but for the one window that SMTP leaves open, which keeps the Message-ID."""
    for _ in range(100):
        mails = await someone.mails()
        if len(mails) >= 2:
            break
        await asyncio.sleep(0.1)
    assert {identifier.split(".")[0] for identifier in mails} == {"confirmation", "welcome"}
    assert len(set(mails)) == 2


async def test_engine_stopped_every_route_says_so_within_three_seconds(running: Stack) -> None:
    someone = person(running)
    await someone.start()
    await kill(running, "temporal", signal.SIGSTOP)
    try:
        body = {"civility": "madame", "last_name": "A", "first_name": "B", "email": someone.email}
        path, headers = (
            f"/api/v1/registrations/{someone.registration}",
            {"Authorization": f"Bearer {someone.token}"},
        )
        async with httpx2.AsyncClient(base_url=someone.portal, timeout=10) as http:
            for call in (
                http.post("/api/v1/registrations", json=body),
                http.get(path, headers=headers),
                http.post(f"{path}/choose_themes", json={}, headers=headers),
                http.post(f"{path}/abandon", json={}, headers=headers),
            ):
                begun = time.monotonic()
                answer = await call
                assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
                assert time.monotonic() - begun < 3.2
                assert "emporal" not in answer.text
    finally:
        await kill(running, "temporal", signal.SIGCONT)
    await someone.send("choose_themes", {"themes": []}, "establishment")


async def test_worker_told_to_stop_finishes_and_exits_with_zero(running: Stack) -> None:
    someone = person(running)
    await someone.start()
    for message, body, until in BY_NUMBER:
        await someone.send(message, body, until)
    said: list[str] = []
    running.supervisor.say = said.append
    await kill(running, "worker", signal.SIGTERM)
    link = await someone.link()
    answer = await someone.choose_password(link)
    assert answer["view"]["outcome"] == "registered"
    assert [line for line in said if line.startswith("worker ended with code 0")], said
