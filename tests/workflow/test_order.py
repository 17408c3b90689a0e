"""The mailbox before the branch, on the real engine: the same before the link, then each goes its way."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from domain.messages import (
    ChooseThemes,
    ClaimEstablishment,
    CorrectEmail,
    GiveIdcc,
    GiveMemberNumber,
    GoBack,
    Identify,
    Kind,
    OperatorApprove,
    PersonMessage,
    ResendLink,
    Step,
    Theme,
)
from domain.people import Civility
from domain.policy import Policy
from domain.view import View
from infrastructure.tokens import parse
from starter.holder import Holder
from starter.links import LinkRefused
from starter.registrations import Refused
from tests.workflow.world import (
    NOT_PUBLIC,
    ONLY_INSEE,
    PASSWORD,
    RECOGNISED,
    RECOGNISED_NUMBER,
    World,
)

THEMES = ChooseThemes(themes=(Theme.CASES, Theme.PAYMENTS))


@pytest.fixture
def first(world: World) -> World:
    """A world that confirms the mailbox first."""
    return world.with_policy(Policy(confirm_email_first=True))


async def followed(world: World, registration: UUID, address: str) -> Holder:
    """Open the newest link; whom it makes of who opened it."""
    opened = await world.links.open(await world.link_token(registration, address))
    return opened.holder


async def to_establishment(world: World, email: str) -> Holder:
    """An unknown person, through the link to the establishment form."""
    registration, view = await world.identify(email)
    assert view.step == "email_link", view
    holder = await followed(world, registration, email)
    assert (await world.registrations.view(*holder)).step == "themes"
    assert (await say(world, holder, THEMES)).step == "establishment"
    return holder


async def say(world: World, holder: Holder, message: PersonMessage) -> View:
    """Send a message as that holder."""
    return await world.registrations.send(holder.registration, message, holder.behind)


def claim(siret: str) -> ClaimEstablishment:
    """An establishment of a member."""
    return ClaimEstablishment(kind=Kind.MEMBER, siret=siret)


def session(world: World, holder: Holder) -> str:
    """What the browser keeps that went on from a link."""
    return world.mint.make("resume", holder.registration, holder.behind)


async def test_a_contact_goes_on_to_the_password(first: World) -> None:
    address = await first.contact(RECOGNISED)
    registration, view = await first.identify(address.lower())
    assert view.step == "email_link"
    assert (await first.attributes(registration))["RegistrationBranch"] == "identity"
    await first.finish(registration, address)
    assert await first.outcome(registration) == "registered"
    assert await first.attachments(registration) == [(RECOGNISED, "contact_email", True)]
    assert await first.kinds(address) == ["confirmation", "welcome"]


@pytest.mark.parametrize(
    ("siret", "last", "proof"),
    [
        (RECOGNISED, GiveMemberNumber(number=RECOGNISED_NUMBER), ("member_number", True)),
        (ONLY_INSEE, GiveIdcc(idcc="1979"), ("idcc_declared", False)),
    ],
    ids=["number", "idcc"],
)
async def test_anybody_else_fills_in_the_form_and_proves_nothing_twice(
    first: World, siret: str, last: PersonMessage, proof: tuple[str, bool]
) -> None:
    address = first.address()
    holder = await to_establishment(first, address)
    await say(first, holder, claim(siret))
    assert (await say(first, holder, last)).step == "password"
    await first.links.choose_password(session(first, holder), PASSWORD, uuid4().hex)
    assert await first.outcome(holder.registration) == "registered"
    assert await first.attachments(holder.registration) == [(siret, *proof)]
    assert await first.kinds(address) == ["confirmation", "welcome"]


async def seen_before_the_link(world: World, address: str) -> list[object]:
    """Answers, refusals and mails of a registration whose link nobody opens."""
    registration, view = await world.identify(address.lower())
    started = (await world.attributes(registration)).copy()
    seen: list[object] = [view]
    for message in (
        THEMES,
        claim(RECOGNISED),
        GoBack(leaving=Step.EMAIL_LINK),
        ResendLink(),
        GiveIdcc(idcc="1979"),
    ):
        try:
            await world.registrations.send(registration, message)
        except Refused as refusal:
            seen += [refusal.codes, refusal.view]
    await world.mail(address, "confirmation")
    await world.skip(registration, timedelta(minutes=2))
    seen.append(await world.registrations.send(registration, ResendLink()))
    await world.mail(address, "confirmation", 2)
    seen.append({name: value for name, value in started.items() if isinstance(value, str)})
    for mail in await world.mails(address):
        seen += [mail.kind, mail.subject, drawn_out(mail.text)]
    return [without_drawn(one) for one in seen]


def drawn_out(text: str) -> str:
    """A mail without its tokens."""
    return " ".join(word for word in text.split() if "jeton=" not in word)


def without_drawn(one: object) -> object:
    """An answer without what is typed or drawn: the address, moments, the hash of the address."""
    if isinstance(one, View):
        answers = one.answers.model_copy(update={"email": None})
        return one.model_copy(update={"answers": answers, "resend_allowed_at": None})
    if isinstance(one, dict):
        return {name: value for name, value in one.items() if name != "RegistrationEmailHash"}
    return one


async def test_before_the_link_a_contact_and_a_stranger_are_told_and_sent_the_same(first: World) -> None:
    contact = await seen_before_the_link(first, await first.contact(RECOGNISED))
    assert contact == await seen_before_the_link(first, first.address())


async def test_an_account_already_there_is_told_by_mail_alone(first: World) -> None:
    address = await first.contact(RECOGNISED)
    registration, view = await first.identify(address.lower())
    await first.finish(registration, address)
    again, seen = await first.identify(address.lower())
    assert without_drawn(seen) == without_drawn(view)
    await first.mail(address, "already_account")
    assert (await first.attributes(again))["RegistrationBranch"] == "identity"


async def test_who_began_is_shown_and_allowed_nothing_more(first: World) -> None:
    address = first.address()
    holder = await to_establishment(first, address)
    began = Holder(holder.registration)
    view = await first.registrations.view(*began)
    assert (view.step, view.answers.email, view.only_behind) == ("email_link", None, None)
    with pytest.raises(Refused) as refused:
        await say(first, began, claim(RECOGNISED))
    assert refused.value.codes == {"stale"}
    assert refused.value.view == view
    with pytest.raises(LinkRefused):
        await first.links.open(session(first, began))
    assert (await say(first, holder, claim(RECOGNISED))).step == "member_number"


async def test_an_address_corrected_by_who_began_takes_nothing_of_the_form_along(first: World) -> None:
    address, other = first.address(), first.address()
    holder = await to_establishment(first, address)
    await say(first, holder, claim(RECOGNISED))
    await say(first, holder, GiveMemberNumber(number=RECOGNISED_NUMBER))
    view = await first.registrations.send(holder.registration, CorrectEmail(email=other))
    assert (view.step, view.answers.email) == ("email_link", other)
    with pytest.raises(LinkRefused) as refused:
        await first.links.open(session(first, holder))
    assert refused.value.code == "link_replaced"
    new = await followed(first, holder.registration, other)
    view = await first.registrations.view(*new)
    assert (view.step, view.answers.siret, view.answers.themes) == ("themes", None, None)
    assert (await first.registrations.view(*holder)).answers.email is None


async def test_an_address_changed_behind_the_link_is_proved_anew(first: World) -> None:
    address, other = first.address(), first.address()
    holder = await to_establishment(first, address)
    await say(first, holder, GoBack(leaving=Step.ESTABLISHMENT))
    assert (await say(first, holder, GoBack(leaving=Step.THEMES))).step == "identity"
    form = {"civility": Civility.MADAME, "last_name": "DUPONT", "first_name": "CLAIRE", "email": other}
    assert (await say(first, holder, Identify(**form))).step == "email_link"
    assert (await first.registrations.view(holder.registration)).answers.email is None
    new = await followed(first, holder.registration, other)
    assert (await first.registrations.view(*new)).step == "themes"


async def test_days_of_form_with_reminders_then_the_password_without_another_link(first: World) -> None:
    address = first.address()
    holder = await to_establishment(first, address)
    await first.skip(holder.registration, timedelta(days=4))
    reminder = await first.mail(address, "reminder_form", 2)
    resumed = await first.links.resume(reminder.token("reprendre"))
    assert resumed == holder
    await say(first, resumed, claim(RECOGNISED))
    assert (await say(first, resumed, GiveMemberNumber(number=RECOGNISED_NUMBER))).step == "password"
    with pytest.raises(LinkRefused) as refused:
        await first.links.open(await first.link_token(holder.registration, address))
    assert refused.value.code == "link_expired"
    opened = await first.links.open(session(first, resumed))
    assert opened.view.step == "password"
    await first.links.choose_password(session(first, resumed), PASSWORD, uuid4().hex)
    assert await first.outcome(holder.registration) == "registered"


async def test_asked_to_resume_who_proved_the_mailbox_goes_on_where_it_stood(first: World) -> None:
    address = first.address()
    registration, _ = await first.identify(address)
    await first.mail(address, "confirmation")
    letters = first.letters
    await letters.resume(address)
    await first.asked_letters_answered()
    before = parse((await first.mail(address, "resume")).token("reprendre"))
    assert before is not None
    assert (await first.registrations.view(before.registration, before.number)).step == "email_link"
    holder = await followed(first, registration, address)
    first.now = lambda: datetime.now(UTC) + timedelta(minutes=1)  # A minute's second request is one mail.
    await letters.resume(address)
    await first.asked_letters_answered()
    after = await first.links.resume((await first.mail(address, "resume", 2)).token("reprendre"))
    assert after == holder


async def test_an_approval_brings_a_link_to_the_password(first: World) -> None:
    address = first.address()
    holder = await to_establishment(first, address)
    assert (await say(first, holder, claim(NOT_PUBLIC))).step == "review"
    approve = OperatorApprove(by="Sam", reason="vérifié par téléphone")
    await first.handle(holder.registration).execute_update(approve.NAME, approve)
    mail = await first.mail(address, "approved")
    assert "il vous reste à choisir" in mail.text
    await first.links.choose_password(mail.token(), PASSWORD, uuid4().hex)
    assert await first.outcome(holder.registration) == "registered"
    assert await first.attachments(holder.registration) == [(NOT_PUBLIC, "operator", True)]


async def test_a_registration_keeps_the_order_it_began_with(world: World, first: World) -> None:
    began, _ = await world.identify(world.address())
    assert (await first.registrations.view(began)).step == "themes"
    later, _ = await first.identify(first.address())
    assert (await world.registrations.view(later)).step == "email_link"
