"""Mistakes of ours, planted: one message fails, or the registration waits for better code. It never ends."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from domain import desk, results, rules, screen
from domain.messages import ChooseThemes, Message
from starter.registrations import Unavailable
from tests.waiting import eventually
from tests.workflow.world import RECOGNISED, World

THEMES: type[Message] = ChooseThemes


def broken(*arguments: Any) -> Any:
    raise KeyError("a value of somebody's")


async def planted(world: World, registration: UUID) -> ApplicationError:
    """The planted bug as the caller of an update sees it."""
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await world.handle(registration).execute_update("choose_themes", ChooseThemes(), id=uuid4().hex)
    assert isinstance(error.value.cause, ApplicationError)
    return error.value.cause


async def goes_on(world: World, registration: UUID) -> None:
    """The corrected code takes the registration further, and nothing had been tried in vain."""
    described = await world.handle(registration).describe()
    assert described.status is WorkflowExecutionStatus.RUNNING
    view = await world.registrations.view(registration)
    if view.step == "themes":
        view = await world.registrations.send(registration, ChooseThemes())
    assert view.step == "establishment"
    assert (await world.claim(registration, RECOGNISED)).step == "member_number"


async def test_in_a_rule_fails_that_one_update(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    registration, _ = await world.identify(world.address())
    with monkeypatch.context() as bug:
        bug.setitem(rules._RULES, THEMES, broken)
        failure = await planted(world, registration)
        assert failure.type == "HandlerBug"
        assert "somebody" not in str(failure)
        with pytest.raises(Unavailable):
            await world.registrations.send(registration, ChooseThemes())
    assert (await world.journal(registration)).accepted == 1
    await goes_on(world, registration)


async def test_in_a_handler_fails_that_one_update(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    registration, _ = await world.identify(world.address())
    with monkeypatch.context() as bug:
        bug.setattr(screen, "view", broken)
        assert (await planted(world, registration)).type == "HandlerBug"
    await goes_on(world, registration)


async def test_in_a_rule_is_journalled_for_a_signal(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    registration, _ = await world.identify(world.address())
    with monkeypatch.context() as bug:
        bug.setitem(rules._RULES, THEMES, broken)
        await world.handle(registration).signal("choose_themes", ChooseThemes())

        async def noted() -> str | None:
            entries = (await world.journal(registration)).entries
            return entries[0].what if entries else None

        what = await eventually(noted)
    assert "KeyError" in what
    assert "somebody" not in what
    await goes_on(world, registration)


@pytest.mark.parametrize(("module", "name"), [(desk, "attributes"), (results, "apply")])
async def test_in_the_journey_waits_for_better_code(
    world: World, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    registration = await world.to_establishment(world.address())
    handle = world.handle(registration)
    with monkeypatch.context() as bug:
        bug.setattr(module, name, broken)
        with pytest.raises(Unavailable):
            await world.claim(registration, RECOGNISED)

        async def tried_again() -> bool:
            described = await handle.describe()
            assert described.status is WorkflowExecutionStatus.RUNNING
            return bool(described.raw_description.pending_workflow_task.attempt > 1)

        await eventually(tried_again)

    async def mended() -> bool:
        try:
            view = await world.registrations.view(registration)
        except Unavailable:
            return False
        if view.step == "establishment" and not view.busy:
            await world.claim(registration, RECOGNISED)
        return view.step == "member_number"

    await eventually(mended, 40)
