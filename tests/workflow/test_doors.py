"""Both doors, and what bad messages do: nothing."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError
from temporalio.workflow import _Definition

from domain.messages import (
    OPERATOR_MESSAGES,
    PERSON_MESSAGES,
    WEB_MESSAGES,
    Abandon,
    ChoosePassword,
    CorrectEmail,
    OpenLink,
)
from domain.view import View
from infrastructure.passwords import PasswordHasher
from starter.links import LinkRefused
from starter.registrations import workflow_id
from tests.waiting import eventually
from tests.workflow.world import KNOWN, ONLY_INSEE, PASSWORD, RECOGNISED, RECOGNISED_NUMBER, World
from workflows.effects import TASK_QUEUE
from workflows.registration import RegistrationWorkflow, Start


async def started_by_signal(world: World, email: str) -> UUID:
    """A frontend that only signals: start, then everything by signal."""
    registration = uuid4()
    await world.skipper.client.start_workflow(
        "Registration",
        Start(),
        id=workflow_id(registration),
        task_queue=TASK_QUEUE,
        start_signal="identify",
        start_signal_args=[
            {"civility": "madame", "last_name": "DUPONT", "first_name": "CLAIRE", "email": email}
        ],
    )
    return registration


async def step(world: World, registration: UUID, wanted: str) -> View:
    """Query until the step is reached, as such a frontend does."""

    async def reached() -> View | None:
        view: View = await world.handle(registration).query("view", result_type=View)
        return view if view.step == wanted and not view.busy else None

    return await eventually(reached)


async def prove(world: World, registration: UUID, address: str) -> None:
    """What the web process does behind the link, short of telling the workflow."""
    await world.link_token(registration, address)
    hashed = await PasswordHasher(world.settings).hash(PASSWORD)
    await world.accounts().save_pending(registration, 1, address, hashed)


async def test_known_branch_by_signals_and_queries_alone(world: World) -> None:
    registration = await started_by_signal(world, KNOWN)
    await step(world, registration, "email_link")
    await world.handle(registration).signal("abandon", {})
    assert await world.outcome(registration) == "abandoned"


@pytest.mark.parametrize(
    ("siret", "answer"),
    [
        (RECOGNISED, ("give_member_number", {"number": RECOGNISED_NUMBER})),
        (ONLY_INSEE, ("give_idcc", {"idcc": "1979"})),
    ],
)
async def test_unknown_branches_by_signals_and_queries_alone(
    world: World, siret: str, answer: tuple[str, Any]
) -> None:
    address = world.address()
    registration = await started_by_signal(world, address)
    handle = world.handle(registration)
    await step(world, registration, "themes")
    await handle.signal("choose_themes", {"themes": ["cases"]})
    await step(world, registration, "establishment")
    await handle.signal("claim_establishment", {"kind": "member", "siret": siret})
    await step(world, registration, "member_number" if siret == RECOGNISED else "idcc")
    await handle.signal(*answer)
    await step(world, registration, "email_link")
    await prove(world, registration, address)
    await handle.signal("open_link", OpenLink(link=1))
    await step(world, registration, "password")
    await handle.signal("choose_password", ChoosePassword(link=1))
    assert await world.outcome(registration) == "registered"
    assert (await world.journal(registration)).entries == []


async def test_choose_password_without_proof_makes_no_account(world: World) -> None:
    address = world.address()
    registration = await world.by_number(address)
    await world.link_token(registration, address)
    await world.handle(registration).signal("choose_password", ChoosePassword(link=1))

    async def told() -> View | None:
        view = await world.registrations.view(registration)
        return view if view.errors else None

    view = await eventually(told)
    assert (view.step, view.errors[0].code, view.outcome) == ("password", "password_unproved", None)
    assert [entry.what for entry in (await world.journal(registration)).entries] == ["unproved"]
    assert await world.accounts().account_by_registration(registration) is None
    await world.finish(registration, address)
    assert await world.outcome(registration) == "registered"


GARBAGE: list[Any] = [
    {"civility": "sir"},
    {"link": "x", "submission": 3},
    [1, 2],
    "text",
    None,
    RawValue(Payload(metadata={"encoding": b"binary/encrypted", "key": b"other"}, data=b"0" * 40)),
    RawValue(Payload(metadata={"encoding": b"zip/unknown"}, data=b"\x00\x01")),
    RawValue(Payload(metadata={"encoding": b"json/plain"}, data=b"{not json")),
]


async def test_garbage_changes_nothing_and_neither_fails_nor_blocks(world: World) -> None:
    registration, before = await world.identify(world.address())
    handle = world.handle(registration)
    names = [model.NAME for model in (*PERSON_MESSAGES, *WEB_MESSAGES, *OPERATOR_MESSAGES)]
    for number, garbage in enumerate(GARBAGE):
        name = names[number]
        await handle.signal(name, garbage)
        with pytest.raises(WorkflowUpdateFailedError) as error:
            await handle.execute_update(name, garbage, id=uuid4().hex)
        assert isinstance(error.value.cause, ApplicationError)
        assert error.value.cause.type == "Malformed", (name, garbage)
    await handle.signal("choose_themes", args=[{}, {}])
    await handle.signal("choose_themes")
    await handle.signal("nobody_knows_this", "secret-of-a-person")
    journal = await world.journal(registration)
    assert len(journal.entries) == len(GARBAGE) + 3
    assert "secret-of-a-person" not in journal.model_dump_json()
    assert await world.registrations.view(registration) == before
    described = await handle.describe()
    assert described.raw_description.pending_workflow_task.attempt <= 1


async def test_an_update_nobody_knows_is_refused_and_its_name_written_nowhere(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    registration, before = await world.identify(world.address())
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await world.handle(registration).execute_update("secret-of-a-person", {}, id=uuid4().hex)
    assert isinstance(error.value.cause, ApplicationError)
    assert error.value.cause.type == "Malformed"
    assert await world.registrations.view(registration) == before
    assert "Update raised failure" in caplog.text, "what the SDK says of it would be seen"
    assert "secret-of-a-person" not in caplog.text


async def test_bad_start_fails_at_once(world: World) -> None:
    for start in ({"origin": 3, "x": 1}, None):
        handle = await world.client.start_workflow(
            "Registration", start, id=workflow_id(uuid4()), task_queue=TASK_QUEUE
        )
        with pytest.raises(WorkflowFailureError) as error:
            await asyncio.wait_for(handle.result(), 10)
        assert isinstance(error.value.cause, ApplicationError)
        assert error.value.cause.type == "Malformed"


async def test_too_many_messages_end_the_registration(world: World) -> None:
    registration, _ = await world.identify(world.address())
    handle = world.handle(registration)
    for _ in range(301):
        await handle.signal("nobody_knows_this")
    assert await world.outcome(registration) == "abandoned"
    journal = await world.journal(registration)
    assert len(journal.entries) == 50


async def test_twenty_parallel_final_submissions(world: World) -> None:
    address = world.address()
    registration = await world.by_number(address)
    token = await world.link_token(registration, address)
    submission = uuid4().hex
    await asyncio.gather(*(world.links.choose_password(token, PASSWORD, submission) for _ in range(20)))
    assert await world.outcome(registration) == "registered"
    await world.mail(address, "welcome")
    assert await world.kinds(address) == ["confirmation", "welcome"]
    assert await world.pool.fetchval("SELECT count(*) FROM accounts WHERE email_key = $1", address) == 1


async def test_another_password_after_that_is_told_to_log_in(world: World) -> None:
    address = world.address()
    registration = await world.by_number(address)
    token = await world.link_token(registration, address)
    await world.links.choose_password(token, PASSWORD)
    with pytest.raises(LinkRefused) as refused:
        await world.links.choose_password(token, "Autre-chose-42")
    assert refused.value.code == "link_used"
    await world.links.choose_password(token, PASSWORD)


async def test_opening_the_link_a_hundred_times_uses_nothing_up(world: World) -> None:
    address = world.address()
    registration = await world.by_number(address)
    token = await world.link_token(registration, address)
    for _ in range(100):
        await world.links.open(token)
    assert (await world.journal(registration)).accepted == 5
    await world.finish(registration, address)
    assert await world.outcome(registration) == "registered"


async def test_disown_ends_it_and_stops_all_mail(world: World) -> None:
    address = world.address()
    registration = await world.by_number(address)
    mail = await world.mail(address, "confirmation")
    await world.links.disown(mail.token("pas-moi"))
    assert await world.outcome(registration) == "abandoned"
    again, view = await world.identify(address)
    assert view.step == "themes"
    await world.skip(again, timedelta(hours=3))
    assert await world.kinds(address) == ["confirmation"]


async def test_disown_of_an_old_address_leaves_the_corrected_registration_alone(world: World) -> None:
    wrong, right = world.address(), world.address()
    registration = await world.by_number(wrong)
    mail = await world.mail(wrong, "confirmation")
    await world.registrations.send(registration, CorrectEmail(email=right))
    await world.links.disown(mail.token("pas-moi"))
    await world.finish(registration, right)
    assert await world.outcome(registration) == "registered"


async def test_ending_at_the_moment_a_mail_leaves_is_answered(world: World) -> None:
    """The engine refuses an end that something overtakes, and drops the update that came with it."""
    for milliseconds in range(0, 60, 2):
        address = await world.contact(RECOGNISED)
        registration, _ = await world.identify(address.lower())
        await asyncio.sleep(milliseconds / 1000)
        view = await world.registrations.send(registration, Abandon())
        assert view.outcome == "abandoned"


def test_every_message_has_both_doors() -> None:
    definition = _Definition.must_from_class(RegistrationWorkflow)
    names = {model.NAME for model in (*PERSON_MESSAGES, *WEB_MESSAGES, *OPERATOR_MESSAGES)}
    assert {name for name in definition.updates if name} == names
    assert {name for name in definition.signals if name} == names
    assert all(update.validator is not None for update in definition.updates.values())
    assert set(definition.queries) == {"view", "journal"}


async def test_who_begins_shares_a_turn_with_those_of_the_same_minute(world: World) -> None:
    """Behind thousands who are due at once nobody who begins has to stand: the engine is told who is who."""
    registration, _ = await world.identify(world.address())
    told = (await world.handle(registration).describe()).raw_description.workflow_execution_info
    began = told.start_time.ToDatetime()  # the engine's; the web process read its clock a moment before
    assert told.priority.fairness_key in {f"{began - timedelta(seconds=ago):%m-%dT%H:%M}" for ago in (0, 2)}
