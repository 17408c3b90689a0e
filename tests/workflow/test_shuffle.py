"""Any order, anything doubled, by either door, against the real engine: always a legal state.

Each seed is one registration that gets the messages of a whole journey, right and wrong ones, shuffled and
partly doubled. What must hold, holds after every message; then somebody finishes it properly.
"""

import asyncio
import contextlib
import random
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.worker import Replayer

from domain.messages import (
    ChoosePassword,
    ChooseThemes,
    ClaimEstablishment,
    CorrectEmail,
    GiveIdcc,
    GiveMemberNumber,
    GoBack,
    Identify,
    Kind,
    NoMemberNumber,
    OpenLink,
    OperatorApprove,
    OperatorExtend,
    OperatorMessage,
    OperatorRefuse,
    OperatorResend,
    OperatorRetry,
    PersonMessage,
    ReportBounce,
    ResendLink,
    Step,
    Theme,
)
from domain.people import Civility
from domain.policy import Policy
from domain.view import View
from infrastructure.temporal import plugin
from starter.registrations import Refused, workflow_id
from tests.waiting import eventually
from tests.workflow.world import (
    CLOSED,
    NOT_PUBLIC,
    ONLY_INSEE,
    RECOGNISED,
    RECOGNISED_NUMBER,
    World,
)
from workflows.effects import TASK_QUEUE
from workflows.registration import RegistrationWorkflow, Start

WHO = {"by": "Sam", "reason": "motif"}
SEEDS = range(8)


def messages(chance: random.Random, address: str, other: str) -> list[PersonMessage | OperatorMessage]:
    """A whole journey and what does not belong into it, shuffled, every third message twice."""
    listed: list[PersonMessage | OperatorMessage] = [
        *(ChooseThemes(themes=(Theme.CASES,)) for _ in range(3)),
        *(
            ClaimEstablishment(kind=chance.choice(list(Kind)), siret=siret)
            for siret in (RECOGNISED, RECOGNISED, ONLY_INSEE, CLOSED, NOT_PUBLIC, "000000018")
        ),
        *(GiveMemberNumber(number=number) for number in (RECOGNISED_NUMBER, RECOGNISED_NUMBER, "99")),
        *(GiveIdcc(idcc="1979") for _ in range(2)),
        *(GoBack(leaving=step) for step in (Step.THEMES, Step.MEMBER_NUMBER, Step.IDCC, Step.ESTABLISHMENT)),
        *(OpenLink(link=number) for number in (1, 2)),
        *(ChoosePassword(link=number) for number in (1, 2)),
        NoMemberNumber(),
        ResendLink(),
        ReportBounce(),
        CorrectEmail(email=other),
        identity(address),
        OperatorResend(**WHO),
        OperatorExtend(**WHO, days=3),
        OperatorRetry(**WHO),
        OperatorApprove(**WHO),
        OperatorRefuse(**WHO),
    ]
    stamped = [
        one.model_copy(update={"submission": uuid4().hex}) if isinstance(one, PersonMessage) else one
        for one in listed
    ]
    doubled = stamped + chance.sample(stamped, len(stamped) // 3)
    chance.shuffle(doubled)
    return doubled


def identity(address: str) -> Identify:
    return Identify(civility=Civility.MADAME, last_name="DUPONT", first_name="CLAIRE", email=address)


async def deliver(world: World, registration: UUID, message: Any, chance: random.Random) -> None:
    """By signal or by update; being refused is an answer, being unavailable is not."""
    handle = world.handle(registration)
    if chance.random() < 0.4:
        await handle.signal(message.NAME, message)
    elif isinstance(message, PersonMessage):
        with contextlib.suppress(Refused):
            await world.registrations.send(registration, message)
    else:
        with contextlib.suppress(WorkflowUpdateFailedError):
            await handle.execute_update(message.NAME, message, id=uuid4().hex, result_type=View)


async def legal(world: World, registration: UUID) -> View:
    """What holds at any moment before anybody proved the mailbox."""
    view = await world.registrations.view(registration)
    assert await world.accounts().account_by_registration(registration) is None
    assert view.outcome in (None, "refused"), view.outcome
    if view.step in ("member_number", "idcc", "review"):
        assert view.answers.siret
        assert view.answers.themes is not None
    journal = await world.journal(registration)
    assert journal.accepted <= journal.received
    assert len(journal.entries) <= 50
    assert not [entry for entry in journal.entries if "bug" in entry.what.lower()], journal
    return view


async def on_to_the_link(world: World, registration: UUID, address: str) -> View:
    """Somebody sensible takes over, wherever it stands."""
    for _ in range(20):
        view = await world.registrations.view(registration)
        if view.busy:
            await asyncio.sleep(0.05)
            continue
        following: dict[str, Any] = {
            "identity": identity(address),
            "themes": ChooseThemes(),
            "establishment": ClaimEstablishment(kind=Kind.MEMBER, siret=RECOGNISED),
            "member_number": GiveMemberNumber(number=RECOGNISED_NUMBER),
            "idcc": GiveIdcc(idcc="1979"),
        }
        if view.step == "review":
            approve = OperatorApprove(**WHO)
            await world.handle(registration).execute_update("operator_approve", approve, result_type=View)
        elif view.step in following:
            with contextlib.suppress(Refused):
                await world.registrations.send(registration, following[view.step])
        else:
            return view
    raise AssertionError(view)


@pytest.mark.parametrize("seed", SEEDS)
async def test_any_order_of_messages(world: World, seed: int) -> None:
    chance = random.Random(seed)
    first, second, registration = world.address(), world.address(), uuid4()
    if seed % 2:
        await world.identify(first, registration)
    else:  # A frontend whose start brings no message at all.
        await world.skipper.client.start_workflow(
            "Registration", Start(), id=workflow_id(registration), task_queue=TASK_QUEUE
        )
        await world.handle(registration).signal("identify", identity(first))
    for message in messages(chance, first, second):
        await deliver(world, registration, message, chance)
        view = await legal(world, registration)
        if view.outcome:
            break
    if view.outcome is None:
        view = await on_to_the_link(world, registration, first)
        await finish(world, registration, view)
    assert await world.outcome(registration) in ("registered", "refused")
    await asyncio.sleep(0.2)
    mails = [*await world.mails(first), *await world.mails(second)]
    assert len({mail.message_id for mail in mails}) == len(mails)
    await never_more_mails_than_the_plan(world, registration, mails)
    history = await world.handle(registration).fetch_history()
    replayer = Replayer(workflows=[RegistrationWorkflow], plugins=[plugin(world.settings)])
    await replayer.replay_workflow(history)


async def finish(world: World, registration: UUID, view: View) -> None:
    """The mailbox that the registration writes to now is proved."""
    address = view.answers.email
    assert address
    tokens = await eventually(lambda: tokens_of(world, registration, address))
    # The link of the newest mail may have been replaced by a correction; one of them is right.
    await world.links.choose_password(tokens[-1], "Tilleul-7-cascade", uuid4().hex)


async def tokens_of(world: World, registration: UUID, address: str) -> list[str] | None:
    found = [mail.token() for mail in await world.mails(address) if "/lien?" in mail.text]
    return found or None


async def never_more_mails_than_the_plan(world: World, registration: UUID, mails: list[Any]) -> None:
    """One mail for each thing that was asked for, none for what was refused or doubled."""
    sent = Counter(mail.kind for mail in mails if mail.kind != "newcomer")  # a colleague's, of another test
    entries = (await world.journal(registration)).entries
    done = Counter(entry.name for entry in entries if entry.door == "operator")
    policy = Policy()
    links = 1 + policy.resends + done["operator_resend"] + 1  # the first, asked again, corrected to and fro
    assert sent["confirmation"] + sent["approved"] <= links
    assert sent["approved"] <= done["operator_approve"]
    assert sent["refused"] <= done["operator_refuse"]
    assert sent["welcome"] <= 1
    assert set(sent) <= {"confirmation", "approved", "refused", "welcome", "in_review"}, sent


async def test_reminders_are_no_more_however_often_messages_are_doubled(world: World) -> None:
    address = world.address()
    registration = await world.by_number(address)
    for _ in range(3):
        await world.handle(registration).signal("choose_themes", {})
        await world.handle(registration).signal("open_link", OpenLink(link=9))
        await world.skip(registration, timedelta(hours=26))
    kinds = Counter(await world.kinds(address))
    assert kinds == {"confirmation": 1, "reminder_link": 2}
