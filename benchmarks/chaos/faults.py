"""The faults: what each does to the stack, at which steps it makes sense, and why not at the others.

A fault that hits everybody strikes once while people stand at every step of every branch. `go` is set a
moment before it and `struck` right after: some act just before the blow, some into the outage.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from temporalio.testing import TimeSkipper, TimeSkippingConfig

from benchmarks.chaos.branches import Branch
from benchmarks.chaos.person import Person, eventually
from benchmarks.chaos.stage import Stage
from domain.messages import OperatorCancel, OperatorRetry
from starter.operators.acts import Result
from starter.registrations import workflow_id

#: Seconds that people may act before the blow.
HEAD_START = 0.15


@dataclass
class Blow:
    """One strike: whom it meets, and when they act."""

    stage: Stage
    people: Sequence[Person]
    go: asyncio.Event
    struck: asyncio.Event

    def at_once(self) -> None:
        """Let everybody act."""
        self.go.set()
        self.struck.set()

    def letters(self) -> int:
        """How many mails have come to them."""
        return sum(len(self.stage.post.of(address)) for address in self.addresses)

    @property
    def addresses(self) -> list[str]:
        """Everybody's."""
        return [person.address for person in self.people]


Strike = Callable[[Blow], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        name: what the command line calls it.
        words: what the page calls it.
        strike: does it, and undoes it.
        steps: the steps it can touch; all by default.
        branches: the branches it can touch; all by default.
        why: why the other cells are left out.
        early: struck one step earlier, while that step brings this one about.
        personal: what it does to one person beforehand.
        instead: what it does to one person in place of the step.
    """

    name: str
    words: str
    strike: Strike
    steps: frozenset[str] = frozenset()
    branches: frozenset[str] = frozenset()
    why: str = ""
    early: bool = False
    personal: Callable[[Person, str], None] = lambda person, step: None
    instead: Callable[[Person, str], Awaitable[None]] | None = None

    def fits(self, branch: Branch, step: str) -> bool:
        """Whether the cell makes sense."""
        in_branch = not self.branches or branch.name in self.branches
        return in_branch and step in branch.steps and (not self.steps or step in self.steps)


def _killing(name: str, how: signal.Signals = signal.SIGKILL) -> Strike:
    async def strike(blow: Blow) -> None:
        blow.go.set()
        await asyncio.sleep(HEAD_START)
        await blow.stage.kill(name, how)
        blow.struck.set()

    return strike


async def _cutting(blow: Blow) -> None:
    blow.go.set()
    await asyncio.sleep(HEAD_START)
    for _ in range(10):
        await blow.stage.cut()
        blow.struck.set()
        await asyncio.sleep(0.2)


def _relay(mode: str, lasts: float) -> Strike:
    async def strike(blow: Blow) -> None:
        await blow.stage.switch("mailbox", mode, recipients=blow.addresses)
        blow.at_once()
        await asyncio.sleep(lasts)
        await blow.stage.http.put(f"{blow.stage.running.config.url('mailbox')}/faults", json={})

    return strike


def _mid_mail(how: signal.Signals) -> Strike:
    """End the worker while the relay has the mails and has not answered yet."""

    async def strike(blow: Blow) -> None:
        await blow.stage.switch("mailbox", "slow", seconds=2.5, recipients=blow.addresses)
        before = blow.letters()
        blow.at_once()
        for _ in range(100):
            await asyncio.sleep(0.1)
            if blow.letters() > before:
                break
        await asyncio.sleep(1)  # more of them are on their way
        await blow.stage.kill("worker", how)
        await asyncio.sleep(4)
        await blow.stage.http.put(f"{blow.stage.running.config.url('mailbox')}/faults", json={})

    return strike


async def _silent(blow: Blow) -> None:
    """Until everybody's mail was taken without an answer, half a minute at most."""
    await blow.stage.switch("mailbox", "silence", recipients=blow.addresses)
    before = blow.letters()
    blow.at_once()
    for _ in range(300):
        await asyncio.sleep(0.1)
        if blow.letters() >= before + len(blow.people):
            break
    await blow.stage.http.put(f"{blow.stage.running.config.url('mailbox')}/faults", json={})


def _insee(mode: str, lasts: float = 5.0) -> Strike:
    async def strike(blow: Blow) -> None:
        await blow.stage.switch("sirene", mode, seconds=30)
        blow.at_once()
        await asyncio.sleep(lasts)
        await blow.stage.http.put(f"{blow.stage.running.config.url('sirene')}/faults", json={})

    return strike


async def _insee_for_an_hour(blow: Blow) -> None:
    """The hour is skipped on each registration's clock; then an operator has it tried again."""
    stage = blow.stage
    await stage.switch("sirene", "down")
    blow.at_once()
    await asyncio.sleep(4)
    skipper = TimeSkipper(stage.client, config=TimeSkippingConfig(enabled=False))
    handles = [stage.client.get_workflow_handle(workflow_id(_id(person))) for person in blow.people]
    await asyncio.gather(*(skipper.fast_forward(handle, timedelta(minutes=70)) for handle in handles))

    async def told() -> bool:
        query = "RegistrationAttention = 'insee_unavailable'"
        return (await stage.client.count_workflows(query)).count >= len(blow.people)

    await eventually(told, "the operators' attention after an hour")
    await stage.http.put(f"{stage.running.config.url('sirene')}/faults", json={})
    retry = OperatorRetry(by="Sam", reason="INSEE de retour")
    await asyncio.gather(*(stage.operate(_id(person), retry, "chaos") for person in blow.people))


async def _nothing(blow: Blow) -> None:
    blow.at_once()


async def _cancelled(person: Person, step: str) -> None:
    """An operator cancels while the person goes on; whoever comes first wins, and nothing comes between."""
    cancel = OperatorCancel(by="Sam", reason="essai")
    going = asyncio.ensure_future(person.do(step))
    result = await person.stage.operate(_id(person), cancel, "chaos")
    if result is Result.DONE:
        person.gone = "abandoned"
        going.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await going
    else:
        await going


def _id(person: Person) -> UUID:
    assert person.registration is not None
    return person.registration


def _refuse(person: Person, step: str) -> None:
    if step == "welcome":
        person.missing = frozenset({"welcome"})
    else:
        person.refused = True


def _double(person: Person, step: str) -> None:
    person.doubled = True


def _shuffle(person: Person, step: str) -> None:
    person.shuffled = True


def _called_back(person: Person, step: str) -> None:
    if person.branch.name != "review":  # an establishment that is not public goes to an operator instead
        person.extra = frozenset({"insee_back"})


_MAILS = frozenset({"mail", "welcome"})
_NO_MAIL = "the other steps send no mail to the person"
_ASKS: dict[str, Any] = {
    "steps": frozenset({"establishment"}),
    "branches": frozenset({"insee", "review"}),
    "why": "INSEE is asked at no other step",
}
_FORMS = frozenset({"identity", "themes", "establishment", "number", "idcc", "open", "password"})

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("worker_kill", "worker killed", _killing("worker")),
        Fault("web_kill", "web process killed", _killing("portal")),
        Fault("engine_kill", "engine killed", _killing("temporal")),
        Fault("postgres_kill", "PostgreSQL killed", _killing("postgres")),
        Fault("postgres_restart", "PostgreSQL restarted", _killing("postgres", signal.SIGINT)),
        Fault("connections_cut", "connections to PostgreSQL cut for 2 s", _cutting),
        Fault(
            "worker_stop_mid_mail", "worker stopped while it sends", _mid_mail(signal.SIGTERM),
            steps=_MAILS, early=True, why=_NO_MAIL,
        ),
        Fault(
            "worker_kill_mid_mail", "worker killed while it sends", _mid_mail(signal.SIGKILL),
            steps=_MAILS, early=True, why=_NO_MAIL,
        ),
        Fault(
            "smtp_451", "relay says 451 for 6 s", _relay("greylist", 6), steps=_MAILS, early=True,
            why=_NO_MAIL,
        ),
        Fault(
            "smtp_550", "relay says 550", _relay("unknown", 15), steps=_MAILS, early=True, why=_NO_MAIL,
            personal=_refuse,
        ),
        Fault(
            "smtp_silence", "relay silent after DATA", _silent, steps=_MAILS, early=True,
            why=_NO_MAIL,
        ),
        Fault("smtp_down", "relay down for 8 s", _relay("down", 8), steps=_MAILS, early=True, why=_NO_MAIL),
        Fault("insee_429", "INSEE says 429 for 5 s", _insee("quota"), **_ASKS),
        Fault("insee_503", "INSEE says 503 for 5 s", _insee("down"), **_ASKS),
        Fault("insee_html", "INSEE answers a page for 5 s", _insee("maintenance"), **_ASKS),
        Fault("insee_timeout", "INSEE does not answer for 5 s", _insee("slow"), **_ASKS),
        Fault("insee_cut", "INSEE cut in the body for 5 s", _insee("cut"), **_ASKS),
        Fault(
            "insee_hour", "INSEE down for an hour (skipped)", _insee_for_an_hour, personal=_called_back,
            **_ASKS,
        ),
        Fault(
            "operator_cancel", "cancelled by an operator", _nothing, instead=_cancelled,
            steps=_FORMS - {"identity"} | {"review", "mail"},
            why="before the first form there is nothing to cancel, and an account that exists is not",
        ),
        Fault(
            "duplicates", "each submission four times", _nothing, steps=_FORMS, personal=_double,
            why="the person sends nothing there",
        ),
        Fault(
            "reordered", "every other message before each", _nothing, personal=_shuffle,
            steps=frozenset({"themes", "establishment", "number", "idcc"}),
            why="a link's own messages need its token, which comes with the mail alone",
        ),
    )
}  # fmt: skip
