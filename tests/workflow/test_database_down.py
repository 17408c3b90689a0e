"""PostgreSQL away for a while: nothing fails, nothing is lost, the answer comes when it is back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest

from domain.messages import GiveMemberNumber, OpenLink
from domain.view import View
from starter.registrations import Unavailable
from tests.waiting import eventually
from tests.workflow.world import PASSWORD, RECOGNISED, RECOGNISED_NUMBER, World


@asynccontextmanager
async def without(world: World, table: str) -> AsyncIterator[None]:
    """A table that is not there: the activity's query fails as it does when PostgreSQL is away."""
    await world.pool.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        yield
    finally:
        await world.pool.execute(f"ALTER TABLE {table}_away RENAME TO {table}")


async def test_contacts_away_then_back(world: World) -> None:
    registration = uuid4()
    async with without(world, "contacts"):
        _, view = await world.identify(world.address(), registration)
        assert (view.step, view.busy) == ("identity", True)
        await eventually(lambda: _attention(world, registration, "database_unavailable"), 20)
    await _reaches(world, registration, "themes")
    await eventually(lambda: _attention(world, registration, None), 20)


async def test_numbers_away_then_back(world: World) -> None:
    registration = await world.to_establishment(world.address())
    await world.claim(registration, RECOGNISED)
    async with without(world, "establishments"):
        message = GiveMemberNumber(number=RECOGNISED_NUMBER, submission=uuid4().hex)
        view = await world.registrations.send(registration, message)
        assert (view.step, view.busy, view.outcome) == ("member_number", True, None)
        await asyncio.sleep(1)
    await _reaches(world, registration, "email_link")
    assert (await world.registrations.send(registration, message)).step == "email_link"


async def test_accounts_away_then_back(world: World) -> None:
    address = world.address()
    registration = await world.by_number(address)
    token = await world.link_token(registration, address)
    await world.registrations.send(registration, OpenLink(link=1))
    submission = uuid4().hex
    async with without(world, "attachments"):
        with pytest.raises(Unavailable):
            await world.links.choose_password(token, PASSWORD, submission)
        assert (await world.registrations.view(registration)).busy
    await _reaches(world, registration, "done")
    await world.links.choose_password(token, PASSWORD, submission)
    assert await world.outcome(registration) == "registered"


async def _attention(world: World, registration: UUID, expected: str | None) -> bool:
    return (await world.attributes(registration)).get("RegistrationAttention") == expected


async def _reaches(world: World, registration: UUID, step: str) -> None:
    async def there() -> View | None:
        view = await world.registrations.view(registration)
        return view if view.step == step and not view.busy else None

    await eventually(there, 20)
