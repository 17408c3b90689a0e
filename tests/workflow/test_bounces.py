"""A mail that comes back reaches its registration, and the person corrects the address."""

from domain.messages import CorrectEmail
from starter.bounces import Bounces
from tests.waiting import eventually
from tests.workflow.world import World


async def test_a_bounce_lets_the_person_correct_the_address(world: World) -> None:
    bounces = Bounces(world.pool, world.registrations, world.settings.email_hash_key)
    wrong, right = world.address(), world.address()
    registration = await world.by_number(wrong)
    mail = await world.mail(wrong, "confirmation")

    assert await bounces.report(f" <{mail.message_id}> ") == "reported"
    assert await bounces.report(mail.message_id) == "reported", "again: nothing more happens"
    view = await world.registrations.view(registration)
    assert [(one.code, one.field) for one in view.errors] == [("mail_refused", "email")]

    async def told() -> bool:
        attributes = await world.attributes(registration)
        return attributes.get("RegistrationAttention") == "mail_refused"

    await eventually(told)
    view = await world.registrations.send(registration, CorrectEmail(email=right))
    assert view.errors == ()
    await world.finish(registration, right)
    assert await world.outcome(registration) == "registered"
    assert await bounces.report(mail.message_id) == "ignored"


async def test_a_late_bounce_of_a_corrected_address_says_nothing_of_the_new_one(world: World) -> None:
    bounces = Bounces(world.pool, world.registrations, world.settings.email_hash_key)
    wrong, right = world.address(), world.address()
    registration = await world.by_number(wrong)
    late = await world.mail(wrong, "confirmation")
    await world.registrations.send(registration, CorrectEmail(email=right))
    assert await bounces.report(late.message_id) == "ignored"
    assert (await world.registrations.view(registration)).errors == ()
    assert await bounces.report((await world.mail(right, "confirmation")).message_id) == "reported"


async def test_what_is_no_mail_of_ours(world: World) -> None:
    bounces = Bounces(world.pool, world.registrations, world.settings.email_hash_key)
    for name in ("", "x", "<a@b.example>", f"confirmation.{'0' * 32}@monespace.example", "%'; --"):
        assert await bounces.report(name) == "unknown"
