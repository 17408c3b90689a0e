"""The mailbox before the branch (`domain/order.py`): nothing shows before the link; who holds it goes on."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta

import pytest

from domain import desk, screen
from domain.card import card
from domain.effects import Proof
from domain.messages import (
    ChoosePassword,
    CorrectEmail,
    GoBack,
    OpenLink,
    OperatorResend,
    ReportBounce,
    ResendLink,
    Step,
    Theme,
)
from domain.order import shown
from domain.policy import Policy
from domain.problems import Refused
from domain.view import Answers, Outcome, View
from tests.domain.driver import Registration, identify
from tests.domain.test_rules import MESSAGES
from tests.domain.world import ACCOUNT, ACTIVE, CONTACT, DAY, HOUR, MEMBER, MINUTE, NOBODY, NOT_PUBLIC

FIRST = Policy(confirm_email_first=True)
#: They end it or need the mailbox; the rest is tried on everybody.
NOT_TRIED = {"abandon", "disown", "choose_password", "report_bounce", "correct_email"} | {
    name for name in MESSAGES if name.startswith("operator_")
}


def begun(email: str = NOBODY) -> Registration:
    """After the first form."""
    registration = Registration(FIRST)
    registration.work()
    registration.identify(email)
    return registration


def at_form() -> Registration:
    """A stranger to AKTO who has followed the link."""
    registration = begun()
    registration.follow()
    return registration


def at_password() -> Registration:
    """The same, the form filled in."""
    registration = at_form()
    registration.themes(Theme.CASES)
    registration.claim(MEMBER)
    registration.number()
    return registration


def at_review() -> Registration:
    """The same, an operator to decide."""
    registration = at_form()
    registration.themes()
    registration.claim(NOT_PUBLIC)
    return registration


def seen_by_who_began(registration: Registration) -> View:
    """What the browser is shown that holds no link."""
    return shown(screen.view(registration.facts, registration.policy), 0)


def addressless(view: View, email: str) -> View:
    """The view but for the address that was typed."""
    assert view.answers.email in (email, None)
    return view.model_copy(update={"answers": view.answers.model_copy(update={"email": None})})


# ---- before the link ------------------------------------------------------------------------------------


def told_before_the_link(email: str) -> list[object]:
    """All that anybody may see of a registration over a week, whatever is tried, but for what is typed."""
    registration, told = begun(email), list[object]()

    def look() -> None:
        told.append(addressless(registration.view, email))
        attributes = asdict(desk.attributes(registration.facts, registration.policy))
        told.append({name: value for name, value in attributes.items() if name != "email_hash"})

    look()
    for name, message in {**MESSAGES, "go_back": GoBack(leaving=Step.EMAIL_LINK)}.items():
        if name in NOT_TRIED or name == "open_link":
            continue
        try:
            registration.send(message)
        except Refused as refusal:
            told.append((name, [one.code for one in refusal.problems]))
        look()
    for wait in (MINUTE, HOUR, DAY):
        registration.wait(wait)
        look()
        try:
            registration.send(ResendLink())
        except Refused as refusal:
            told.append([one.code for one in refusal.problems])
        look()
    registration.send(ReportBounce())
    look()
    registration.wait(8 * DAY)
    look()
    return told


@pytest.mark.parametrize("email", [CONTACT, ACCOUNT])
def test_before_the_link_nothing_tells_a_contact_from_a_stranger(email: str) -> None:
    seen, of_nobody = told_before_the_link(email), told_before_the_link(NOBODY)
    if email == ACCOUNT:  # Its own end is the operators' to know, as in the other order.
        assert seen[-1] != of_nobody[-1]
        seen, of_nobody = seen[:-1], of_nobody[:-1]
    assert seen == of_nobody


def test_they_get_the_same_mails() -> None:
    contact, nobody = begun(CONTACT), begun(NOBODY)
    for registration in (contact, nobody):
        registration.wait(2 * MINUTE)
        registration.send(ResendLink())
        registration.wait(8 * DAY)
    assert contact.sent == nobody.sent
    assert contact.mails == ["confirmation", "confirmation", "reminder_link", "reminder_link", "expired"]


def test_who_has_an_account_is_told_by_mail_alone() -> None:
    assert begun(ACCOUNT).mails == ["already_account"]


def test_there_is_no_way_back_before_the_link() -> None:
    assert begun().refusal(GoBack(leaving=Step.EMAIL_LINK)) == "no_way_back"


def test_operators_are_told_what_comes() -> None:
    words = card(begun().facts, FIRST)
    assert "ouvrir le lien reçu ; les étapes suivantes dépendent de son adresse" in words
    assert desk.branch(begun(CONTACT).facts, FIRST) == desk.branch(begun().facts, FIRST) == "identity"
    assert desk.branch(at_form().facts, FIRST) == "unknown"


# ---- after it -------------------------------------------------------------------------------------------


def test_a_contact_goes_on_to_the_password() -> None:
    registration = begun(CONTACT)
    assert registration.follow().step is Step.PASSWORD
    assert registration.password().outcome is Outcome.REGISTERED
    assert (registration.order.proof, registration.order.claim) == (Proof.CONTACT_EMAIL, None)
    assert registration.mails == ["confirmation", "welcome"]


@pytest.mark.parametrize(
    ("siret", "give", "proof"),
    [(MEMBER, Registration.number, Proof.MEMBER_NUMBER), (ACTIVE, Registration.idcc, Proof.IDCC_DECLARED)],
)
def test_anybody_else_goes_on_with_the_form_and_proves_nothing_twice(
    siret: str, give: Callable[[Registration], View], proof: Proof
) -> None:
    registration = begun()
    assert registration.follow().step is Step.THEMES
    registration.themes(Theme.CASES)
    registration.claim(siret)
    assert give(registration).step is Step.PASSWORD
    assert registration.password().outcome is Outcome.REGISTERED
    assert (registration.order.proof, registration.order.link) == (proof, 1)
    assert registration.order.themes == (Theme.CASES,)
    assert registration.mails == ["confirmation", "welcome"]


def test_the_password_waits_for_the_form() -> None:
    registration = begun()
    assert registration.refusal(ChoosePassword(link=1)) == "stale"
    registration.follow()
    assert registration.refusal(ChoosePassword(link=1)) == "stale"
    contact = begun(CONTACT)
    assert contact.password().outcome is Outcome.REGISTERED


def test_a_form_of_days_asks_for_no_other_link() -> None:
    registration = at_form()
    registration.themes()
    registration.wait(3 * DAY)
    registration.claim(MEMBER)
    registration.wait(3 * DAY)
    assert registration.number().step is Step.PASSWORD
    registration.behind = 0
    assert registration.refusal(ChoosePassword(link=1)) == "link_expired"
    registration.behind = 1
    assert registration.password().outcome is Outcome.REGISTERED


def test_a_link_followed_too_late_leads_nowhere() -> None:
    registration = begun()
    registration.wait(25 * HOUR)
    assert registration.refusal(OpenLink(link=1)) == "link_expired"
    assert registration.mails == ["confirmation", "reminder_link"]
    assert registration.follow(2).step is Step.THEMES


def test_following_the_link_begins_a_wait() -> None:
    registration = begun()
    registration.wait(20 * HOUR)
    registration.follow()
    followed = registration.now
    assert registration.deadline == followed + 7 * DAY
    registration.wait(HOUR)
    assert registration.mails == ["confirmation"]
    registration.wait(HOUR + MINUTE)
    assert registration.mails == ["confirmation", "reminder_form"]
    registration.wait(70 * HOUR)
    registration.wait(5 * DAY)
    assert registration.mails == ["confirmation", "reminder_form", "reminder_form", "expired"]


def test_the_password_has_its_reminders_whatever_the_link_had() -> None:
    registration = begun(CONTACT)
    registration.wait(73 * HOUR)
    registration.follow(3)
    registration.wait(25 * HOUR)
    assert registration.mails == ["confirmation", "reminder_link", "reminder_link", "reminder_password"]


def test_an_approval_calls_back_with_a_link() -> None:
    registration = at_review()
    assert registration.approve().step is Step.PASSWORD
    assert registration.mails == ["confirmation", "in_review", "operators_review", "approved"]
    assert registration.password(2).outcome is Outcome.REGISTERED


def test_a_refusal_leads_back_to_the_establishment() -> None:
    registration = at_review()
    assert registration.refuse().step is Step.ESTABLISHMENT
    assert registration.mails[-1] == "refused"
    registration.claim(MEMBER)
    assert registration.number().step is Step.PASSWORD


def test_back_from_the_form_to_the_identity_proves_nothing_twice() -> None:
    registration = at_form()
    assert registration.back(Step.THEMES).step is Step.IDENTITY
    assert registration.identify(last_name="DURAND").step is Step.THEMES
    assert registration.mails == ["confirmation"]


def test_no_mail_is_sent_again_by_an_operator_while_the_form_waits() -> None:
    again = OperatorResend(by="Sam", reason="demandé par téléphone")
    assert at_form().refusal(again) == "nothing_to_resend"
    assert begun().send(again).step is Step.EMAIL_LINK


# ---- the browser that began -----------------------------------------------------------------------------


def _stay(_: Registration) -> None:
    """Nothing happens."""


def _later(registration: Registration) -> None:
    """Long enough to ask for the mail again."""
    registration.wait(2 * MINUTE)


def told_who_began(email: str, *on: Callable[[Registration], object]) -> list[object]:
    """All that the browser that began is told while somebody else goes on from the link."""
    registration, told = begun(email), list[object]()
    registration.follow()
    for go in (_stay, *on, _later):
        go(registration)
        told.append(addressless(seen_by_who_began(registration), email))
    registration.behind = 0
    for name, message in {**MESSAGES, "go_back": GoBack(leaving=registration.step)}.items():
        if name in NOT_TRIED:
            continue
        try:
            told.append(addressless(registration.send(message), email))
        except Refused as refusal:
            told.append((name, [one.code for one in refusal.problems]))
    registration.wait(2 * MINUTE)
    told.append(addressless(registration.send(CorrectEmail(email=email)), email))
    return told


FORM = (
    lambda one: one.themes(Theme.CASES),
    lambda one: one.claim(MEMBER),
    lambda one: one.number(),
)


def test_who_began_is_told_the_same_on_both_branches() -> None:
    still = [_stay] * len(FORM)
    told = told_who_began(NOBODY, *FORM)
    assert told == told_who_began(CONTACT, *still)
    assert {one.step for one in told if isinstance(one, View)} == {Step.EMAIL_LINK}


@pytest.mark.parametrize("reach", [at_form, at_password, at_review, lambda: begun(CONTACT)])
def test_who_began_sees_no_answer_of_who_goes_on(reach: Callable[[], Registration]) -> None:
    registration = reach()
    if not registration.behind:
        registration.follow()
    seen = seen_by_who_began(registration)
    assert (seen.step, seen.busy, seen.errors) == (Step.EMAIL_LINK, False, ())
    assert (seen.answers, seen.only_behind) == (Answers(), None)


def test_a_refusal_is_not_for_who_began() -> None:
    registration = at_review()
    registration.refuse()
    registration.claim(NOT_PUBLIC)
    registration.refuse()
    assert registration.view.outcome is Outcome.REFUSED
    seen = seen_by_who_began(registration)
    assert (seen.step, seen.outcome, seen.email_first) == (Step.DONE, Outcome.EXPIRED, True)
    assert registration.view.email_first


def test_a_link_of_the_same_mailbox_is_as_good() -> None:
    registration = begun()
    registration.wait(2 * MINUTE)
    registration.send(ResendLink())
    registration.follow(2)
    registration.behind = 1
    assert registration.themes().step is Step.ESTABLISHMENT


# ---- another address ------------------------------------------------------------------------------------


def test_an_address_corrected_by_who_began_takes_nothing_along() -> None:
    registration = at_password()
    registration.behind = 0
    registration.send(CorrectEmail(email="autre@exemple.example"))
    facts = registration.facts
    assert (facts.opened, facts.themes, facts.claim, facts.verdict) == (None, None, None, None)
    assert (facts.drafts.themes, facts.drafts.claim) == (None, None)
    assert registration.view.answers.email == "autre@exemple.example"
    assert registration.mails == ["confirmation", "confirmation"]
    assert registration.refusal(OpenLink(link=1)) == "link_replaced"
    assert registration.follow(2).step is Step.THEMES


def test_an_address_changed_behind_the_link_is_proved_anew_and_not_for_who_began() -> None:
    registration = at_form()
    registration.back(Step.THEMES)
    changed = registration.identify("autre@exemple.example")
    assert (changed.step, changed.answers.email) == (Step.EMAIL_LINK, "autre@exemple.example")
    assert seen_by_who_began(registration).answers == Answers()
    assert registration.follow(2).step is Step.THEMES
    registration.behind = 1  # The old mailbox's.
    assert registration.refusal(MESSAGES["choose_themes"]) == "stale"
    assert registration.view.answers == Answers()


def test_a_mistyped_address_is_corrected_though_a_scanner_opened_the_link() -> None:
    registration = begun()
    registration.send(OpenLink(link=1))
    assert registration.send(CorrectEmail(email=CONTACT)).answers.email == CONTACT
    assert registration.follow(2).step is Step.PASSWORD


def test_the_address_corrected_to_itself_is_a_mail_sent_again_even_in_review() -> None:
    for registration in (at_review(), at_password()):
        registration.behind = 0
        registration.wait(2 * MINUTE)
        assert registration.send(CorrectEmail(email=NOBODY)).step is Step.EMAIL_LINK
        assert registration.mails[-1] == "confirmation"
        assert registration.refusal(CorrectEmail(email=NOBODY)) == "resend_too_soon"


def test_a_resend_counts_from_itself_whatever_who_holds_the_link_does() -> None:
    registration = at_form()
    registration.wait(2 * MINUTE)
    registration.behind, asked = 0, registration.now
    registration.send(ResendLink())
    registration.behind = 1
    registration.wait(MINUTE / 2)
    registration.themes()
    assert seen_by_who_began(registration).resend_allowed_at == asked + MINUTE


def test_a_minute_between_resends_counts_from_what_who_began_knows() -> None:
    registration = begun()
    registration.wait(2 * MINUTE)
    registration.follow()
    registration.themes()
    registration.behind = 0
    assert registration.view.resend_allowed_at == registration.now - 2 * MINUTE + timedelta(seconds=60)
    assert registration.send(ResendLink()).step is Step.EMAIL_LINK
    assert registration.refusal(ResendLink()) == "resend_too_soon"
    assert registration.mails == ["confirmation", "confirmation"]


def test_another_look_up_under_way_keeps_the_mail_waiting() -> None:
    registration = at_form()
    registration.back(Step.THEMES)
    registration.behind = 0
    registration.wait(2 * MINUTE)
    registration.send(ResendLink())
    assert registration.facts.address == NOBODY
    registration.behind = 1
    assert registration.send(identify()).step is Step.THEMES


# ---- the guide's order ----------------------------------------------------------------------------------


def test_the_guide_s_order_is_the_default() -> None:
    registration = Registration()
    assert registration.identify().step is Step.THEMES
    view = screen.view(registration.facts, registration.policy)
    assert (view.email_first, view.only_behind) == (False, None)
