"""INSEE slow, down, back: nothing typed is lost, and the registration goes on by itself."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.messages import GoBack, OperatorRetry, Step
from domain.policy import Policy
from domain.view import View
from tests.waiting import eventually
from tests.workflow.world import ONLY_INSEE, RECOGNISED, World

NEVER_ASKED = ("00000011700010", "00000012500013", "00000013300017", "00000014100010", "00000015800014")


@pytest.fixture
async def forgetful(world: World) -> World:
    """INSEE's earlier answers are forgotten."""
    await world.pool.execute("DELETE FROM insee_answers")
    return world


async def test_down_then_back_goes_on_by_itself(forgetful: World) -> None:
    world = forgetful
    await world.fault("down")
    registration = await world.to_establishment(world.address())
    view = await world.claim(registration, ONLY_INSEE)
    assert (view.step, view.busy, view.outcome) == ("establishment", True, None)
    assert view.errors[0].code == "insee_unavailable"
    assert view.answers.siret == ONLY_INSEE
    assert (await world.attributes(registration))["RegistrationWaitingOn"] == "insee"
    await world.fault("none")

    async def answered() -> View | None:
        view = await world.registrations.view(registration)
        return view if view.step == "idcc" else None

    assert not (await eventually(answered)).busy


async def test_slow_answers_within_three_seconds(forgetful: World) -> None:
    world = forgetful
    await world.fault("slow", seconds=6)
    registration = await world.to_establishment(world.address())
    started = asyncio.get_running_loop().time()
    view = await world.claim(registration, ONLY_INSEE)
    assert asyncio.get_running_loop().time() - started < 3
    assert (view.busy, view.errors[0].code) == (True, "insee_unavailable")


async def test_deadline_stands_still_and_a_mail_calls_back(forgetful: World) -> None:
    world, address = forgetful, forgetful.address()
    await world.fault("down")
    # One retry a day: each skipped retry costs real time.
    world = world.with_policy(Policy(insee_slowest_seconds=86_400))
    registration = await world.to_establishment(address)
    await world.claim(registration, ONLY_INSEE)
    await world.skip(registration, timedelta(days=9))
    assert (await world.registrations.view(registration)).busy
    assert (await world.attributes(registration))["RegistrationAttention"] == "insee_unavailable"
    await world.fault("none")
    retry = OperatorRetry(by="Sam", reason="l'INSEE répond de nouveau")
    await world.handle(registration).execute_update("operator_retry", retry, result_type=View)
    mail = await world.mail(address, "insee_back")
    assert (await world.links.resume(mail.token("reprendre"))).registration == registration
    await world.skip(registration, timedelta(days=6))
    view = await world.registrations.view(registration)
    assert (view.step, view.outcome) == ("idcc", None)


async def test_going_back_drops_the_question_and_its_late_answer(forgetful: World) -> None:
    world = forgetful
    await world.fault("slow", seconds=4)
    registration = await world.to_establishment(world.address())
    await world.claim(registration, ONLY_INSEE)
    back = GoBack(leaving=Step.ESTABLISHMENT, submission=uuid4().hex)
    view = await world.registrations.send(registration, back)
    assert (view.step, view.busy, view.answers.siret) == ("establishment", False, ONLY_INSEE)
    view = await world.claim(registration, RECOGNISED)
    assert view.step == "member_number"
    await asyncio.sleep(4)
    assert (await world.registrations.view(registration)).step == "member_number"


async def test_sixth_siret_goes_to_review(forgetful: World) -> None:
    world = forgetful
    registration = await world.to_establishment(world.address())
    for siret in NEVER_ASKED:
        assert (await world.claim(registration, siret)).step == "idcc"
        await world.registrations.send(registration, GoBack(leaving=Step.IDCC))
    assert (await world.claim(registration, ONLY_INSEE)).step == "review"
    calls = await world.pool.fetchval("SELECT count(*) FROM insee_answers")
    assert calls == len(NEVER_ASKED)
