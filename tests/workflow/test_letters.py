"""Mails asked for outside a registration's steps: resume, forgotten password, password changed."""

import asyncio
from uuid import UUID

import pytest

from infrastructure import directory
from infrastructure.letter_requests import LetterRequests
from infrastructure.limits import Limits
from infrastructure.passwords import PasswordHasher
from starter.links import LinkRefused
from starter.sessions import Login, LoginRefused
from tests.waiting import eventually
from tests.workflow.world import PASSWORD, RECOGNISED, World
from workflows.effects import TASK_QUEUE

OTHER = "Nuage-9-bleuet"


def login(world: World) -> Login:
    limits = Limits(world.pool, world.settings.email_hash_key)
    return Login(world.pool, world.settings, limits, PasswordHasher(world.settings))


async def an_account(world: World) -> str:
    address = world.address()
    registration = await world.by_number(address)
    await world.finish(registration, address)
    await world.outcome(registration)
    return address


async def test_resume_by_mail(world: World) -> None:
    address = world.address()
    registration, _ = await world.identify(address)
    requests = LetterRequests(world.client, world.pool, TASK_QUEUE, world.settings.email_hash_key)
    await eventually(lambda: requests.under_way(address))  # lists are a moment behind
    await world.letters.resume(address.upper())
    mail = await world.mail(address, "resume")
    assert (await world.links.resume(mail.token("reprendre"))).registration == registration


async def test_nothing_to_resume_sends_nothing(world: World) -> None:
    address = await an_account(world)
    before = len(await world.mails(address))
    await world.letters.resume(address)
    await world.letters.forgotten(world.address())
    await world.asked_letters_answered()
    await asyncio.sleep(0.3)
    assert len(await world.mails(address)) == before


async def test_forgotten_password_is_replaced_once(world: World) -> None:
    address = await an_account(world)
    session = await login(world).log_in(address, PASSWORD, "127.0.0.1")
    await world.letters.forgotten(address)
    token = (await world.mail(address, "password_forgotten")).token("nouveau-mot-de-passe")
    assert (await world.resets.open(token)).address == address
    await world.resets.choose(token, OTHER)
    await world.mail(address, "password_changed")
    with pytest.raises(LinkRefused) as refused:
        await world.resets.choose(token, "Encore-autre-7")
    assert refused.value.code == "link_expired"
    with pytest.raises(LoginRefused):
        await login(world).log_in(address, PASSWORD, "127.0.0.1")
    await login(world).log_in(address, OTHER, "127.0.0.1")
    assert await login(world).account(session) is None


async def test_changing_it_while_logged_in_asks_for_the_present_one(world: World) -> None:
    address = await an_account(world)
    account = await world.accounts().account_by_email(address)
    assert account is not None
    with pytest.raises(LoginRefused):
        await login(world).prove(account.id, "pas-le-bon-1", "127.0.0.1")
    await login(world).prove(account.id, PASSWORD, "127.0.0.1")
    await world.resets.change(account.id, OTHER)
    await world.mail(address, "password_changed")
    await login(world).log_in(address, OTHER, "127.0.0.1")


async def test_a_link_of_another_purpose_opens_nothing(world: World) -> None:
    address = await an_account(world)
    confirmation = (await world.mail(address, "confirmation")).token()
    with pytest.raises(LinkRefused):
        await world.resets.open(confirmation)


async def ordered_newcomer(world: World, registration: UUID) -> int:
    """To how many people the worker has written by itself."""

    async def ordered() -> bool:
        return not await world.pool.fetchval("SELECT count(*) FROM letters_due")

    await eventually(ordered)
    workflow = world.client.get_workflow_handle(f"newcomer-{registration}", result_type=int)
    return await asyncio.wait_for(workflow.result(), 15)


async def test_colleagues_are_told_of_a_newcomer_once(world: World) -> None:
    colleague, newcomer = world.address(), world.address()
    await world.pool.execute(
        "INSERT INTO contacts (email_key, email) VALUES ($1, $1)",
        colleague,
    )
    await world.pool.execute(
        "INSERT INTO contact_establishments (email_key, siret, kind) VALUES ($1, $2, 'member')",
        colleague,
        RECOGNISED,
    )
    registration = await world.by_number(newcomer)
    await world.finish(registration, newcomer)
    await world.outcome(registration)
    told = await ordered_newcomer(world, registration)
    assert 1 <= told <= 5
    if told < 5:  # others of the run may stand before this one
        assert (await world.mail(colleague, "newcomer")).subject.endswith("dans votre établissement")
    assert len([one for one in await world.mails(colleague) if one.kind == "newcomer"]) <= 1


async def test_who_comes_later_is_told_of_nobody_who_was_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "COLLEAGUES_AT_MOST", 10_000)
    first, second = world.address(), world.address()
    registrations = []
    for address in (first, second):
        registrations.append(await world.by_number(address))
        await world.finish(registrations[-1], address)
        await world.outcome(registrations[-1])
    async with world.pool.acquire() as connection:
        told = [
            {one.email for one in await directory.colleagues(connection, registration)} & {first, second}
            for registration in registrations
        ]
    assert told == [set(), {first}]
