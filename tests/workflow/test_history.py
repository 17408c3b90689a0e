"""What a registration leaves in Temporal: few events, few bytes, nothing personal, and it replays."""

import asyncio
import contextlib
from collections import Counter
from uuid import UUID, uuid4

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus, WorkflowHistory
from temporalio.service import RPCError
from temporalio.worker import Replayer

from domain.messages import (
    ChooseThemes,
    ClaimEstablishment,
    GiveIdcc,
    GiveMemberNumber,
    GoBack,
    Identify,
    Kind,
    OpenLink,
    Step,
    Theme,
)
from domain.people import Civility
from domain.policy import Policy
from infrastructure.temporal import plugin
from tests.workflow.world import ONLY_INSEE, PASSWORD, RECOGNISED, RECOGNISED_NUMBER, World
from workflows.registration import RegistrationWorkflow

NAME, FIRST_NAME = "Zyxwvutsky", "Quetzalcoatlina"
#: Branch → most events, most bytes.
BUDGET = {"known": (36, 16_384), "number": (60, 16_384), "insee": (66, 16_384)}

#: Far below the 51 200 events and 50 MiB at which the engine ends a workflow.
WORST = (1_500, 1_048_576)


async def journey(world: World, branch: str, address: str) -> UUID:
    """A quick person with a name that stands nowhere else."""
    registration, send = uuid4(), world.registrations.send
    identify = Identify(civility=Civility.MADAME, last_name=NAME, first_name=FIRST_NAME, email=address)
    await world.registrations.start(registration, identify)
    if branch != "known":
        await send(registration, ChooseThemes(themes=(Theme.CASES,)))
        siret = RECOGNISED if branch == "number" else ONLY_INSEE
        await send(registration, ClaimEstablishment(kind=Kind.MEMBER, siret=siret))
        answer = GiveMemberNumber(number=RECOGNISED_NUMBER) if branch == "number" else GiveIdcc(idcc="1979")
        await send(registration, answer)
    token = await world.link_token(registration, address)
    await world.registrations.send(registration, OpenLink(link=1))
    await world.links.choose_password(token, PASSWORD)
    assert await world.outcome(registration) == "registered"
    return registration


@pytest.fixture(params=BUDGET)
async def told(request: pytest.FixtureRequest, world: World) -> tuple[str, str, WorkflowHistory]:
    """A finished registration of each branch: its branch, address and history."""
    branch = str(request.param)
    address = await world.contact(RECOGNISED) if branch == "known" else world.address()
    registration = await journey(world, branch, address)
    return branch, address, await world.handle(registration).fetch_history()


async def test_budget_of_events_and_bytes(told: tuple[str, str, WorkflowHistory]) -> None:
    branch, _, history = told
    events, size = len(history.events), sum(event.ByteSize() for event in history.events)
    most_events, most_bytes = BUDGET[branch]
    table = Counter(EventType.Name(event.event_type) for event in history.events)
    assert events <= most_events, (events, table)
    assert size <= most_bytes, size


async def test_history_is_bounded_by_the_limits_of_messages(world: World) -> None:
    """Back and forward, each time with a look-up, then signals that are refused: it ends, at so much each."""
    policy = Policy(messages_accepted=12, messages_in_all=30)
    limited = world.with_policy(policy)
    registration, view = await limited.identify(limited.address())
    for _ in range(policy.messages_accepted // 2 - 1):
        assert view.outcome is None
        view = await limited.registrations.send(registration, GoBack(leaving=Step.THEMES))
        again = Identify(
            civility=Civility.MADAME, last_name=NAME, first_name=FIRST_NAME, email=limited.address()
        )
        view = await limited.registrations.send(registration, again)
    handle, sent = world.handle(registration), 0
    while (await handle.describe()).status is WorkflowExecutionStatus.RUNNING:
        with contextlib.suppress(RPCError):  # It may end in between.
            await handle.signal("give_idcc", {"idcc": "1979"})
        sent += 1
        assert sent <= 10 * policy.messages_in_all
        await asyncio.sleep(0.02)
    assert await world.outcome(registration) == "abandoned"
    events = len((await handle.fetch_history()).events)
    assert events <= 8 * policy.messages_in_all, events


async def test_nothing_personal_is_readable(told: tuple[str, str, WorkflowHistory]) -> None:
    branch, address, history = told
    text = history.to_json()
    raw = b"".join(event.SerializeToString() for event in history.events)
    typed = [NAME, FIRST_NAME, address, address.split("@")[0], RECOGNISED_NUMBER, "123456001", PASSWORD]
    for secret in typed:
        assert secret.lower() not in text.lower(), (branch, secret)
        assert secret.lower().encode() not in raw.lower(), (branch, secret)


async def test_operators_texts_stay_readable_without_the_codec(
    told: tuple[str, str, WorkflowHistory],
) -> None:
    _, _, history = told
    summaries = [event.user_metadata.summary.data.decode() for event in history.events]
    assert '"Inscription – Mon Espace"' in summaries
    assert '"Prochain contrôle des échéances"' in summaries
    assert '"Mail : confirmation"' in summaries


async def test_replays(world: World, told: tuple[str, str, WorkflowHistory]) -> None:
    _, _, history = told
    replayer = Replayer(workflows=[RegistrationWorkflow], plugins=[plugin(world.settings)])
    await replayer.replay_workflow(history)


async def test_search_attributes_hold_no_personal_data(world: World) -> None:
    address = world.address()
    registration = await world.by_number(address)
    await asyncio.sleep(0.2)
    attributes = await world.attributes(registration)
    assert attributes["RegistrationStep"] == "email_link"
    assert attributes["RegistrationBranch"] == "number"
    assert attributes["RegistrationWaitingOn"] == "person"
    assert len(attributes["RegistrationEmailHash"]) == 32
    assert address not in str(attributes)
