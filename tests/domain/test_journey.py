"""Each branch of the guide as a scenario, on the pure rules alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.effects import Claim, EstablishmentQuestion, NumberQuestion, Proof
from domain.journey import AskInsee, review_reason
from domain.messages import (
    Abandon,
    Disown,
    Kind,
    NoMemberNumber,
    OpenLink,
    OperatorCancel,
    Step,
    Theme,
)
from domain.view import Outcome
from tests.domain.driver import Registration
from tests.domain.states import (
    at_claim,
    at_establishment,
    at_idcc,
    at_identity,
    at_insee_down,
    at_link,
    at_link_approved,
    at_link_by_idcc,
    at_link_known,
    at_link_refused,
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
    MINUTE,
    NO_NUMBER,
    NOBODY,
    NOT_PUBLIC,
    NUMBER,
    TRAINER,
    UNKNOWN,
)

# ---- the guide ----------------------------------------------------------------------------------------


def test_known_contact_goes_from_identity_to_the_thank_you_page() -> None:
    registration = at_identity()
    view = registration.identify(CONTACT)
    assert (view.step, view.busy, view.errors) == (Step.EMAIL_LINK, False, ())
    assert registration.mails == ["confirmation"]
    registration.send(OpenLink(link=1))
    assert registration.step is Step.PASSWORD
    view = registration.password()
    assert (view.step, view.outcome) == (Step.DONE, Outcome.REGISTERED)
    assert registration.mails == ["confirmation", "welcome"]
    order = registration.order
    assert (order.claim, order.themes, order.idcc, order.proof) == (None, (), None, Proof.CONTACT_EMAIL)


def test_mail_goes_to_the_address_akto_stores_and_the_account_takes_the_typed_name() -> None:
    registration = at_identity()
    registration.identify("CLAIRE.DUPONT@masociete.example", last_name="DUPONT-MARTIN")
    assert registration.facts.address == CONTACT
    registration.password()
    order = registration.order
    assert (order.address, order.identity.last_name) == (CONTACT, "DUPONT-MARTIN")


def test_member_number_attaches_to_the_claimed_establishment() -> None:
    registration = at_identity()
    assert registration.identify().step is Step.THEMES
    assert registration.themes(Theme.CASES, Theme.CASES, Theme.PAYMENTS).step is Step.ESTABLISHMENT
    view = registration.claim(MEMBER)
    assert (view.step, view.establishment) == (Step.MEMBER_NUMBER, None)
    assert registration.number().step is Step.EMAIL_LINK
    assert registration.mails == ["confirmation"]
    assert registration.password().outcome is Outcome.REGISTERED
    order = registration.order
    assert order.claim == Claim(kind=Kind.MEMBER, siret=MEMBER)
    assert order.themes == (Theme.CASES, Theme.PAYMENTS)
    assert (order.proof, order.link, order.address) == (Proof.MEMBER_NUMBER, 1, NOBODY)
    assert not [work for work in registration.asked if isinstance(work, AskInsee)]


def test_training_organisation_has_its_own_number() -> None:
    registration = at_establishment()
    assert registration.claim(TRAINER, Kind.TRAINING_ORGANISATION).step is Step.MEMBER_NUMBER
    registration.number()
    question = next(work for work in registration.asked if isinstance(work, NumberQuestion))
    assert (question.kind, question.attempt) == (Kind.TRAINING_ORGANISATION, 1)


@pytest.mark.parametrize("kind", list(Kind))
def test_unrecognised_but_active_asks_for_the_idcc(kind: Kind) -> None:
    registration = at_establishment()
    view = registration.claim(ACTIVE, kind)
    assert view.step is Step.IDCC
    assert view.establishment is not None
    assert (view.establishment.name, view.establishment.commune) == ("HOTEL DES TILLEULS", "TOURS")
    assert registration.idcc().step is Step.EMAIL_LINK
    registration.password()
    order = registration.order
    assert (order.proof, order.proof.confirmed) == (Proof.IDCC_DECLARED, False)
    assert (order.idcc, order.establishment_name) == ("1979", "HOTEL DES TILLEULS")


def test_no_theme_is_an_answer_too() -> None:
    registration = at_themes()
    assert registration.themes().step is Step.ESTABLISHMENT
    assert registration.view.answers.themes == ()


# ---- what is wrong with the establishment -------------------------------------------------------------


@pytest.mark.parametrize(("siret", "code"), [(CLOSED, "siret_closed"), (UNKNOWN, "siret_unknown")])
def test_closed_or_unknown_says_which_and_is_corrected(siret: str, code: str) -> None:
    registration = at_establishment()
    view = registration.claim(siret)
    assert (view.step, registration.errors, view.answers.siret) == (Step.ESTABLISHMENT, [code], siret)
    assert registration.claim(ACTIVE).step is Step.IDCC
    assert registration.errors == []


def test_closed_says_since_when_if_insee_does() -> None:
    registration = at_establishment()
    assert "30/06/2021" in registration.claim(CLOSED).errors[0].detail
    registration.world.insee[CLOSED] = registration.world.insee[CLOSED].model_copy(update={"closed_on": None})
    assert "depuis" not in registration.claim(CLOSED).errors[0].detail


@pytest.mark.parametrize(
    ("siret", "typed", "right"),
    [
        (MEMBER, Kind.TRAINING_ORGANISATION, Kind.MEMBER),
        (TRAINER, Kind.MEMBER, Kind.TRAINING_ORGANISATION),
    ],
)
def test_other_kind_offers_to_switch(siret: str, typed: Kind, right: Kind) -> None:
    registration = at_establishment()
    view = registration.claim(siret, typed)
    assert (view.step, view.errors[0].field) == (Step.ESTABLISHMENT, "kind")
    assert registration.errors == [f"other_kind_{right.value}"]
    assert registration.claim(siret, right).step is Step.MEMBER_NUMBER
    assert not [work for work in registration.asked if isinstance(work, AskInsee)]


@pytest.mark.parametrize(("siret", "reason"), [(NOT_PUBLIC, "not_public"), (NO_NUMBER, "no_number_on_file")])
def test_what_nobody_can_check_goes_to_review_and_approved_is_proved_by_the_operator(
    siret: str, reason: str
) -> None:
    registration = at_establishment()
    assert registration.claim(siret).step is Step.REVIEW
    assert review_reason(registration.facts, registration.policy) == reason
    assert registration.mails == ["in_review", "operators_review"]
    assert registration.approve().step is Step.EMAIL_LINK
    assert registration.mails == ["in_review", "operators_review", "approved"]
    registration.password()
    order = registration.order
    assert (order.proof, order.claim) == (Proof.OPERATOR, Claim(kind=Kind.MEMBER, siret=siret))


def test_sixth_siret_goes_to_review_without_a_look_up() -> None:
    registration = at_establishment()
    for _ in range(5):
        assert registration.claim(UNKNOWN).step is Step.ESTABLISHMENT
    assert registration.claim(MEMBER).step is Step.REVIEW
    assert review_reason(registration.facts, registration.policy) == "too_many_sirets"
    looked_up = [work for work in registration.asked if isinstance(work, EstablishmentQuestion)]
    assert len(looked_up) == 5


# ---- the number ---------------------------------------------------------------------------------------


def test_five_wrong_numbers_are_told_and_the_right_one_passes() -> None:
    registration = at_number()
    for attempt in range(1, 6):
        view = registration.number(f"9999 {attempt}")
        assert (view.step, registration.errors) == (Step.MEMBER_NUMBER, ["number_wrong"])
        assert registration.facts.wrong_numbers == attempt
    assert registration.number().step is Step.EMAIL_LINK


def test_sixth_wrong_number_goes_to_review_and_a_right_one_still_passes() -> None:
    registration = at_number()
    for attempt in range(6):
        registration.number(f"9999 {attempt}")
    assert registration.step is Step.REVIEW
    assert review_reason(registration.facts, registration.policy) == "wrong_numbers"
    registration.back(Step.REVIEW)
    assert registration.claim(MEMBER).step is Step.MEMBER_NUMBER
    assert registration.number("9999 7").step is Step.REVIEW
    registration.back(Step.REVIEW)
    registration.claim(MEMBER)
    assert registration.number().step is Step.EMAIL_LINK


def test_earlier_wrong_numbers_do_not_stop_another_establishment() -> None:
    registration = at_number()
    for attempt in range(6):
        registration.number(f"9999 {attempt}")
    registration.back(Step.REVIEW)
    assert registration.claim(ACTIVE).step is Step.IDCC


def test_too_many_wrong_tries_on_the_siret_review_the_wrong_one_only() -> None:
    registration = at_number()
    registration.world.too_many_for_siret = True
    assert registration.number("9999 1").step is Step.REVIEW
    assert review_reason(registration.facts, registration.policy) == "wrong_numbers"
    other = at_number()
    other.world.too_many_for_siret = True
    assert other.number().step is Step.EMAIL_LINK


def test_without_the_number_akto_is_named_and_thirty_days_are_left() -> None:
    registration = at_number()
    registration.send(NoMemberNumber())
    assert registration.errors == ["contact_akto"]
    assert "https://www.akto.fr/contact/" in registration.view.errors[0].detail
    assert registration.deadline == registration.now + 30 * DAY
    registration.wait(29 * DAY)
    assert registration.number().step is Step.EMAIL_LINK
    assert registration.deadline == registration.now + 7 * DAY


def test_a_wrong_number_after_that_says_wrong() -> None:
    registration = at_number()
    registration.send(NoMemberNumber())
    registration.number("9999 1")
    assert registration.errors == ["number_wrong"]


# ---- INSEE unavailable --------------------------------------------------------------------------------


def test_insee_down_keeps_everything_and_goes_on_by_itself() -> None:
    registration = at_insee_down()
    view = registration.view
    assert (view.step, view.busy, registration.errors) == (Step.ESTABLISHMENT, True, ["insee_unavailable"])
    assert view.answers.siret == ACTIVE
    registration.now += 90 * MINUTE
    registration.world.insee_down = False
    registration.work()
    assert (registration.step, registration.view.busy) == (Step.IDCC, False)
    assert registration.mails == ["insee_back"]
    assert registration.deadline == registration.now + 7 * DAY


@pytest.mark.parametrize("away", [MINUTE, 2 * MINUTE])
def test_insee_back_within_two_minutes_writes_nothing(away: timedelta) -> None:
    registration = at_insee_down()
    registration.now += away
    registration.world.insee_down = False
    registration.work()
    assert (registration.step, registration.mails) == (Step.IDCC, [])


def test_a_silence_of_insee_is_over_for_everything_asked_afterwards() -> None:
    registration = at_insee_down()
    registration.wait(2 * HOUR)
    operators_care = [registration.facts.insee_attention]
    registration.world.insee_down = False
    registration.work()
    operators_care.append(registration.facts.insee_attention)
    assert operators_care == [True, False]
    registration.back(Step.IDCC)
    registration.claim(CLOSED)
    assert (registration.errors, registration.mails) == (["siret_closed"], ["insee_back"])


@pytest.mark.parametrize(
    ("reach", "told"),
    [
        (lambda: at_claim(UNKNOWN), [("siret_unknown", "siret")]),
        (lambda: at_claim(CLOSED), [("siret_closed", "siret")]),
        (at_wrong_number, [("number_wrong", "number")]),
        (at_link_refused, [("mail_refused", "email")]),
    ],
)
def test_what_is_wrong_stands_at_its_field(
    reach: Callable[[], Registration], told: list[tuple[str, str]]
) -> None:
    assert [(one.code, one.field) for one in reach().view.errors] == told


def test_insee_back_with_a_secret_writes_about_the_review_only() -> None:
    registration = at_establishment()
    registration.world.insee_down = True
    registration.claim(NOT_PUBLIC)
    registration.now += HOUR
    registration.world.insee_down = False
    registration.work()
    assert registration.mails == ["in_review", "operators_review"]


# ---- review -------------------------------------------------------------------------------------------


def test_refused_then_corrected_once_then_refused_for_good() -> None:
    registration = at_review()
    view = registration.refuse("Ce n'est pas votre entreprise.")
    assert (view.step, registration.errors) == (Step.ESTABLISHMENT, ["refused_correct"])
    assert view.answers.siret == NOT_PUBLIC
    assert registration.sent[-1].words == "Ce n'est pas votre entreprise."
    assert registration.claim(NO_NUMBER).step is Step.REVIEW
    view = registration.refuse("Toujours pas.")
    assert (view.step, view.outcome) == (Step.DONE, Outcome.REFUSED)
    assert registration.mails.count("refused") == 2
    assert registration.facts.closing is Outcome.REFUSED


def test_refused_then_corrected_to_something_provable_goes_on() -> None:
    registration = at_review()
    registration.refuse()
    registration.claim(MEMBER)
    registration.number()
    assert registration.password().outcome is Outcome.REGISTERED


@pytest.mark.parametrize(("corrected", "outcome"), [(False, Outcome.REFUSED), (True, Outcome.EXPIRED)])
def test_refused_and_left_alone_ends_refused_unless_corrected(corrected: bool, outcome: Outcome) -> None:
    registration = at_review()
    registration.refuse()
    if corrected:
        registration.claim(MEMBER)
    registration.wait(8 * DAY)
    assert registration.view.outcome is outcome
    assert registration.mails[-1] == "expired"


# ---- the end ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reach", [at_identity, at_themes, at_idcc, at_link, at_review, at_insee_down])
def test_abandoned_at_any_step_without_another_mail(reach) -> None:  # type: ignore[no-untyped-def]
    registration = reach()
    before = registration.mails
    assert registration.send(Abandon()).outcome is Outcome.ABANDONED
    assert registration.mails == before


def test_cancelled_by_an_operator() -> None:
    registration = at_link()
    assert registration.send(OperatorCancel(by="Sam", reason="doublon")).outcome is Outcome.ABANDONED


def test_disowned_blocks_the_mailbox_before_it_ends() -> None:
    registration = at_link()
    view = registration.send(Disown())
    assert (view.step, view.outcome, registration.facts.blocked) == (Step.DONE, Outcome.ABANDONED, False)
    block = registration.asked[-1]
    assert (getattr(block, "address", None), getattr(block, "days", None)) == (NOBODY, 30)


def test_disowned_before_any_address_is_known_has_nothing_to_block() -> None:
    registration = at_identity()
    registration.send(Disown())
    assert (registration.facts.blocked, registration.view.outcome) == (False, Outcome.ABANDONED)


@pytest.mark.parametrize("reach", [at_link, at_link_by_idcc, at_link_known, at_link_approved])
def test_welcome_is_the_last_mail(reach) -> None:  # type: ignore[no-untyped-def]
    registration = reach()
    registration.password()
    assert registration.mails[-1] == "welcome"
    before = registration.facts
    registration.wait(90 * DAY)
    assert registration.facts == before


def test_answers_that_do_not_belong_to_the_question_are_dropped() -> None:
    registration = at_number()
    question = NumberQuestion(registration="r-1", kind=Kind.MEMBER, siret=MEMBER, number=NUMBER, attempt=1)
    registration.facts = replace(registration.facts, number=question)
    before = registration.facts
    other = registration.world.answer(question.model_copy(update={"number": "9"}))
    assert other is not None
    registration.take(question, other)
    assert registration.facts == before
