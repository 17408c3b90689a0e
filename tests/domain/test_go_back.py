"""« Précédent »: one step back, what was typed is shown again, what depended on it is gone."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from domain.effects import (
    AccountAnswer,
    ContactAnswer,
    ContactQuestion,
    EstablishmentAnswer,
    EstablishmentQuestion,
    InseeAnswer,
    InseeQuestion,
    NumberAnswer,
    NumberQuestion,
)
from domain.facts import Facts
from domain.journey import AskInsee, Do, next_move
from domain.messages import Abandon, GoBack, Kind, Step, Theme
from tests.domain.driver import Registration
from tests.domain.states import (
    STATES,
    at_account_work,
    at_claim,
    at_establishment,
    at_idcc,
    at_insee_down,
    at_insee_work,
    at_link_known,
    at_no_number,
    at_number,
    at_review,
    at_themes,
    at_wrong_number,
)
from tests.domain.world import (
    ACTIVE,
    CLOSED,
    CONTACT,
    DAY,
    HOUR,
    MEMBER,
    NOBODY,
    NOT_PUBLIC,
    NUMBER,
    OTHER_NOBODY,
    UNKNOWN,
)

Reach = Callable[[], Registration]


def at_closed() -> Registration:
    return at_claim(CLOSED)


def at_unknown_siret() -> Registration:
    return at_claim(UNKNOWN)


def at_other_kind() -> Registration:
    return at_claim(MEMBER, Kind.TRAINING_ORGANISATION)


def depending_on_the_claim(facts: Facts) -> list[object]:
    return [
        facts.claim,
        facts.recognition,
        facts.insee,
        facts.insee_slow_since,
        facts.insee_attention or None,
        facts.number,
        facts.verdict,
        facts.no_number or None,
        facts.idcc,
        facts.review_since,
        facts.review_reminders or None,
        facts.approved or None,
    ]


# ---- from each step -----------------------------------------------------------------------------------


@pytest.mark.parametrize("reach", [at_number, at_wrong_number, at_no_number, at_idcc, at_review])
def test_from_what_the_siret_led_to_back_to_the_siret(reach: Reach) -> None:
    registration = reach()
    typed = registration.view.answers.siret
    view = registration.back(registration.step)
    assert (view.step, view.busy, view.errors) == (Step.ESTABLISHMENT, False, ())
    assert (view.answers.siret, view.answers.kind) == (typed, Kind.MEMBER)
    assert depending_on_the_claim(registration.facts) == [None] * 12
    assert registration.facts.themes == (Theme.CASES, Theme.PAYMENTS)


@pytest.mark.parametrize("reach", [at_establishment, at_closed, at_unknown_siret, at_other_kind])
def test_from_the_siret_back_to_the_themes(reach: Reach) -> None:
    registration = reach()
    view = registration.back(Step.ESTABLISHMENT)
    assert (view.step, view.answers.themes) == (Step.THEMES, (Theme.CASES, Theme.PAYMENTS))
    assert registration.facts.themes is None
    assert depending_on_the_claim(registration.facts) == [None] * 12


def test_from_the_themes_back_to_the_identity() -> None:
    registration = at_themes()
    view = registration.back(Step.THEMES)
    assert view.step is Step.IDENTITY
    answers = view.answers
    assert (answers.civility, answers.last_name, answers.first_name, answers.email) == (
        "madame",
        "MARTIN",
        "Camille",
        NOBODY,
    )
    assert registration.facts.identity is None


@pytest.mark.parametrize("reach", [at_insee_work, at_insee_down])
def test_from_insee_under_way_back_to_the_siret(reach: Reach) -> None:
    registration = reach()
    registration.world.unanswered = ()
    view = registration.back(Step.ESTABLISHMENT)
    assert (view.step, view.busy, view.answers.siret) == (Step.ESTABLISHMENT, False, ACTIVE)
    assert depending_on_the_claim(registration.facts) == [None] * 12
    assert registration.claim(MEMBER).step is Step.MEMBER_NUMBER


def test_insee_is_quick_again_for_the_next_siret() -> None:
    registration = at_insee_down()
    registration.wait(2 * HOUR)
    assert registration.facts.insee_attention
    registration.back(Step.ESTABLISHMENT)
    registration.world.insee_down = False
    registration.world.unanswered = (AskInsee,)
    registration.claim(ACTIVE)
    assert registration.errors == ["insee_checking"]


@pytest.mark.parametrize("name", STATES)
def test_each_step_but_these_has_no_way_back(name: str) -> None:
    registration = STATES[name]()
    forms = {Step.THEMES, Step.ESTABLISHMENT, Step.MEMBER_NUMBER, Step.IDCC, Step.REVIEW}
    goes_back = registration.step in forms and not registration.view.busy
    if goes_back or name in ("insee?", "insee down"):
        registration.back(registration.step)
        return
    code = registration.refusal(GoBack(leaving=registration.step))
    expected = {"identity": "no_way_back", "link": "no_way_back", "password": "no_way_back"}
    expected |= dict.fromkeys(("registered", "expired"), "over")
    assert code == expected.get(name, "stale")


@pytest.mark.parametrize("leaving", [Step.EMAIL_LINK, Step.PASSWORD])
def test_once_the_mail_has_left_nobody_goes_back(leaving: Step) -> None:
    registration = at_link_known()
    assert registration.refusal(GoBack(leaving=leaving)) in ("no_way_back", "stale")


# ---- doubled, stale -----------------------------------------------------------------------------------


@pytest.mark.parametrize("reach", [at_themes, at_establishment, at_closed, at_number, at_idcc, at_review])
def test_doubled_it_goes_back_once(reach: Reach) -> None:
    registration = reach()
    leaving = registration.step
    registration.back(leaving)
    reached = registration.step
    assert registration.refusal(GoBack(leaving=leaving)) == "stale"
    assert registration.step is reached


def test_while_insee_is_asked_form_and_check_are_one_step() -> None:
    """The check is shown on the step it belongs to: only its submission's id tells a doubled one apart."""
    registration = at_insee_down()
    assert registration.back(Step.ESTABLISHMENT).step is Step.ESTABLISHMENT
    assert registration.back(Step.ESTABLISHMENT).step is Step.THEMES


@pytest.mark.parametrize("leaving", list(Step))
def test_it_names_the_step_it_leaves(leaving: Step) -> None:
    registration = at_number()
    if leaving is Step.MEMBER_NUMBER:
        assert registration.back(leaving).step is Step.ESTABLISHMENT
    else:
        assert registration.refusal(GoBack(leaving=leaving)) == "stale"


# ---- what stands, what falls --------------------------------------------------------------------------


def test_all_the_way_back_and_forth_again() -> None:
    registration = at_idcc()
    for leaving in (Step.IDCC, Step.ESTABLISHMENT, Step.THEMES):
        registration.back(leaving)
    answers = registration.view.answers
    assert (answers.email, answers.themes, answers.siret) == (NOBODY, (Theme.CASES, Theme.PAYMENTS), ACTIVE)
    registration.identify(last_name="MARTIN-DURAND")
    registration.themes(Theme.INVOICES)
    registration.claim(MEMBER)
    registration.number()
    registration.password()
    [order] = registration.orders
    assert (order.identity.last_name, order.themes, order.idcc) == (
        "MARTIN-DURAND",
        (Theme.INVOICES,),
        None,
    )
    assert order.establishment_name is None


def test_another_address_is_looked_up_anew() -> None:
    registration = at_themes()
    registration.back(Step.THEMES)
    assert registration.identify(CONTACT).step is Step.EMAIL_LINK
    lookups = [work.email for work in registration.asked if isinstance(work, ContactQuestion)]
    assert lookups == [NOBODY, CONTACT]


def test_counts_that_protect_akto_stand() -> None:
    registration = at_wrong_number()
    registration.back(Step.MEMBER_NUMBER)
    assert (registration.facts.claims, registration.facts.wrong_numbers) == (1, 1)
    registration.claim(MEMBER)
    registration.number()
    question = [work for work in registration.asked if isinstance(work, NumberQuestion)][-1]
    assert question.attempt == 2


def test_typed_idcc_belongs_to_its_establishment() -> None:
    registration = at_idcc()
    drafts = replace(registration.facts.drafts, idcc="1979")
    registration.facts = registration.facts.with_(drafts=drafts)
    registration.back(Step.IDCC)
    assert registration.view.answers.idcc == "1979"
    registration.claim(MEMBER)
    assert registration.view.answers.idcc is None


def test_going_back_is_an_answer_the_deadline_counts_from() -> None:
    registration = at_idcc()
    registration.wait(3 * DAY)
    registration.back(Step.IDCC)
    assert registration.deadline == registration.now + 7 * DAY


def test_review_left_and_entered_again_is_announced_again() -> None:
    registration = at_review()
    registration.back(Step.REVIEW)
    registration.wait(HOUR)
    registration.claim(NOT_PUBLIC)
    assert registration.facts.review_since == registration.now
    assert registration.mails == ["in_review", "operators_review"] * 2


# ---- late answers -------------------------------------------------------------------------------------


def test_late_answers_to_old_questions_are_dropped() -> None:
    old = EstablishmentQuestion(kind=Kind.MEMBER, siret=ACTIVE)
    number = NumberQuestion(registration="r-1", kind=Kind.MEMBER, siret=MEMBER, number=NUMBER, attempt=1)
    insee = AskInsee(InseeQuestion(siret=ACTIVE), patient=True)
    registration = at_insee_down()
    registration.back(Step.ESTABLISHMENT)
    before = registration.facts
    registration.take(old, EstablishmentAnswer(about=old, status="recognised"))
    registration.take(insee, InseeAnswer(about=ACTIVE, status="not_public"))
    registration.take(number, NumberAnswer(about=number, verdict="too_many"))
    assert registration.facts == before
    registration.claim(MEMBER)
    before = registration.facts
    registration.take(insee, InseeAnswer(about=ACTIVE, status="closed"))
    assert registration.facts == before


def test_late_answer_about_the_same_siret_does_not_overtake_akto() -> None:
    """The same SIRET under the other type: AKTO is asked first, whatever INSEE said meanwhile."""
    registration = at_insee_down()
    registration.back(Step.ESTABLISHMENT)
    registration.world.unanswered = (EstablishmentQuestion,)
    registration.claim(ACTIVE, Kind.TRAINING_ORGANISATION)
    before = registration.facts
    registration.take(
        AskInsee(InseeQuestion(siret=ACTIVE), patient=True), InseeAnswer(about=ACTIVE, status="not_public")
    )
    assert registration.facts == before
    assert registration.step is Step.ESTABLISHMENT


def test_late_contact_answer_for_another_address_is_dropped() -> None:
    registration = at_themes()
    registration.back(Step.THEMES)
    work = ContactQuestion(email=NOBODY)
    answer = ContactAnswer(about=NOBODY, kind="contact", address=NOBODY, email_hash="x")
    before = registration.facts
    registration.take(work, answer)
    assert registration.facts == before
    registration.world.unanswered = (ContactQuestion,)
    registration.identify(OTHER_NOBODY)
    before = registration.facts
    registration.take(work, answer)
    assert registration.facts == before


def test_answer_after_the_end_is_dropped() -> None:
    registration = at_insee_down()
    registration.wait(HOUR)
    registration.send(Abandon())
    before = registration.facts
    registration.take(
        AskInsee(InseeQuestion(siret=ACTIVE), patient=True), InseeAnswer(about=ACTIVE, status="active")
    )
    assert registration.facts == before


def test_account_answer_for_another_link_is_dropped() -> None:
    registration = at_account_work()
    move = next_move(registration.facts, registration.policy)
    assert isinstance(move, Do)
    before = registration.facts
    registration.take(move.work, AccountAnswer(about=9, status="created"))
    assert registration.facts == before
