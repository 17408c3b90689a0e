"""Where a registration's history goes: `python -m benchmarks.events` writes docs/events.md.

Each branch is played on the real engine, codec and search attributes on, by a quick person; so is the worst a
registration can do, its message limits used up. Queries, which no history shows, are counted in the facade.
"""

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from benchmarks.history import Bill, bill
from devstack import stack
from devstack.demo_person import PASSWORD, Doors, Person
from devstack.leaving import leave
from domain.messages import (
    ChooseThemes,
    ClaimEstablishment,
    CorrectEmail,
    GiveIdcc,
    GiveMemberNumber,
    GoBack,
    Identify,
    Kind,
    PersonMessage,
    Step,
)
from domain.people import Civility
from domain.policy import Policy
from domain.view import View
from infrastructure.accounts import Accounts
from infrastructure.database import PoolType
from infrastructure.database import connect as connect_database
from infrastructure.passwords import PasswordHasher
from infrastructure.settings import Settings, load_settings
from infrastructure.silence import Silence
from infrastructure.temporal import connect
from infrastructure.tokens import TokenMint
from starter.links import Links
from starter.registrations import Refused, Registrations, workflow_id

TARGET = Path(__file__).resolve().parent.parent / "docs" / "events.md"
KNOWN, MEMBER, NUMBER, ONLY_INSEE = (
    "claire.dupont@masociete.example", "00000001800010", "123456 001", "00000010900017",
)  # fmt: skip
_THEMES = ChooseThemes()
BRANCHES: dict[str, tuple[PersonMessage, ...]] = {
    "known contact": (),
    "member number": (
        _THEMES, ClaimEstablishment(kind=Kind.MEMBER, siret=MEMBER), GiveMemberNumber(number=NUMBER),
    ),
    "INSEE and IDCC": (
        _THEMES, ClaimEstablishment(kind=Kind.MEMBER, siret=ONLY_INSEE), GiveIdcc(idcc="1979"),
    ),
}  # fmt: skip
WORST = "worst case"
#: Column → most events, bytes, actions.
BUDGET = {
    "known contact": (36, 16_384, 25),
    "member number": (60, 16_384, 40),
    "INSEE and IDCC": (66, 16_384, 40),
    WORST: (2_000, 524_288, 600),
}


class Counted(Registrations):
    """The facade, which counts its queries."""

    queries = 0

    async def view(self, registration: UUID, *args: Any) -> View:
        """One query."""
        self.queries += 1
        return await super().view(registration, *args)


class Played:
    """One registration, played through the facade that pages and API use."""

    def __init__(self, registrations: Counted, links: Links, doors: Doors) -> None:
        self.id = uuid4()
        self._registrations = registrations
        self._links = links
        self._doors = doors

    async def form(self, email: str, messages: Iterable[PersonMessage]) -> None:
        """The first form and those that follow."""
        await self._registrations.start(self.id, _identity(email))
        for message in messages:
            await self._registrations.send(self.id, message)

    async def finish(self, email: str) -> None:
        """The mailed link, then the password, as the JSON API does them."""
        token = await Person(self._doors, email).newest_link()
        await self._links.open(token)
        await self._links.choose_password(token, PASSWORD)
        await self._registrations.view(self.id)

    async def use_up(self, engine: Client, policy: Policy) -> None:
        """Every message a registration may receive, each in a task of its own, the dearest first.

        Back to the first form and forward again, each time with a look-up; the rest of the form; the address
        corrected as often as may be, each time with a mail; then signals that are refused, until it ends.
        """
        send = self._registrations.send
        handle = engine.get_workflow_handle(workflow_id(self.id))
        await self.form(_somebody(), ())
        for _ in range(policy.messages_accepted // 2 - 10):
            await send(self.id, GoBack(leaving=Step.THEMES))
            await send(self.id, _identity(_somebody()))
        for message in BRANCHES["member number"]:
            await send(self.id, message)
        with suppress(Refused):
            while True:
                await _quiet(handle)
                await send(self.id, CorrectEmail(email=_somebody()))
        while (await handle.describe()).status is WorkflowExecutionStatus.RUNNING:
            with suppress(RPCError):  # It may end in between.
                await handle.signal("give_idcc", {"idcc": "1979"})
                await handle.query("journal", rpc_timeout=timedelta(seconds=20))


def _somebody() -> str:
    """An address nobody knows."""
    return f"{uuid4().hex}@exemple.example"


def _identity(email: str) -> Identify:
    return Identify(civility=Civility.MADAME, last_name="Martin", first_name="Camille", email=email)


async def _quiet(handle: Any) -> None:
    """Until no activity is under way."""
    while (await handle.describe()).raw_description.pending_activities:  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def measure(names: Iterable[str] = (*BRANCHES, WORST)) -> dict[str, Bill]:
    """Play the branches on a private stack; their bills, by name."""
    async with AsyncExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="mon-espace-")))
        running = await closing.enter_async_context(stack.private(folder, need_time_skipping=False))
        os.environ.update(running.environ)
        settings = load_settings()
        pool = await connect_database(settings, application="events")
        closing.push_async_callback(pool.close)
        engine = await connect(settings)
        doors = await Doors.of(running, closing)
        bills = {}
        for name in names:
            registrations = Counted(engine, settings.email_hash_key)
            played = Played(registrations, _links(registrations, pool, settings), doors)
            await _play(played, name, engine)
            handle = engine.get_workflow_handle(workflow_id(played.id))
            await asyncio.wait_for(handle.result(), 60)
            bills[name] = bill((await handle.fetch_history()).events)
            if name != WORST:
                bills[name].queried(registrations.queries)
        return bills


async def _play(played: Played, name: str, engine: Client) -> None:
    if name == WORST:
        await played.use_up(engine, Policy())
        return
    email = KNOWN if name == "known contact" else _somebody()
    await played.form(email, BRANCHES[name])
    await played.finish(email)


def _links(registrations: Registrations, pool: PoolType, settings: Settings) -> Links:
    return Links(
        registrations,
        Accounts(pool),
        PasswordHasher(settings),
        TokenMint(settings.link_key_ring),
        Silence(pool, settings.email_hash_key),
    )


def table(bills: dict[str, Bill], of: Callable[[Bill], dict[str, int]], unit: int = 1) -> list[str]:
    """One table: a line for each thing events are for, a column for each branch, the sum last."""
    rows: list[str] = []
    for one in bills.values():
        rows += [row for row in of(one) if row not in rows]
    lines = [f"| | {' | '.join(bills)} |", "|---|" + "--:|" * len(bills)]
    for row in rows:
        lines.append(_line(row, (of(one).get(row, 0) for one in bills.values()), unit))
    lines.append(_line("**in all**", (sum(of(one).values()) for one in bills.values()), unit))
    return lines


def _line(name: str, numbers: Iterable[int], unit: int) -> str:
    cells = (f"{number / unit:.1f}" if unit > 1 else str(number) for number in numbers)
    return f"| {name} | {' | '.join(cells)} |"


def document(bills: dict[str, Bill]) -> str:
    """The page docs/events.md."""
    budget = " | ".join(f"{e} · {b // 1024} KiB · {a}" for e, b, a in (BUDGET[name] for name in bills))
    parts = [
        "# Where the events go",
        "Made by `python -m benchmarks.events`: each branch played by a quick person on the real engine, "
        "codec and search attributes on. An event is a write, a little latency, and more to replay.",
        "## Budgets",
        f"| | {' | '.join(bills)} |\n|---|{'--:|' * len(bills)}\n| events · bytes · actions | {budget} |",
        "## Events",
        "\n".join(table(bills, lambda one: one.events)),
        "## KiB",
        "\n".join(table(bills, lambda one: one.bytes, 1024)),
        "## Billable actions",
        "As [Temporal Cloud's list](https://docs.temporal.io/cloud/actions) counts them; on a server of "
        "one's own they cost nothing. Queries are those of the facade for a frontend that asks no more "
        "than it must (left out of the worst case: a frontend may ask as often as it likes). A mail that "
        "takes over a second adds heartbeats.",
        "\n".join(table(bills, lambda one: one.actions)),
        "## The worst case",
        "The message limits used up one by one: back and forward with another address each time, the address "
        "corrected as often as may be, then signals that are refused. The registration ends as `abandoned`; "
        "the engine itself would warn at 10 240 events and stop at 51 200.",
    ]
    return "\n\n".join(parts) + "\n"


def over_budget(bills: dict[str, Bill]) -> list[str]:
    """What is over its budget, in words."""
    found = []
    for name, one in bills.items():
        measured = (one.events.total(), one.bytes.total(), one.actions.total())
        for what, number, most in zip(("events", "bytes", "actions"), measured, BUDGET[name], strict=True):
            if number > most:
                found.append(f"{name}: {number} {what}, budget {most}")
    return found


def main() -> int:
    """Measure, write, print; 1 when something is over its budget."""
    bills = asyncio.run(measure())
    TARGET.write_text(document(bills), encoding="utf-8")
    print(document(bills))
    for line in over_budget(bills):
        print(line)
    return 1 if over_budget(bills) else 0


if __name__ == "__main__":
    leave(main())
