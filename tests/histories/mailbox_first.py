"""The mailbox before the branch: both branches, an address that changed hands, a review behind the link."""

from datetime import timedelta
from uuid import UUID, uuid4

from domain.messages import (
    ChooseThemes,
    ClaimEstablishment,
    CorrectEmail,
    GiveIdcc,
    GiveMemberNumber,
    GoBack,
    Kind,
    OperatorApprove,
    Step,
)
from domain.policy import Policy
from starter.holder import Holder, resume_token
from tests.histories.recording import scenario
from tests.histories.weeks import WHO, act
from tests.workflow.world import NOT_PUBLIC, ONLY_INSEE, PASSWORD, RECOGNISED, RECOGNISED_NUMBER, World

DAY = timedelta(days=1)


def first(world: World) -> World:
    """A world that confirms the mailbox first."""
    return world.with_policy(Policy(confirm_email_first=True))


def claim(siret: str) -> ClaimEstablishment:
    """An establishment of a member."""
    return ClaimEstablishment(kind=Kind.MEMBER, siret=siret)


async def choose(world: World, registration: UUID, behind: int) -> None:
    """Choose the password from behind that link, as who filled in the form since."""
    token = resume_token(world.mint, Holder(registration, behind))
    await world.links.choose_password(token, PASSWORD, uuid4().hex)
    await world.outcome(registration)


@scenario
async def first_known_contact(world: World) -> UUID:
    """The short branch."""
    world = first(world)
    address = await world.contact(RECOGNISED)
    registration, _ = await world.identify(address.lower())
    await world.finish(registration, address)
    await world.outcome(registration)
    return registration


@scenario
async def first_form_of_days(world: World) -> UUID:
    """A link opened on the second day, a reminder of the form, the password without another link."""
    world = first(world)
    address = world.address()
    registration, _ = await world.identify(address)
    await world.mail(address, "confirmation")
    await world.skip(registration, DAY + timedelta(hours=1))
    await world.mail(address, "reminder_link")
    opened = await world.links.open(await world.link_token(registration, address))
    behind = opened.holder.behind
    send = world.registrations.send
    await send(registration, ChooseThemes(), behind)
    await world.skip(registration, 3 * DAY)
    await world.mail(address, "reminder_form")
    await send(registration, claim(ONLY_INSEE), behind)
    await send(registration, GiveIdcc(idcc="1979"), behind)
    await choose(world, registration, behind)
    return registration


@scenario
async def first_address_changed(world: World) -> UUID:
    """Corrected by who began while another goes on from the link, then proved anew."""
    world = first(world)
    address, other = world.address(), world.address()
    registration, _ = await world.identify(address)
    behind = (await world.links.open(await world.link_token(registration, address))).holder.behind
    send = world.registrations.send
    await send(registration, ChooseThemes(), behind)
    await send(registration, GoBack(leaving=Step.ESTABLISHMENT), behind)
    await send(registration, ChooseThemes(), behind)
    await send(registration, claim(RECOGNISED), behind)
    await send(registration, CorrectEmail(email=other))
    behind = (await world.links.open(await world.link_token(registration, other))).holder.behind
    await send(registration, ChooseThemes(), behind)
    await send(registration, claim(RECOGNISED), behind)
    await send(registration, GiveMemberNumber(number=RECOGNISED_NUMBER), behind)
    await choose(world, registration, behind)
    return registration


@scenario
async def first_review_approved(world: World) -> UUID:
    """An operator accepts what was asked behind the link."""
    world = first(world)
    address = world.address()
    registration, _ = await world.identify(address)
    behind = (await world.links.open(await world.link_token(registration, address))).holder.behind
    await world.registrations.send(registration, ChooseThemes(), behind)
    await world.registrations.send(registration, claim(NOT_PUBLIC), behind)
    await act(world, registration, OperatorApprove(**WHO))
    await world.mail(address, "approved")
    await world.finish(registration, address)
    await world.outcome(registration)
    return registration


@scenario
async def open_before_the_link(world: World) -> UUID:
    """Nobody has opened the link yet."""
    world = first(world)
    address = world.address()
    registration, _ = await world.identify(address)
    await world.mail(address, "confirmation")
    return registration
