"""The mailbox: proved once, corrected, at its limit, refused, silent, or somebody else's by now."""

from domain.effects import AccountOrder, Claim, Proof
from domain.journey import Do, SendMail, next_move
from domain.messages import (
    CorrectEmail,
    Kind,
    OpenLink,
    OperatorApprove,
    ReportBounce,
    ResendLink,
    Step,
    Theme,
)
from domain.results import mail_failed
from domain.view import Outcome
from tests.domain.states import (
    at_establishment,
    at_identity,
    at_link,
    at_link_by_idcc,
    at_link_known,
    at_number,
    at_password,
    at_review,
)
from tests.domain.world import (
    ACCOUNT,
    ACTIVE,
    CONTACT,
    DAY,
    HOUR,
    MEMBER,
    MINUTE,
    NOBODY,
    NOT_PUBLIC,
    OTHER_NOBODY,
)

# ---- the mailbox --------------------------------------------------------------------------------------


def test_contact_gone_asks_like_an_unknown_person_and_keeps_the_proof() -> None:
    registration = at_link_known()
    registration.send(OpenLink(link=1))
    registration.world.account = "contact_gone"
    view = registration.password()
    assert (view.step, view.outcome) == (Step.THEMES, None)
    registration.world.account = "created"
    registration.themes(Theme.INVOICES)
    registration.claim(MEMBER)
    view = registration.number()
    assert (view.step, view.outcome) == (Step.DONE, Outcome.REGISTERED)
    assert registration.mails == ["confirmation", "welcome"]
    order = registration.orders[-1]
    assert (order.link, order.address) == (1, CONTACT)
    assert (order.claim, order.proof) == (Claim(kind=Kind.MEMBER, siret=MEMBER), Proof.MEMBER_NUMBER)
    assert order.themes == (Theme.INVOICES,)


def test_contact_gone_by_idcc_and_by_review() -> None:
    by_idcc = at_link_known()
    by_idcc.world.account = "contact_gone"
    by_idcc.password()
    by_idcc.world.account = "created"
    by_idcc.themes()
    by_idcc.claim(ACTIVE)
    assert by_idcc.idcc().outcome is Outcome.REGISTERED
    assert (by_idcc.orders[-1].proof, by_idcc.orders[-1].link) == (Proof.IDCC_DECLARED, 1)
    reviewed = at_link_known()
    reviewed.world.account = "contact_gone"
    reviewed.password()
    reviewed.world.account = "created"
    reviewed.themes()
    assert reviewed.claim(NOT_PUBLIC).step is Step.REVIEW
    assert reviewed.approve().outcome is Outcome.REGISTERED
    assert (reviewed.orders[-1].proof, reviewed.orders[-1].link) == (Proof.OPERATOR, 1)
    assert "approved" not in reviewed.mails


def test_contact_gone_who_changes_the_address_must_prove_the_new_one() -> None:
    registration = at_link_known()
    registration.world.account = "contact_gone"
    registration.password()
    registration.back(Step.THEMES)
    registration.identify(OTHER_NOBODY)
    registration.themes()
    registration.claim(MEMBER)
    assert registration.number().step is Step.EMAIL_LINK
    assert [link.dead for link in registration.facts.links] == [True, False]
    assert registration.refusal(OpenLink(link=1)) == "link_replaced"


def test_contact_gone_who_keeps_the_address_proves_nothing_twice() -> None:
    registration = at_link_known()
    registration.world.account = "contact_gone"
    registration.password()
    registration.back(Step.THEMES)
    registration.world.contacts.pop(CONTACT)
    registration.world.account = "created"
    registration.identify(CONTACT, first_name="Claire")
    registration.themes()
    registration.claim(MEMBER)
    assert registration.number().outcome is Outcome.REGISTERED


def test_account_gone_is_no_account_any_more() -> None:
    registration = at_identity()
    registration.identify(ACCOUNT)
    registration.world.account = "contact_gone"
    registration.password()
    assert (registration.step, registration.facts.has_account) == (Step.THEMES, False)
    registration.wait(3 * HOUR)
    assert registration.mails == ["already_account", "reminder_form"]


def test_corrected_address_is_looked_up_anew_and_old_links_die() -> None:
    registration = at_link()
    view = registration.send(CorrectEmail(email=OTHER_NOBODY))
    assert (view.step, view.answers.email) == (Step.EMAIL_LINK, OTHER_NOBODY)
    assert registration.facts.address == OTHER_NOBODY
    assert registration.refusal(OpenLink(link=1)) == "link_replaced"
    registration.password(2)
    order = registration.order
    assert (order.link, order.address, order.proof) == (2, OTHER_NOBODY, Proof.MEMBER_NUMBER)


def test_address_corrected_to_a_known_contact_takes_the_short_branch() -> None:
    registration = at_link()
    assert registration.send(CorrectEmail(email=CONTACT)).step is Step.EMAIL_LINK
    registration.password(2)
    order = registration.order
    assert (order.claim, order.themes, order.idcc, order.proof) == (None, (), None, Proof.CONTACT_EMAIL)
    assert order.establishment_name is None


def test_address_corrected_from_a_known_contact_asks_the_rest() -> None:
    registration = at_link_known()
    assert registration.send(CorrectEmail(email=NOBODY)).step is Step.THEMES


def test_address_is_corrected_though_a_scanner_opened_the_link() -> None:
    registration = at_password()
    assert registration.send(CorrectEmail(email=OTHER_NOBODY)).step is Step.EMAIL_LINK
    assert registration.facts.opened is None


def test_address_corrected_to_itself_is_a_mail_sent_again() -> None:
    registration = at_link()
    assert registration.refusal(CorrectEmail(email=NOBODY)) == "resend_too_soon"
    registration.wait(MINUTE)
    registration.send(CorrectEmail(email=NOBODY))
    assert registration.mails == ["confirmation", "confirmation"]
    assert not any(link.dead for link in registration.facts.links)


def test_address_corrected_during_a_review_is_told_about_it() -> None:
    registration = at_review()
    assert registration.send(CorrectEmail(email=OTHER_NOBODY)).step is Step.REVIEW
    assert registration.mails == ["in_review", "operators_review"] * 2
    registration.send(CorrectEmail(email=OTHER_NOBODY))
    assert (registration.step, len(registration.mails)) == (Step.REVIEW, 4)


def test_corrected_address_gets_reminders_of_its_own() -> None:
    registration = at_link()
    registration.wait(4 * DAY)
    registration.send(CorrectEmail(email=OTHER_NOBODY))
    registration.wait(4 * DAY)
    assert registration.mails == ["confirmation", "reminder_link", "reminder_link"] * 2


def test_mail_that_has_not_left_for_the_old_address_never_leaves() -> None:
    registration = at_number()
    registration.world.relay = "down"
    registration.number()
    registration.send(CorrectEmail(email=OTHER_NOBODY))
    registration.world.relay = "sent"
    registration.work()
    assert [(mail.kind.value, mail.link) for mail in registration.sent] == [("confirmation", 2)]


def test_late_receipt_of_a_mail_to_the_old_address_says_nothing_of_the_new_one() -> None:
    registration = at_number()
    registration.world.relay = "down"
    registration.number()
    move = next_move(registration.facts, registration.policy)
    assert isinstance(move, Do)
    assert isinstance(move.work, SendMail)
    registration.send(CorrectEmail(email=OTHER_NOBODY))
    before = registration.facts
    registration.world.relay = "refused"
    answer = registration.world.answer(move.work)
    assert answer is not None
    registration.take(move.work, answer)
    assert registration.facts == before


def test_first_to_finish_wins_the_other_is_superseded() -> None:
    by_account = at_link()
    by_account.world.account = "already_registered"
    by_account.password()
    assert (by_account.facts.closing, by_account.mails) == (Outcome.SUPERSEDED, ["confirmation"])
    by_reminder = at_link()
    by_reminder.world.relay = "has_account"
    by_reminder.wait(25 * HOUR)
    assert by_reminder.facts.closing is Outcome.SUPERSEDED


def test_password_without_its_proof_makes_no_account_and_may_be_chosen_again() -> None:
    registration = at_link()
    registration.world.account = "unproved"
    view = registration.password()
    assert (view.step, registration.errors, view.outcome) == (Step.PASSWORD, ["password_unproved"], None)
    registration.world.account, registration.world.unanswered = "created", (AccountOrder,)
    assert registration.password().busy
    assert registration.errors == []
    registration.world.unanswered = ()
    registration.work()
    assert registration.view.outcome is Outcome.REGISTERED


def test_address_with_an_account_gets_the_mail_that_says_so_and_no_other() -> None:
    registration = at_identity()
    assert registration.identify(ACCOUNT).step is Step.EMAIL_LINK
    registration.wait(2 * MINUTE)
    registration.send(ResendLink())
    registration.wait(8 * DAY)
    assert registration.mails == ["already_account", "already_account"]
    assert registration.facts.closing is Outcome.ALREADY_REGISTERED


# ---- the relay ----------------------------------------------------------------------------------------


def test_refused_mailbox_is_told_until_a_mail_gets_through() -> None:
    registration = at_number()
    registration.world.relay = "refused"
    registration.number()
    assert (registration.step, registration.errors) == (Step.EMAIL_LINK, ["mail_refused"])
    registration.world.relay = "sent"
    registration.wait(MINUTE)
    registration.send(ResendLink())
    assert registration.errors == []


def test_mailbox_at_its_limit_is_told_until_a_mail_gets_through() -> None:
    registration = at_number()
    registration.world.relay, registration.world.retry_at = "suppressed", registration.now + 30 * MINUTE
    registration.number()
    assert registration.errors == ["mail_limit"]
    assert registration.view.resend_allowed_at == registration.now + 30 * MINUTE
    registration.wait(20 * MINUTE)
    assert registration.refusal(ResendLink()) == "mail_limit"
    registration.wait(10 * MINUTE)
    registration.world.relay, registration.world.retry_at = "sent", None
    registration.send(ResendLink())
    assert (registration.errors, registration.facts.mail_retry_at) == ([], None)


def test_silence_its_owner_asked_for_says_nothing() -> None:
    registration = at_number()
    registration.world.relay = "suppressed"
    registration.number()
    assert (registration.step, registration.errors) == (Step.EMAIL_LINK, [])


def test_bounce_is_told_unless_a_link_was_opened() -> None:
    registration = at_link()
    registration.send(ReportBounce())
    assert registration.errors == ["mail_refused"]
    opened = at_password()
    before = opened.facts
    opened.send(ReportBounce())
    assert opened.facts == before


def test_mail_that_came_back_before_its_receipt_is_told_too() -> None:
    registration = at_number()
    registration.world.unanswered = (SendMail,)
    registration.number()
    registration.send(ReportBounce())
    registration.world.unanswered = ()
    registration.work()
    assert (registration.mails, registration.errors) == (["confirmation"], ["mail_refused"])
    registration.wait(MINUTE)
    registration.send(ResendLink())
    assert registration.errors == []


def test_refused_mail_without_a_link_stops_nothing() -> None:
    registration = at_establishment()
    registration.world.relay = "refused"
    registration.wait(3 * HOUR)
    assert (registration.step, registration.errors) == (Step.ESTABLISHMENT, [])


def test_mail_that_can_never_be_sent_is_dropped() -> None:
    registration = at_establishment()
    registration.world.relay = "down"
    registration.wait(73 * HOUR)
    assert registration.facts.mail_late
    [mail] = registration.facts.outgoing
    registration.facts = mail_failed(registration.facts, mail)
    assert (registration.facts.outgoing, registration.facts.mail_late) == ((), False)


def test_an_address_of_a_contact_given_after_an_agreement_takes_nothing_of_the_claim_along() -> None:
    registration = at_link_by_idcc()
    registration.send(CorrectEmail(email=CONTACT))
    registration.password(2)
    order = registration.order
    assert (order.claim, order.idcc, order.themes, order.establishment_name) == (None, None, (), None)


def test_an_approval_calls_back_by_one_mail() -> None:
    registration = at_review()
    registration.approve()
    assert registration.mails == ["in_review", "operators_review", "approved"]


def test_one_link_waits_to_leave_and_every_other_mail() -> None:
    registration = at_review()
    registration.world.relay = "down"
    registration.send(OperatorApprove(by="Sam", reason="vérifié par téléphone"))
    registration.wait(2 * MINUTE)
    registration.send(ResendLink())
    assert [(mail.kind.value, mail.link) for mail in registration.facts.outgoing] == [("confirmation", 2)]
    late = at_establishment()
    late.world.relay = "down"
    late.claim(NOT_PUBLIC)
    late.send(OperatorApprove(by="Sam", reason="vérifié par téléphone"))
    assert [mail.kind.value for mail in late.facts.outgoing] == ["in_review", "operators_review", "approved"]


def test_an_address_corrected_from_behind_a_link_stays_for_the_browser_that_began() -> None:
    registration = at_link()
    registration.follow()
    registration.send(CorrectEmail(email=OTHER_NOBODY))
    assert (registration.facts.gate, registration.view.only_behind) == (0, None)


def test_mails_are_numbered_in_the_order_in_which_they_were_decided() -> None:
    registration = at_review()
    registration.approve()
    registration.password()
    assert [(mail.ordinal, mail.kind.value) for mail in registration.sent] == [
        (1, "in_review"),
        (2, "operators_review"),
        (3, "approved"),
        (4, "welcome"),
    ]


def test_a_right_number_is_no_wrong_one() -> None:
    registration = at_number()
    registration.number("9999 1")
    registration.number()
    assert registration.facts.wrong_numbers == 1


def test_another_contact_is_known_after_one_who_was_gone() -> None:
    registration = at_link_known()
    registration.world.account = "contact_gone"
    assert registration.password().step is Step.THEMES
    registration.back(Step.THEMES)
    registration.world.contacts["autre@masociete.example"] = "contact"
    registration.identify("autre@masociete.example")
    assert registration.step is Step.EMAIL_LINK
