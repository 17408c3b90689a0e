"""Quick people: every branch of the guide, and every turn that takes no time."""

import asyncio
from uuid import UUID, uuid4

from domain.messages import (
    Abandon,
    ChoosePassword,
    ChooseThemes,
    CorrectEmail,
    GiveMemberNumber,
    GoBack,
    Kind,
    NoMemberNumber,
    OpenLink,
    Step,
)
from domain.people import Civility
from domain.policy import Policy
from infrastructure.passwords import PasswordHasher
from starter.registrations import Refused, workflow_id
from tests.histories.recording import scenario
from tests.waiting import eventually
from tests.workflow.world import (
    CLOSED,
    ONLY_INSEE,
    PASSWORD,
    RECOGNISED,
    RECOGNISED_NUMBER,
    UNKNOWN_SIRET,
    World,
)
from workflows.effects import TASK_QUEUE
from workflows.registration import Start

NUMBER = GiveMemberNumber(number=RECOGNISED_NUMBER)


@scenario
async def known_contact(world: World) -> UUID:
    """The guide's short branch."""
    address = await world.contact(RECOGNISED)
    registration, _ = await world.identify(address.lower())
    await world.finish(registration, address)
    await world.outcome(registration)
    return registration


@scenario
async def member_number(world: World) -> UUID:
    """Recognised by AKTO."""
    address = world.address()
    registration = await world.by_number(address)
    await world.finish(registration, address)
    await world.outcome(registration)
    return registration


@scenario
async def idcc(world: World) -> UUID:
    """Known to INSEE alone."""
    address = world.address()
    registration = await world.by_idcc(address)
    await world.finish(registration, address)
    await world.outcome(registration)
    return registration


@scenario
async def signals_alone(world: World) -> UUID:
    """A frontend that only signals, and sends what nobody can read."""
    registration, address = uuid4(), world.address()
    form = {"civility": Civility.MADAME, "last_name": "DUPONT", "first_name": "CLAIRE", "email": address}
    await world.skipper.client.start_workflow(
        "Registration",
        Start(),
        id=workflow_id(registration),
        task_queue=TASK_QUEUE,
        start_signal="identify",
        start_signal_args=[form],
    )
    handle = world.handle(registration)
    for name, message, step in (
        ("choose_themes", {"themes": ["cases"]}, "themes"),
        ("claim_establishment", {"kind": "member", "siret": RECOGNISED}, "establishment"),
        ("give_member_number", {"number": RECOGNISED_NUMBER}, "member_number"),
    ):
        await _at(world, registration, step)
        await handle.signal(name, {"unexpected": 1})
        await handle.signal("nobody_knows_this", [1, 2])
        await handle.signal(name, message)
    await world.finish(registration, address)
    await world.outcome(registration)
    return registration


@scenario
async def every_way_back(world: World) -> UUID:
    """« Précédent » from each step, then forward again by the other branch."""
    address = world.address()
    registration = await world.to_establishment(address)
    send = world.registrations.send
    await world.claim(registration, RECOGNISED)
    await send(registration, GoBack(leaving=Step.MEMBER_NUMBER))
    await world.claim(registration, ONLY_INSEE)
    await send(registration, GoBack(leaving=Step.IDCC))
    await send(registration, GoBack(leaving=Step.ESTABLISHMENT))
    await send(registration, GoBack(leaving=Step.THEMES))
    await world.identify(address, registration)
    await send(registration, ChooseThemes())
    await world.claim(registration, RECOGNISED)
    await send(registration, NUMBER)
    await world.finish(registration, address)
    await world.outcome(registration)
    return registration


@scenario
async def corrected_establishment(world: World) -> UUID:
    """Closed, unknown, of the other kind, then the right one."""
    address = world.address()
    registration = await world.to_establishment(address)
    await world.claim(registration, CLOSED)
    await world.claim(registration, UNKNOWN_SIRET)
    await world.claim(registration, RECOGNISED, Kind.TRAINING_ORGANISATION)
    await world.claim(registration, RECOGNISED)
    await world.registrations.send(registration, NoMemberNumber())
    await world.registrations.send(registration, GiveMemberNumber(number="999999"))
    await world.registrations.send(registration, NUMBER)
    await world.finish(registration, address)
    await world.outcome(registration)
    return registration


@scenario
async def corrected_email(world: World) -> UUID:
    """The address was mistyped; the first link dies."""
    right = world.address()
    registration = await world.by_number(world.address())
    await world.registrations.send(registration, CorrectEmail(email=right))
    await world.finish(registration, right)
    await world.outcome(registration)
    return registration


@scenario
async def contact_removed(world: World) -> UUID:
    """AKTO forgets the contact behind the link: the form after the mailbox."""
    address = await world.contact(RECOGNISED)
    registration, _ = await world.identify(address.lower())
    mail = await world.mail(address, "confirmation")
    await world.pool.execute("DELETE FROM contacts WHERE email_key = $1", address.lower())
    opened = await world.links.open(mail.token())
    hashed = await PasswordHasher(world.settings).hash(PASSWORD)
    await world.accounts().save_pending(registration, opened.number, opened.address, hashed)
    await world.registrations.send(registration, ChoosePassword(link=opened.number))
    await world.registrations.send(registration, ChooseThemes())
    await world.claim(registration, RECOGNISED)
    await world.registrations.send(registration, NUMBER)
    await world.outcome(registration)
    return registration


@scenario
async def unproved(world: World) -> UUID:
    """A password reported that nobody chose; then a real one."""
    address = world.address()
    registration = await world.by_number(address)
    await world.link_token(registration, address)
    await world.registrations.send(registration, OpenLink(link=1))
    await world.registrations.send(registration, ChoosePassword(link=1))
    await world.finish(registration, address)
    await world.outcome(registration)
    return registration


@scenario
async def abandoned(world: World) -> UUID:
    """« Annuler »."""
    registration = await world.to_establishment(world.address())
    await world.registrations.send(registration, Abandon())
    await world.outcome(registration)
    return registration


@scenario
async def disowned(world: World) -> UUID:
    """« Ce n'est pas moi »."""
    address = world.address()
    registration = await world.by_number(address)
    mail = await world.mail(address, "confirmation")
    await world.links.disown(mail.token("pas-moi"))
    await world.outcome(registration)
    return registration


@scenario
async def too_many_messages(world: World) -> UUID:
    """The limit of messages used up; a low one, so that the history stays short."""
    strict = world.with_policy(Policy(messages_in_all=30))
    registration, _ = await strict.identify(world.address())
    for _ in range(5):
        await world.registrations.send(registration, ChooseThemes())
        await world.registrations.send(registration, GoBack(leaving=Step.ESTABLISHMENT))
    for _ in range(20):
        await world.handle(registration).signal("nobody_knows_this")
    await world.outcome(registration)
    return registration


@scenario
async def refused_after_validation(world: World) -> UUID:
    """Two submissions at once: one is answered, the other fails in its handler or before."""
    registration = await world.to_establishment(world.address())
    await world.claim(registration, RECOGNISED)
    both = (world.registrations.send(registration, NUMBER) for _ in range(4))
    for answer in await asyncio.gather(*both, return_exceptions=True):
        assert not isinstance(answer, BaseException) or isinstance(answer, Refused), answer
    await world.registrations.send(registration, Abandon())
    await world.outcome(registration)
    return registration


@scenario
async def letter(world: World) -> str:
    """A mail that belongs to no step."""
    address = world.address()
    registration = await world.by_number(address)
    await world.finish(registration, address)
    await world.outcome(registration)
    await world.letters.forgotten(address)
    await world.mail(address, "password_forgotten")

    async def listed() -> str | None:
        found = [one.id async for one in world.client.list_workflows('WorkflowType = "Letter"')]
        return found[0] if found else None

    return await eventually(listed)


async def _at(world: World, registration: UUID, step: str) -> None:
    async def reached() -> bool:
        view = await world.registrations.view(registration)
        return view.step == step and not view.busy

    await eventually(reached)
