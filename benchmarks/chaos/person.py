"""Somebody who registers and never gives up: the same submission, again and again, until it is answered."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx2

from benchmarks.chaos.branches import BRANCHES, PASSWORD, Branch
from benchmarks.chaos.stage import PATIENCE, Stage
from domain.messages import OperatorApprove
from starter.operators.acts import Result

T = TypeVar("T")


class Surprise(Exception):
    """The product answered what no frontend expects here, or nothing for too long."""


class Person:
    """One person and one registration.

    Attributes:
        address: where mail goes; another one once it was corrected.
        addresses: all of them.
        chose: whether a password was sent.
        doubled: each submission is sent three times at once, and once more afterwards.
        shuffled: the messages of all other steps are sent before each one.
        refused: mails to the address come back with 550.
        extra: kinds of mail that the fault itself brings.
        missing: kinds of mail that the fault itself keeps away.
        gone: an ending of one's own: `abandoned` (by the person or an operator) or `left`.
    """

    def __init__(self, stage: Stage, branch: Branch) -> None:
        self.stage = stage
        self.branch = branch
        self.registration: UUID | None = None
        self.addresses = [f"{branch.name}-{uuid4().hex[:12]}@exemple.example"]
        self.chose = self.doubled = self.shuffled = self.refused = False
        self.extra: frozenset[str] = frozenset()
        self.missing: frozenset[str] = frozenset()
        self.gone = ""
        self.done: list[str] = []
        self._key = uuid4().hex
        self._bearer: dict[str, str] = {}
        self._link = ""

    @property
    def address(self) -> str:
        """Where mail goes now."""
        return self.addresses[-1]

    async def arrive(self) -> None:
        """Become known to AKTO, where the branch says so."""
        if self.branch.name == "known":
            await self.stage.contact(self.address)

    async def do(self, step: str) -> None:
        """Do one step and wait until the screen, or the mailbox, shows that it is done.

        Raises:
            Surprise
        """
        match step:
            case "identity":
                await self._start()
            case "review":
                await self._reviewed()
            case "mail":
                await self._mailed()
            case "open":
                await self._at_link("open", {"token": self._link})
            case "password":
                self.chose = True
                body = {"token": self._link, "password": PASSWORD, "submission": uuid4().hex}
                await self._at_link("password", body)
            case "welcome":
                await self._welcomed()
            case _:
                message, body = self.branch.forms[step]
                if self.shuffled:
                    await self._send_the_others(step)
                view = await self._submit(message, {**body, "submission": uuid4().hex})
                await self.shows(self.branch.after(step), view)
        self.done.append(step)

    async def abandon(self) -> None:
        """« Annuler »."""
        await self._submit("abandon", {"submission": uuid4().hex})
        self.gone = "abandoned"

    async def view(self) -> dict[str, Any]:
        """The screen."""
        path = f"/registrations/{self.registration}"
        view: dict[str, Any] = await self._insist("GET", path, None, self._bearer)
        return view

    async def shows(self, step: str, answered: dict[str, Any] | None = None) -> None:
        """Wait for a screen; `answered` is the one that came with the answer.

        Raises:
            Surprise
        """
        known = [answered] if answered else []

        async def shown() -> bool:
            view = known.pop() if known else await self.view()
            if view["outcome"] is not None and step != "done":
                raise Surprise(f"ended as {view['outcome']} instead of {step}")
            return bool(view["step"] == step and not view["busy"])

        await eventually(shown, f"the screen {step}")

    async def _start(self) -> None:
        names = {"civility": "madame", "last_name": "ROUSSEAU", "first_name": "Camille"}
        body = {**names, "email": self.address}
        headers = {"Idempotency-Key": self._key}
        answers = await self._said("/registrations", body, headers, 201)
        ids = {answer["id"] for answer in answers}
        if len(ids) != 1:
            raise Surprise("one key, two registrations")
        self.registration = UUID(ids.pop())
        self._bearer = {"Authorization": f"Bearer {answers[0]['resume_token']}"}
        await self.shows(self.branch.after("identity"), answers[-1]["view"])

    async def _submit(self, message: str, body: dict[str, Any]) -> dict[str, Any]:
        path = f"/registrations/{self.registration}/{message}"
        view: dict[str, Any] = (await self._said(path, body, self._bearer, 200))[-1]
        return view

    async def _said(self, path: str, body: Any, headers: dict[str, str], expected: int) -> list[Any]:
        """Send a submission, as often as this person does."""

        def once() -> Awaitable[Any]:
            return self._insist("POST", path, body, headers, expected)

        if not self.doubled:
            return [await once()]
        return [*await asyncio.gather(once(), once(), once()), await once()]

    async def _send_the_others(self, step: str) -> None:
        """Every message that belongs elsewhere: each must be refused."""
        others = {
            message: body
            for branch in BRANCHES.values()
            for name, (message, body) in branch.forms.items()
            if name != step
        }
        for message, body in others.items():
            path = f"/registrations/{self.registration}/{message}"
            answer = await self._asked("POST", path, {**body, "submission": uuid4().hex}, self._bearer)
            if answer.status_code < 400:
                raise Surprise(f"{message} was taken at {step}")

    async def _reviewed(self) -> None:
        assert self.registration is not None
        await self.shows("review")
        approve = OperatorApprove(by="Sam", reason="vérifié")
        result = await self.stage.operate(self.registration, approve, self._key)
        if result is not Result.DONE:
            raise Surprise(f"approval: {result}")
        await self.shows("email_link")

    async def _mailed(self) -> None:
        if self.refused:
            await self._correct()

        async def link() -> str | None:
            return self.stage.post.link(self.address)

        self._link = await eventually(link, "the mail with the link")

    async def _correct(self) -> None:
        """Wait to be told that the address takes no mail, then give another."""

        async def told() -> bool:
            return "mail_refused" in {one["code"] for one in (await self.view())["errors"]}

        await eventually(told, "word that the mail came back")
        self.addresses.append(f"{self.branch.name}-{uuid4().hex[:12]}@exemple.example")
        await self.arrive()
        await self._submit("correct_email", {"email": self.address, "submission": uuid4().hex})

    async def _at_link(self, what: str, body: dict[str, Any]) -> None:
        answers = await self._said(f"/links/{what}", body, {}, 200)
        if what == "password" and {one["view"]["outcome"] for one in answers} != {"registered"}:
            raise Surprise("the password was taken and nobody registered")

    async def _welcomed(self) -> None:
        async def came() -> bool:
            return "welcome" in {one.kind for one in self.stage.post.of(self.address)}

        if "welcome" not in self.missing:
            await eventually(came, "the welcome mail")

    async def _insist(
        self, method: str, path: str, body: Any, headers: dict[str, str], expected: int = 200
    ) -> Any:
        answer = await self._asked(method, path, body, headers)
        if answer.status_code != expected:
            code = answer.json().get("code") if "json" in answer.headers.get("content-type", "") else "?"
            raise Surprise(f"{path.rpartition('/')[2]} answered {answer.status_code} {code}")
        return answer.json()

    async def _asked(self, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx2.Response:
        """The very same request while the product is away; nothing but 503 is repeated."""
        url = f"{self.stage.running.addresses['portal']}/api/v1{path}"
        until, pause = time.monotonic() + PATIENCE, 0.3
        while time.monotonic() < until:
            try:
                answer = await self.stage.http.request(method, url, json=body, headers=headers)
            except httpx2.TransportError:
                answer = None  # The web process itself was killed.
            if answer is not None and answer.status_code != 503:
                return answer
            await asyncio.sleep(pause)
            pause = min(
                2.0, pause * 1.5
            )  # sixty people who insist would keep a product down that is coming up
        raise Surprise(f"{path.rpartition('/')[2]} was not answered")


async def eventually(look: Callable[[], Awaitable[T | None]], what: str) -> T:
    """Look until something is there.

    Raises:
        Surprise: it did not come.
    """
    until = time.monotonic() + PATIENCE
    while not (found := await look()):
        if time.monotonic() > until:
            raise Surprise(f"{what} did not come")
        await asyncio.sleep(0.5)
    return found
