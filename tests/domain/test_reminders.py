"""Reminders and the bounds of mail: when, how many, and what a standstill makes of them."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain import rules
from domain.deadlines import next_reminder, tick
from domain.messages import (
    ChoosePassword,
    CorrectEmail,
    NoMemberNumber,
    OpenLink,
    OperatorResend,
    ResendLink,
    Step,
)
from domain.policy import Policy
from domain.problems import Refused
from domain.view import Outcome
from tests.domain.driver import Registration
from tests.domain.states import (
    STATES,
    at_account_work,
    at_establishment,
    at_expired,
    at_idcc,
    at_identity,
    at_link,
    at_link_approved,
    at_link_by_idcc,
    at_link_known,
    at_no_number,
    at_number,
    at_password,
    at_registered,
    at_review,
    at_themes,
)
from tests.domain.world import DAY, HOUR, MEMBER, MINUTE, NOBODY, OTHER_NOBODY, SECOND, START

Reach = Callable[[], Registration]
GRACE = timedelta(seconds=Policy().grace_seconds)
FORMS: list[Reach] = [at_themes, at_establishment, at_number, at_idcc]
LINKS: list[Reach] = [at_link, at_link_by_idcc, at_link_known, at_link_approved]


# ---- forms --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reach", FORMS)
def test_form_is_recalled_after_2_and_72_hours_and_expires_after_7_days(reach: Reach) -> None:
    registration = reach()
    seen = {}
    for hours in (2, 72, 7 * 24):
        due = START + hours * HOUR
        registration.wait(due - SECOND - registration.now)
        before = len(registration.mails)
        registration.wait(SECOND + (GRACE if hours == 7 * 24 else timedelta()))
        seen[hours] = registration.mails[before:]
    assert seen == {2: ["reminder_form"], 72: ["reminder_form"], 168: ["expired"]}
    assert registration.view.outcome is Outcome.EXPIRED


@pytest.mark.parametrize(("reach", "hours"), [(at_themes, 2), (at_link, 24)])
def test_a_share_of_the_spread_comes_on_top(reach: Reach, hours: int) -> None:
    registration = reach()
    facts, due = registration.facts, START + hours * HOUR
    assert next_reminder(facts, Policy()) == due
    assert next_reminder(facts, Policy(reminders_later_minutes=7.5)) == due + 7.5 * MINUTE
    assert tick(facts, Policy(reminders_later_minutes=7.5), due + 7 * MINUTE) == facts


def test_first_form_left_empty_expires_without_a_mail() -> None:
    registration = at_identity()
    registration.wait(8 * DAY)
    assert (registration.mails, registration.view.outcome) == ([], Outcome.EXPIRED)


def test_identity_taken_back_is_recalled_at_the_address_given_before() -> None:
    registration = at_themes()
    registration.back(Step.THEMES)
    registration.wait(3 * HOUR)
    assert registration.mails == ["reminder_form"]


def test_reminders_and_deadline_count_from_the_last_answer() -> None:
    registration = at_themes()
    registration.wait(90 * MINUTE)
    registration.themes()
    registration.wait(2 * HOUR - MINUTE)
    assert registration.mails == []
    registration.wait(MINUTE)
    assert registration.mails == ["reminder_form"]
    assert registration.deadline == START + 90 * MINUTE + 7 * DAY


def test_two_reminders_of_the_form_in_all_whatever_the_number_of_steps() -> None:
    registration = at_themes()
    registration.wait(3 * HOUR)
    registration.themes()
    registration.wait(73 * HOUR)
    registration.claim(MEMBER)
    registration.wait(6 * DAY)
    assert registration.mails == ["reminder_form", "reminder_form"]


def test_without_a_number_reminders_stay_and_the_deadline_is_30_days() -> None:
    registration = at_no_number()
    registration.wait(30 * DAY)
    assert registration.mails == ["reminder_form", "reminder_form"]
    assert registration.step is Step.MEMBER_NUMBER
    registration.wait(GRACE)
    assert registration.view.outcome is Outcome.EXPIRED


def test_saying_so_again_gives_no_more_time() -> None:
    registration = at_no_number()
    registration.wait(10 * DAY)
    registration.send(NoMemberNumber())
    assert registration.deadline == START + 30 * DAY


# ---- link and password --------------------------------------------------------------------------------


@pytest.mark.parametrize("reach", LINKS)
def test_link_is_recalled_after_24_and_72_hours_with_a_fresh_one_each(reach: Reach) -> None:
    registration = reach()
    before = registration.mails
    registration.wait(24 * HOUR - SECOND)
    assert registration.mails == before
    registration.wait(SECOND)
    assert registration.mails == [*before, "reminder_link"]
    registration.wait(48 * HOUR)
    assert registration.mails == [*before, "reminder_link", "reminder_link"]
    assert [mail.link for mail in registration.sent if mail.link] == [1, 2, 3]
    registration.wait(4 * DAY + GRACE)
    assert registration.mails[-1] == "expired"
    assert registration.view.outcome is Outcome.EXPIRED


def test_password_has_its_own_reminder() -> None:
    registration = at_password()
    registration.wait(25 * HOUR)
    assert registration.mails == ["confirmation", "reminder_password"]


def test_opening_the_link_moves_no_deadline() -> None:
    registration = at_link()
    before = registration.deadline
    registration.wait(20 * HOUR)
    registration.send(OpenLink(link=1))
    assert registration.deadline == before


def test_link_lives_24_hours_from_the_moment_its_mail_left() -> None:
    registration = at_number()
    registration.world.relay = "down"
    registration.number()
    registration.wait(5 * HOUR)
    registration.world.relay = "sent"
    registration.work()
    registration.wait(24 * HOUR)
    assert registration.refusal(OpenLink(link=9)) == "link_replaced"
    registration.send(OpenLink(link=1))
    registration.wait(SECOND)
    assert registration.refusal(ChoosePassword(link=1)) == "link_expired"
    assert registration.password(2).outcome is Outcome.REGISTERED


def test_link_whose_receipt_is_lost_lives_from_its_order() -> None:
    registration = at_number()
    registration.world.relay = "down"
    registration.number()
    registration.now += 24 * HOUR
    registration.facts = rules.accept(
        registration.facts, registration.policy, OpenLink(link=1), registration.now
    )
    late = registration.now + SECOND
    with pytest.raises(Refused):
        rules.accept(registration.facts, registration.policy, ChoosePassword(link=1), late)


def test_older_links_stay_valid_until_one_succeeds() -> None:
    registration = at_link()
    registration.wait(MINUTE)
    registration.send(ResendLink())
    registration.send(OpenLink(link=2))
    assert registration.password(1).outcome is Outcome.REGISTERED


# ---- standstills --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reach", "kind"),
    [(at_themes, "reminder_form"), (at_link, "reminder_link"), (at_review, "operators_review")],
)
def test_after_a_standstill_one_reminder_makes_up_for_all(reach: Reach, kind: str) -> None:
    registration = reach()
    before = registration.mails
    registration.sleep_until(START + 4 * DAY)
    registration.sleep_until(START + 4 * DAY)
    assert registration.mails == [*before, kind]
    assert next_reminder(registration.facts, registration.policy) is None


def test_after_a_long_standstill_it_just_expires() -> None:
    registration = at_link()
    registration.sleep_until(START + 30 * DAY)
    assert registration.mails == ["confirmation", "expired"]


def test_relay_down_for_days_gives_one_mail_when_it_is_back() -> None:
    registration = at_themes()
    registration.world.relay = "down"
    registration.wait(4 * DAY)
    registration.world.relay = "sent"
    registration.work()
    assert registration.mails == ["reminder_form"]
    assert not registration.facts.mail_late


def test_relay_down_for_days_gives_one_link_when_it_is_back() -> None:
    registration = at_number()
    registration.world.relay = "down"
    registration.number()
    registration.wait(4 * DAY)
    assert registration.facts.mail_late
    registration.world.relay = "sent"
    registration.work()
    assert [(mail.kind.value, mail.link) for mail in registration.sent] == [("confirmation", 1)]


def test_relay_down_until_the_end_does_not_keep_it_open() -> None:
    registration = at_number()
    registration.world.relay = "down"
    registration.number()
    registration.wait(8 * DAY)
    assert (registration.view.outcome, registration.facts.outgoing) == (Outcome.EXPIRED, ())


@pytest.mark.parametrize("reach", [at_registered, at_expired, at_account_work])
def test_time_changes_nothing_that_is_over_or_under_way(reach: Reach) -> None:
    registration = reach()
    assert tick(registration.facts, registration.policy, START + 999 * DAY) == registration.facts


@pytest.mark.parametrize("name", STATES)
def test_tick_before_anything_is_due_changes_nothing(name: str) -> None:
    registration = STATES[name]()
    assert tick(registration.facts, registration.policy, registration.now) == registration.facts


# ---- mail caps ----------------------------------------------------------------------------------------


def test_five_resends_a_minute_apart() -> None:
    registration = at_link()
    for count in range(1, 6):
        assert registration.refusal(ResendLink()) == "resend_too_soon"
        registration.wait(59 * SECOND)
        assert registration.refusal(ResendLink()) == "resend_too_soon"
        registration.wait(SECOND)
        registration.send(ResendLink())
        assert registration.mails == ["confirmation"] * (count + 1)
    registration.wait(HOUR)
    assert registration.refusal(ResendLink()) == "resend_too_many"
    assert registration.refusal(CorrectEmail(email=NOBODY)) == "resend_too_many"
    assert registration.view.resend_allowed_at is None


def test_corrections_and_resends_share_one_count() -> None:
    registration = at_link()
    for count in range(5):
        registration.send(CorrectEmail(email=f"camille{count}@nouvelle.example"))
    assert registration.refusal(CorrectEmail(email=OTHER_NOBODY)) == "resend_too_many"
    assert registration.mails == ["confirmation"] * 6


def test_operator_may_send_again_up_to_a_bound() -> None:
    registration = at_link()
    again = OperatorResend(by="Sam", reason="demande par téléphone")
    for _ in range(49):
        registration.send(again)
    assert registration.refusal(again) == "mail_exhausted"
    assert len(registration.facts.links) == 50
