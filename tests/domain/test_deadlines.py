"""Deadlines: whom they run for, who judges them, what moves them, what makes them stand still."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from domain import rules
from domain.deadlines import Phase, next_attention, next_due, phase, tick
from domain.effects import ContactQuestion, EstablishmentQuestion
from domain.messages import (
    Abandon,
    ChooseThemes,
    Disown,
    GiveIdcc,
    OperatorExtend,
    OperatorResend,
    Step,
)
from domain.policy import Policy, add_working_days
from domain.problems import Refused
from domain.results import insee_is_slow
from domain.view import Outcome
from tests.domain.driver import Registration, identify
from tests.domain.states import (
    STATES,
    at_establishment,
    at_idcc,
    at_identity,
    at_insee_down,
    at_insee_work,
    at_link,
    at_review,
    at_themes,
)
from tests.domain.world import DAY, HOUR, MEMBER, MINUTE, SECOND, START

Reach = Callable[[], Registration]
GRACE = timedelta(seconds=Policy().grace_seconds)


def operators_care(registration: Registration) -> bool:
    return registration.facts.insee_attention


def extend(days: int) -> OperatorExtend:
    return OperatorExtend(by="Sam", reason="absence", days=days)


@pytest.mark.parametrize("name", STATES)
def test_phase_of_each_state(name: str) -> None:
    registration = STATES[name]()
    expected = {
        "link": Phase.LINK,
        "password": Phase.LINK,
        "review": Phase.REVIEW,
        "insee down": Phase.INSEE,
        "registered": Phase.OVER,
        "expired": Phase.OVER,
    }
    wanted = expected.get(name, Phase.WORK if name.endswith("?") else Phase.FORM)
    assert phase(registration.facts, registration.policy) is wanted
    assert (registration.deadline is not None) == (wanted in (Phase.FORM, Phase.LINK))


# ---- review, INSEE ------------------------------------------------------------------------------------


def test_review_recalls_the_operators_after_1_and_3_working_days_and_never_expires() -> None:
    registration = at_review()  # on a Monday
    announced = registration.mails
    registration.wait(DAY)
    assert registration.mails == [*announced, "operators_review"]
    registration.wait(2 * DAY)
    assert registration.mails == [*announced, "operators_review", "operators_review"]
    registration.wait(400 * DAY)
    assert (registration.step, len(registration.mails)) == (Step.REVIEW, 4)
    assert (registration.deadline, next_due(registration.facts, registration.policy)) == (None, None)
    assert registration.approve().step is Step.EMAIL_LINK


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2026-03-02T09:00", 1, "2026-03-03T09:00"),  # Monday
        ("2026-03-02T09:00", 3, "2026-03-05T09:00"),
        ("2026-03-05T09:00", 3, "2026-03-10T09:00"),  # Thursday, over a weekend
        ("2026-03-06T23:30", 1, "2026-03-09T23:30"),  # Friday
        ("2026-03-07T10:00", 1, "2026-03-09T10:00"),  # Saturday
        ("2026-03-08T10:00", 3, "2026-03-11T10:00"),  # Sunday
        ("2026-03-08T10:00", 0, "2026-03-08T10:00"),
    ],
)
def test_working_days(start: str, days: int, expected: str) -> None:
    at = datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert add_working_days(at, days) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_deadline_stands_still_while_insee_is_down_and_operators_care_after_an_hour() -> None:
    registration = at_insee_down()
    assert registration.deadline is None
    assert next_attention(registration.facts, registration.policy) == START + HOUR
    registration.wait(HOUR - SECOND)
    assert not operators_care(registration)
    registration.wait(SECOND)
    assert operators_care(registration)
    assert next_due(registration.facts, registration.policy) is None
    registration.wait(20 * DAY)
    assert (registration.view.busy, registration.mails) == (True, [])
    registration.world.insee_down = False
    registration.work()
    assert registration.deadline == registration.now + 7 * DAY
    assert registration.mails == ["insee_back"]


def test_quick_try_is_nobody_s_wait_and_is_slow_once() -> None:
    registration = at_insee_work()
    assert next_due(registration.facts, registration.policy) is None
    slow = insee_is_slow(registration.facts, START + 2 * SECOND)
    assert insee_is_slow(slow, START + HOUR) == slow


@pytest.mark.parametrize("kind", [ContactQuestion, EstablishmentQuestion])
def test_our_own_database_down_for_days_costs_the_person_no_time(kind: type[object]) -> None:
    registration = at_identity() if kind is ContactQuestion else at_establishment()
    registration.world.unanswered = (kind,)
    if kind is ContactQuestion:
        registration.identify()
    else:
        registration.claim(MEMBER)
    registration.wait(9 * DAY)
    assert registration.deadline is None
    registration.world.unanswered = ()
    registration.work()
    assert registration.deadline == registration.now + 7 * DAY
    registration.wait(MINUTE)
    assert registration.mails == []


# ---- the judge ----------------------------------------------------------------------------------------


def at_the_end(reach: Reach) -> tuple[Registration, datetime]:
    registration = reach()
    until = registration.deadline
    assert until is not None
    registration.wait(until - registration.now + 30 * SECOND)  # within the grace
    return registration, until


def test_click_sent_in_time_counts_within_the_grace() -> None:
    registration, until = at_the_end(at_themes)
    assert registration.send(ChooseThemes(received_at=until)).step is Step.ESTABLISHMENT
    assert registration.deadline == until + 7 * DAY


def test_click_sent_late_does_not_though_it_is_seen_before_the_timer() -> None:
    registration, until = at_the_end(at_themes)
    assert registration.refusal(ChooseThemes(received_at=until + SECOND)) == "late"
    assert registration.refusal(ChooseThemes()) == "late"
    registration.wait(GRACE)
    assert registration.view.outcome is Outcome.EXPIRED


@pytest.mark.parametrize("timer_first", [True, False])
@pytest.mark.parametrize("in_time", [True, False])
def test_order_of_timer_and_click_decides_nothing(timer_first: bool, in_time: bool) -> None:
    """Both are seen 30 s after the deadline, in either order."""
    registration, until = at_the_end(at_themes)
    click = ChooseThemes(received_at=until - SECOND if in_time else until + SECOND)
    facts, policy = registration.facts, registration.policy
    if timer_first:
        facts = tick(facts, policy, registration.now)
    try:
        facts = rules.accept(facts, policy, click, registration.now)
        counted = True
    except Refused:
        counted = False
    if not timer_first:
        facts = tick(facts, policy, registration.now)
    assert counted is in_time
    assert (facts.closing is None, facts.themes is not None) == (True, in_time)


def test_grace_ends_at_its_second() -> None:
    registration, until = at_the_end(at_link)
    assert tick(registration.facts, registration.policy, until + GRACE - SECOND).closing is None
    over = tick(registration.facts, registration.policy, until + GRACE)
    assert over.closing is Outcome.EXPIRED


def test_after_the_grace_a_click_of_before_is_told_it_is_over() -> None:
    registration = at_themes()
    until = registration.deadline
    registration.wait(8 * DAY)
    assert registration.refusal(ChooseThemes(received_at=until)) == "over"


def test_disown_is_never_late() -> None:
    registration, _ = at_the_end(at_link)
    assert registration.refusal(Abandon()) == "late"
    assert registration.send(Disown()).outcome is Outcome.ABANDONED


def test_operators_may_act_within_the_grace() -> None:
    registration, until = at_the_end(at_link)
    registration.send(extend(7))
    assert registration.deadline == until + 7 * DAY


def test_stamp_from_the_future_counts_as_now() -> None:
    registration = at_themes()
    registration.send(ChooseThemes(received_at=START + 365 * DAY))
    assert registration.facts.since == START


def test_stamp_from_long_ago_moves_nothing_back() -> None:
    registration = at_themes()
    registration.wait(HOUR)
    registration.send(ChooseThemes(received_at=datetime(1, 1, 1, tzinfo=UTC)))
    assert registration.facts.since == START


def test_idcc_in_time_is_judged_like_all_others() -> None:
    registration, until = at_the_end(at_idcc)
    assert registration.send(GiveIdcc(idcc="1979", received_at=until)).step is Step.EMAIL_LINK


def test_first_form_sent_late_is_late_too() -> None:
    registration, until = at_the_end(at_identity)
    assert registration.refusal(identify(received_at=until + SECOND)) == "late"


# ---- extensions ---------------------------------------------------------------------------------------


def test_extension_moves_the_present_deadline() -> None:
    registration = at_link()
    registration.send(extend(10))
    assert registration.deadline == START + 17 * DAY
    registration.send(extend(3))
    assert registration.deadline == START + 20 * DAY
    registration.wait(20 * DAY)
    assert registration.view.outcome is None
    registration.wait(GRACE)
    assert registration.view.outcome is Outcome.EXPIRED


def test_extension_is_not_taken_away_by_an_answer_nor_added_to_later_waits() -> None:
    registration = at_themes()
    registration.send(extend(10))
    registration.wait(DAY)
    registration.themes()
    assert registration.deadline == START + 17 * DAY
    registration.wait(12 * DAY)
    registration.claim(MEMBER)
    assert registration.deadline == registration.now + 7 * DAY


def test_extension_moves_no_reminder() -> None:
    registration = at_link()
    registration.send(extend(30))
    registration.wait(20 * DAY)
    assert registration.mails == ["confirmation", "reminder_link", "reminder_link"]


@pytest.mark.parametrize("reach", [at_review, at_insee_down])
def test_nothing_to_extend_where_no_deadline_runs(reach: Reach) -> None:
    assert reach().refusal(extend(7)) == "nothing_to_extend"


# ---- operators' acts start a new wait -----------------------------------------------------------------


def test_wait_for_the_link_counts_from_the_approval() -> None:
    registration = at_review()
    registration.wait(40 * DAY)
    registration.approve()
    assert registration.deadline == registration.now + 7 * DAY
    before = len(registration.mails)
    registration.wait(23 * HOUR)
    assert len(registration.mails) == before


def test_wait_for_the_correction_counts_from_the_refusal() -> None:
    registration = at_review()
    registration.wait(40 * DAY)
    registration.refuse()
    assert registration.deadline == registration.now + 7 * DAY


def test_link_sent_again_by_an_operator_lives_its_whole_day() -> None:
    registration = at_link()
    registration.wait(7 * DAY - HOUR)
    registration.send(OperatorResend(by="Sam", reason="demande par téléphone"))
    registration.wait(23 * HOUR)
    assert registration.password(len(registration.facts.links)).outcome is Outcome.REGISTERED
