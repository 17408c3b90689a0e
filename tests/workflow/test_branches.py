"""Each branch of the guide, from the first form to an account that can log in."""

import asyncio
from datetime import date, timedelta
from uuid import uuid4

import pytest

from domain.messages import (
    ChoosePassword,
    ChooseThemes,
    CorrectEmail,
    GiveIdcc,
    GiveMemberNumber,
    GoBack,
    Kind,
    NoMemberNumber,
    OperatorApprove,
    OperatorRefuse,
    Step,
)
from domain.view import View
from infrastructure.passwords import PasswordHasher
from starter.links import LinkRefused
from starter.registrations import Refused
from tests.waiting import eventually
from tests.workflow.world import (
    CLOSED,
    KNOWN,
    NOT_PUBLIC,
    ONLY_INSEE,
    PASSWORD,
    RECOGNISED,
    RECOGNISED_NUMBER,
    UNKNOWN_SIRET,
    WITHOUT_NUMBER,
    World,
)


async def test_known_contact_is_attached_to_every_establishment(world: World) -> None:
    sirets = ("00000001800010", "00000001800028", "00000001800036")
    address = await world.contact(*sirets)
    registration, view = await world.identify(address.lower())
    assert (view.step, view.busy, view.outcome) == ("email_link", False, None)
    await world.finish(registration, address)
    assert await world.outcome(registration) == "registered"
    assert await world.attachments(registration) == [(siret, "contact_email", True) for siret in sirets]
    welcome = await world.mail(address, "welcome")
    assert "000 000 018 00036" in " ".join(welcome.text.split())
    assert await world.kinds(address) == ["confirmation", "welcome"]


async def test_member_number_attaches_to_the_claimed_establishment(world: World) -> None:
    address = world.address()
    registration = await world.by_number(address)
    await world.finish(registration, address)
    assert await world.outcome(registration) == "registered"
    assert await world.attachments(registration) == [(RECOGNISED, "member_number", True)]
    rows = await world.pool.fetch(
        "SELECT c.theme FROM theme_consents c JOIN accounts a ON a.id = c.account_id"
        " WHERE a.registration_id = $1 ORDER BY 1",
        registration,
    )
    assert [row["theme"] for row in rows] == ["cases", "payments"]


async def test_idcc_attaches_to_be_confirmed(world: World) -> None:
    address = world.address()
    registration = await world.by_idcc(address)
    await world.finish(registration, address)
    assert await world.outcome(registration) == "registered"
    assert await world.attachments(registration) == [(ONLY_INSEE, "idcc_declared", False)]


async def test_idcc_screen_shows_the_company_as_insee_publishes_it(world: World) -> None:
    registration = await world.to_establishment(world.address())
    view = await world.claim(registration, ONLY_INSEE)
    assert view.establishment is not None
    assert (view.establishment.name, view.establishment.commune) == ("HOTEL DES TILLEULS", "TOURS")


async def test_recognised_establishment_says_nothing_of_the_member(world: World) -> None:
    registration = await world.to_establishment(world.address())
    view = await world.claim(registration, RECOGNISED)
    assert view.step == "member_number"
    assert view.establishment is None
    assert "Vieux Port" not in view.model_dump_json()


async def test_closed_establishment_is_corrected(world: World) -> None:
    address = world.address()
    registration = await world.to_establishment(address)
    view = await world.claim(registration, CLOSED)
    assert view.step == "establishment"
    assert [(one.code, one.field) for one in view.errors] == [("siret_closed", "siret")]
    assert f"{date(2021, 6, 30):%d/%m/%Y}" in view.errors[0].detail
    assert view.answers.siret == CLOSED
    view = await world.claim(registration, RECOGNISED)
    assert view.step == "member_number"


async def test_unknown_establishment_says_so(world: World) -> None:
    registration = await world.to_establishment(world.address())
    view = await world.claim(registration, UNKNOWN_SIRET)
    assert (view.step, view.errors[0].code) == ("establishment", "siret_unknown")


async def test_siren_typed_by_mistake_has_its_own_words(world: World) -> None:
    registration = await world.to_establishment(world.address())
    with pytest.raises(Refused) as refused:
        await world.claim(registration, RECOGNISED[:9])
    assert refused.value.codes == {"siren_given"}
    assert refused.value.view is not None
    assert refused.value.view.step == "establishment"


async def test_other_kind_offers_to_switch(world: World) -> None:
    registration = await world.to_establishment(world.address())
    view = await world.claim(registration, RECOGNISED, Kind.TRAINING_ORGANISATION)
    assert (view.step, view.errors[0].code) == ("establishment", "other_kind_member")
    assert (await world.claim(registration, RECOGNISED)).step == "member_number"


async def test_recognised_wins_and_insee_is_not_asked(world: World) -> None:
    registration = await world.to_establishment(world.address())
    await world.fault("down")
    assert (await world.claim(registration, RECOGNISED)).step == "member_number"
    history = await world.handle(registration).fetch_history()
    scheduled = [event.activity_task_scheduled_event_attributes for event in history.events]
    assert "ask_insee" not in {one.activity_type.name for one in scheduled}


async def test_training_organisation_not_recognised_is_asked_for_its_idcc(world: World) -> None:
    address = world.address()
    registration = await world.to_establishment(address)
    assert (await world.claim(registration, ONLY_INSEE, Kind.TRAINING_ORGANISATION)).step == "idcc"
    await world.registrations.send(registration, GiveIdcc(idcc="1979"))
    await world.finish(registration, address)
    assert await world.outcome(registration) == "registered"
    assert await world.attachments(registration) == [(ONLY_INSEE, "idcc_declared", False)]


async def test_typed_name_is_the_account_s_and_the_mail_goes_where_akto_writes(world: World) -> None:
    address = await world.contact(RECOGNISED)
    registration, _ = await world.identify(address.lower())
    await world.finish(registration, address)
    assert await world.outcome(registration) == "registered"
    row = await world.pool.fetchrow(
        "SELECT last_name, email FROM accounts WHERE registration_id = $1", registration
    )
    assert row is not None
    assert (row["last_name"], row["email"]) == ("DUPONT", address)


async def test_without_the_number_the_registration_is_kept(world: World) -> None:
    registration = await world.to_establishment(world.address())
    await world.claim(registration, RECOGNISED)
    view = await world.registrations.send(registration, NoMemberNumber())
    assert view.step == "member_number"
    assert "https://www.akto.fr/contact/" in view.errors[0].detail


async def test_wrong_number_says_so_then_the_right_one_passes(world: World) -> None:
    registration = await world.to_establishment(world.address())
    await world.claim(registration, RECOGNISED)
    view = await world.registrations.send(registration, GiveMemberNumber(number="999999 001"))
    assert (view.step, view.errors[0].code) == ("member_number", "number_wrong")
    view = await world.registrations.send(registration, GiveMemberNumber(number=" 123456001 "))
    assert view.step == "email_link"


async def test_too_many_wrong_numbers_go_to_review_and_lock_nobody_else_out(world: World) -> None:
    registration = await world.to_establishment(world.address())
    await world.claim(registration, "00000001800028")
    for wrong in range(6):
        view = await world.registrations.send(registration, GiveMemberNumber(number=f"90000{wrong}"))
    assert view.step == "review"
    other = await world.to_establishment(world.address())
    await world.claim(other, "00000001800028")
    view = await world.registrations.send(other, GiveMemberNumber(number="123456 002"))
    assert view.step == "email_link"


@pytest.mark.parametrize("siret", [NOT_PUBLIC, WITHOUT_NUMBER])
async def test_review_approved(world: World, siret: str) -> None:
    address = world.address()
    registration = await world.to_establishment(address)
    view = await world.claim(registration, siret)
    assert view.step == "review"
    await world.mail(address, "in_review")
    await world.mail(world.settings.mail_operators, "operators_review")
    approve = OperatorApprove(by="Sam", reason="vérifié par téléphone")
    await world.handle(registration).execute_update("operator_approve", approve, result_type=View)
    mail = await world.mail(address, "approved")
    await world.links.choose_password(mail.token(), PASSWORD, uuid4().hex)
    assert await world.outcome(registration) == "registered"
    assert await world.attachments(registration) == [(siret, "operator", True)]


async def test_review_refused_says_why_and_lets_correct_once(world: World) -> None:
    address = world.address()
    registration = await world.to_establishment(address)
    await world.claim(registration, NOT_PUBLIC)
    refuse = OperatorRefuse(by="Sam", reason="Ce n'est pas votre entreprise.")
    handle = world.handle(registration)
    view: View = await handle.execute_update("operator_refuse", refuse, result_type=View)
    assert (view.step, view.errors[0].code) == ("establishment", "refused_correct")
    assert "Ce n'est pas votre entreprise." in (await world.mail(address, "refused")).text
    assert (await world.claim(registration, WITHOUT_NUMBER)).step == "review"
    await handle.execute_update("operator_refuse", refuse, result_type=View)
    assert await world.outcome(registration) == "refused"
    await world.mail(address, "refused", count=2)
    entries = (await world.journal(registration)).entries
    assert [(entry.name, entry.by) for entry in entries] == [("operator_refuse", "Sam")] * 2


async def test_account_already_there_looks_like_a_known_contact(world: World) -> None:
    address = world.address()
    first = await world.by_number(address)
    await world.finish(first, address)
    await world.outcome(first)
    contact = await world.contact(RECOGNISED)
    _, known = await world.identify(contact.lower())
    second, view = await world.identify(address)
    masked = {"answers": None, "resend_allowed_at": None}
    assert view.model_copy(update=masked) == known.model_copy(update=masked)
    mail = await world.mail(address, "already_account")
    assert "/lien?" not in mail.text
    await world.skip(second, timedelta(days=8))
    assert await world.outcome(second) == "already_registered"
    assert (await world.registrations.view(second)).outcome == "expired"


async def test_two_registrations_of_one_mailbox_the_first_to_finish_wins(world: World) -> None:
    address = world.address()
    first, second = await world.by_number(address), await world.by_idcc(address)
    await world.finish(second, address)
    assert await world.outcome(second) == "registered"
    await world.skip(first, timedelta(hours=26))
    assert await world.outcome(first) == "superseded"
    kinds = await world.kinds(address)
    assert kinds.count("welcome") == 1
    assert not [kind for kind in kinds if kind.startswith("reminder")]


async def test_contact_removed_before_the_account_keeps_the_proved_mailbox(world: World) -> None:
    address = await world.contact(RECOGNISED)
    registration, _ = await world.identify(address.lower())
    mail = await world.mail(address, "confirmation")
    await world.pool.execute("DELETE FROM contacts WHERE email_key = $1", address.lower())
    opened = await world.links.open(mail.token())
    await world.accounts().save_pending(
        registration, opened.number, opened.address, await _hash(world, PASSWORD)
    )
    view = await world.registrations.send(registration, ChoosePassword(link=opened.number))
    assert view.step == "themes"
    await world.registrations.send(registration, ChooseThemes())
    await world.claim(registration, RECOGNISED)
    view = await world.registrations.send(registration, GiveMemberNumber(number=RECOGNISED_NUMBER))
    assert (view.step, view.outcome) == ("done", "registered")
    assert await world.attachments(registration) == [(RECOGNISED, "member_number", True)]
    assert (await world.kinds(address)).count("confirmation") == 1


async def test_corrected_address_is_looked_up_anew_and_old_links_die(world: World) -> None:
    wrong, right = world.address(), world.address()
    registration = await world.by_number(wrong)
    old = await world.mail(wrong, "confirmation")
    view = await world.registrations.send(registration, CorrectEmail(email=right))
    assert (view.step, view.answers.email) == ("email_link", right)
    with pytest.raises(LinkRefused) as refused:
        await world.links.open(old.token())
    assert refused.value.code == "link_replaced"
    with pytest.raises(LinkRefused):
        await world.links.choose_password(old.token(), PASSWORD)
    await world.finish(registration, right)
    assert await world.outcome(registration) == "registered"


async def test_going_back_shows_the_earlier_answer_and_clears_what_depended_on_it(world: World) -> None:
    registration = await world.to_establishment(world.address())
    await world.claim(registration, RECOGNISED)
    view = await world.registrations.send(registration, GoBack(leaving=Step.MEMBER_NUMBER))
    assert (view.step, view.answers.siret) == ("establishment", RECOGNISED)
    with pytest.raises(Refused) as refused:
        await world.registrations.send(registration, GoBack(leaving=Step.MEMBER_NUMBER))
    assert refused.value.codes == {"stale"}
    view = await world.registrations.send(registration, GoBack(leaving=Step.ESTABLISHMENT))
    assert (view.step, len(view.answers.themes or ())) == ("themes", 2)
    view = await world.registrations.send(registration, GoBack(leaving=Step.THEMES))
    assert (view.step, view.answers.last_name) == ("identity", "DUPONT")


async def test_known_demo_contact_stays_known(world: World) -> None:
    _, view = await world.identify(KNOWN.upper())
    assert view.step == "email_link"
    mail = await eventually(lambda: world.mail(KNOWN, "confirmation"))
    assert mail.subject


async def test_the_same_submission_by_both_doors_counts_once(world: World) -> None:
    registration = await world.to_establishment(world.address())
    await world.claim(registration, RECOGNISED)
    wrong = GiveMemberNumber(number="999 999", submission="envoi-unique-1")
    await world.registrations.send(registration, wrong)
    handle = world.handle(registration)
    await handle.signal("give_member_number", wrong)
    await asyncio.sleep(0.2)
    journal = await world.journal(registration)
    assert journal.entries == []
    assert journal.accepted == 4


async def _hash(world: World, password: str) -> str:
    return await PasswordHasher(world.settings).hash(password)
