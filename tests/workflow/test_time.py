"""Reminders, deadlines and late clicks, by skipping time on the real server."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from domain.effects import MailKind
from domain.messages import ChooseThemes, NoMemberNumber, OperatorExtend, ResendLink
from domain.view import View
from starter.links import LinkRefused
from starter.registrations import Ended, Refused
from tests.workflow.world import NOT_PUBLIC, PASSWORD, RECOGNISED, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def unknown_person(world: World, address: str) -> UUID:
    """At the themes form."""
    registration, _ = await world.identify(address)
    return registration


async def at_establishment(world: World, address: str) -> UUID:
    return await world.to_establishment(address)


async def at_number(world: World, address: str) -> UUID:
    registration = await world.to_establishment(address)
    await world.claim(registration, RECOGNISED)
    return registration


async def at_link(world: World, address: str) -> UUID:
    return await world.by_number(address)


async def at_link_by_idcc(world: World, address: str) -> UUID:
    return await world.by_idcc(address)


FORMS = [unknown_person, at_establishment, at_number]
LINKS = [at_link, at_link_by_idcc]


async def kinds(world: World, address: str) -> list[str]:
    return await world.kinds(address)


@pytest.mark.parametrize("reach", FORMS, ids=lambda reach: reach.__name__)
async def test_form_left_unanswered_is_recalled_twice_then_expires(world: World, reach) -> None:  # type: ignore[no-untyped-def]
    address = world.address()
    registration = await reach(world, address)
    await world.skip(registration, 2 * HOUR - timedelta(minutes=1))
    assert await kinds(world, address) == []
    await world.skip(registration, timedelta(minutes=2))
    first = await world.mail(address, "reminder_form")
    assert (await world.links.resume(first.token("reprendre"))).registration == registration
    await world.skip(registration, 70 * HOUR)
    await world.mail(address, "reminder_form", count=2)
    await world.skip(registration, 4 * DAY)
    assert await world.outcome(registration) == "expired"
    assert await kinds(world, address) == ["reminder_form", "reminder_form", "expired"]


async def test_who_began_together_is_not_recalled_together(world: World) -> None:
    spread = world.with_policy(reminder_spread=timedelta(minutes=20))
    address, halfway = spread.address(), UUID(int=uuid4().int // 1_000 * 1_000 + 500)
    registration, _ = await spread.identify(address, halfway)
    await spread.skip(registration, 2 * HOUR + timedelta(minutes=9))
    assert await kinds(spread, address) == []
    await spread.skip(registration, timedelta(minutes=2))
    await spread.mail(address, "reminder_form")


@pytest.mark.parametrize("reach", LINKS, ids=lambda reach: reach.__name__)
async def test_link_left_unopened_is_recalled_twice_then_expires(world: World, reach) -> None:  # type: ignore[no-untyped-def]
    address = world.address()
    registration = await reach(world, address)
    await world.mail(address, "confirmation")
    await world.skip(registration, 24 * HOUR + timedelta(minutes=1))
    reminder = await world.mail(address, "reminder_link")
    assert reminder.token() != (await world.mail(address, "confirmation")).token()
    await world.skip(registration, 48 * HOUR)
    await world.mail(address, "reminder_link", count=2)
    await world.skip(registration, 5 * DAY)
    assert await world.outcome(registration) == "expired"
    assert await kinds(world, address) == ["confirmation", "reminder_link", "reminder_link", "expired"]


async def test_password_not_chosen_has_its_own_reminder(world: World) -> None:
    address = world.address()
    registration = await at_link(world, address)
    await world.links.open((await world.mail(address, "confirmation")).token())
    await world.skip(registration, 25 * HOUR)
    reminder = await world.mail(address, "reminder_password")
    await world.links.choose_password(reminder.token(), PASSWORD)
    assert await world.outcome(registration) == "registered"


async def test_link_lives_a_day_and_a_fresh_one_replaces_it(world: World) -> None:
    address = world.address()
    registration = await at_link(world, address)
    old = await world.mail(address, "confirmation")
    await world.skip(registration, 24 * HOUR + timedelta(minutes=5))
    with pytest.raises(LinkRefused) as refused:
        await world.links.open(old.token())
    assert refused.value.code == "link_expired"
    await world.registrations.send(registration, ResendLink())
    fresh = await world.mail(address, "confirmation", count=2)
    await world.links.choose_password(fresh.token(), PASSWORD)
    assert await world.outcome(registration) == "registered"


async def test_reminders_count_from_the_last_answer(world: World) -> None:
    address = world.address()
    registration = await unknown_person(world, address)
    await world.skip(registration, timedelta(minutes=90))
    await world.registrations.send(registration, ChooseThemes())
    await world.skip(registration, timedelta(minutes=60))
    assert await kinds(world, address) == []
    await world.skip(registration, timedelta(minutes=61))
    await world.mail(address, "reminder_form")


async def test_without_a_number_thirty_days_are_left(world: World) -> None:
    address = world.address()
    registration = await at_number(world, address)
    await world.registrations.send(registration, NoMemberNumber())
    await world.skip(registration, 29 * DAY)
    assert (await world.registrations.view(registration)).step == "member_number"
    await world.skip(registration, 2 * DAY)
    assert await world.outcome(registration) == "expired"


async def test_review_never_expires_and_recalls_the_operators_twice(world: World) -> None:
    address = world.address()
    registration = await at_establishment(world, address)
    before = await kinds(world, world.settings.mail_operators)
    await world.claim(registration, NOT_PUBLIC)
    await world.skip(registration, 60 * DAY)
    assert (await world.registrations.view(registration)).step == "review"
    for _ in range(100):
        after = await kinds(world, world.settings.mail_operators)
        if len(after) - len(before) == 3:
            break
        await asyncio.sleep(0.05)
    assert after[len(before) :] == [MailKind.OPERATORS_REVIEW] * 3


async def test_operator_extends_the_deadline(world: World) -> None:
    address = world.address()
    registration = await at_link(world, address)
    extend = OperatorExtend(by="Sam", reason="absence", days=10)
    await world.handle(registration).execute_update("operator_extend", extend, result_type=View)
    await world.skip(registration, 16 * DAY)
    assert (await world.registrations.view(registration)).outcome is None
    await world.skip(registration, 2 * DAY)
    assert await world.outcome(registration) == "expired"


async def test_click_sent_before_the_deadline_counts_though_it_arrives_after(world: World) -> None:
    address = world.address()
    registration = await unknown_person(world, address)
    sent = await the_deadline(world, registration) - timedelta(seconds=5)
    await world.skip(registration, 7 * DAY + timedelta(seconds=20))
    world.now = lambda: sent
    view = await world.registrations.send(registration, ChooseThemes())
    assert view.step == "establishment"


async def test_click_sent_after_the_deadline_does_not_count(world: World) -> None:
    address = world.address()
    registration = await unknown_person(world, address)
    sent = await the_deadline(world, registration) + timedelta(seconds=5)
    await world.skip(registration, 7 * DAY + timedelta(seconds=20))
    world.now = lambda: sent
    with pytest.raises(Refused) as refused:
        await world.registrations.send(registration, ChooseThemes())
    assert refused.value.codes == {"late"}
    await world.skip(registration, timedelta(minutes=2))
    assert await world.outcome(registration) == "expired"
    with pytest.raises(Ended) as ended:
        await world.registrations.send(registration, ChooseThemes())
    assert ended.value.outcome == "expired"


async def the_deadline(world: World, registration: UUID) -> datetime:
    """The deadline as lists of registrations show it."""
    for _ in range(100):
        found = (await world.attributes(registration)).get("RegistrationDeadline")
        if found:
            assert isinstance(found, datetime)
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("no deadline")
