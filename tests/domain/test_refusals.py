"""What a refusal is told beside, exactly: a code without its field is a message nobody finds on the page."""

from collections.abc import Callable
from datetime import date

import pytest

from domain import rules
from domain.messages import (
    Abandon,
    ClaimEstablishment,
    CorrectEmail,
    Disown,
    GiveIdcc,
    GiveMemberNumber,
    Identify,
    Kind,
    OperatorApprove,
    OperatorResend,
    PersonMessage,
    ResendLink,
)
from domain.numbers import number_key
from domain.people import Civility, mailbox_key
from domain.policy import Policy
from domain.problems import Refused, closed_since
from tests.domain.driver import Registration, identify
from tests.domain.states import (
    at_establishment,
    at_idcc,
    at_identity,
    at_link,
    at_link_known,
    at_number,
    at_review,
    at_themes,
)
from tests.domain.test_rules import WHO
from tests.domain.world import DAY, MINUTE


def told(registration: Registration, message: PersonMessage) -> list[tuple[str, str | None]]:
    """Each problem's code and the field it is shown beside."""
    with pytest.raises(Refused) as refused:
        rules.accept(registration.facts, registration.policy, message, registration.now)
    return [(one.code, one.field) for one in refused.value.problems]


@pytest.mark.parametrize(
    ("reach", "message", "problems"),
    [
        (
            at_identity,
            Identify(civility=Civility.MADAME, last_name=" ", first_name="D0", email="claire@"),
            [
                ("last_name_missing", "last_name"),
                ("first_name_characters", "first_name"),
                ("email_malformed", "email"),
            ],
        ),
        (
            at_identity,
            Identify(civility=Civility.MADAME, last_name="D" * 101, first_name="C", email=""),
            [("last_name_too_long", "last_name"), ("email_missing", "email")],
        ),
        (at_establishment, ClaimEstablishment(kind=Kind.MEMBER, siret=""), [("siret_missing", "siret")]),
        (at_establishment, ClaimEstablishment(kind=Kind.MEMBER, siret="12"), [("siret_malformed", "siret")]),
        (at_number, GiveMemberNumber(number=" "), [("number_missing", "number")]),
        (at_number, GiveMemberNumber(number="!"), [("number_malformed", "number")]),
        (at_idcc, GiveIdcc(idcc=""), [("idcc_missing", "idcc")]),
        (at_idcc, GiveIdcc(idcc="commerce"), [("idcc_malformed", "idcc")]),
        (at_link, CorrectEmail(email=""), [("email_missing", "email")]),
        (at_link, CorrectEmail(email="claire@"), [("email_malformed", "email")]),
        (at_review, CorrectEmail(email="claire@"), [("email_malformed", "email")]),
        (at_themes, ResendLink(), [("stale", None)]),
        (at_link, ResendLink(), [("resend_too_soon", None)]),
    ],
)
def test_problem_stands_beside_its_field(
    reach: Callable[[], Registration], message: PersonMessage, problems: list[tuple[str, str | None]]
) -> None:
    assert told(reach(), message) == problems


def test_resends_used_up_are_told_beside_the_address_where_one_was_typed() -> None:
    registration = at_link()
    registration.policy = Policy(resends=0)
    assert told(registration, CorrectEmail(email="autre@exemple.example")) == [("resend_too_many", "email")]
    registration.now += MINUTE
    assert told(registration, ResendLink()) == [("resend_too_many", None)]


def test_closed_with_and_without_a_date() -> None:
    dated, undated = closed_since(date(2024, 3, 31)), closed_since(None)
    assert [(one.code, one.field) for one in (dated, undated)] == [("siret_closed", "siret")] * 2
    assert "depuis le 31/03/2024" in dated.detail
    assert "depuis" not in undated.detail


@pytest.mark.parametrize("again", [ResendLink(), OperatorResend(**WHO)])
def test_fresh_link_is_dated_and_clears_what_was_wrong_with_the_mail(
    again: ResendLink | OperatorResend,
) -> None:
    registration = at_link_known()
    registration.now += MINUTE
    registration.facts = registration.facts.with_(mail_refused=True, mail_retry_at=registration.now)
    facts = rules.accept(registration.facts, registration.policy, again, registration.now)
    assert facts.links[-1].ordered_at == registration.now
    assert (facts.mail_refused, facts.mail_retry_at) == (False, None)


@pytest.mark.parametrize("end", [Abandon(), Disown()])
def test_who_ends_it_gets_no_mail_that_was_under_way(end: PersonMessage) -> None:
    registration = at_review()
    queued = registration.facts.order_link(registration.sent[0].kind, registration.now)
    assert queued.outgoing
    facts = rules.accept(queued, registration.policy, end, registration.now)
    assert facts.outgoing == ()


def test_approved_review_is_over() -> None:
    registration = at_review()
    assert registration.facts.review_since is not None
    facts = rules.accept(registration.facts, registration.policy, OperatorApprove(**WHO), registration.now)
    assert facts.review_since is None
    assert facts.since == registration.now


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("123456 001", "123456001"),
        ("123456-001", "123456001"),
        (" ab12.cd ", "AB12CD"),
        ("１２３", "123"),
        ("…", ""),
    ],
)
def test_two_spellings_of_one_number(text: str, key: str) -> None:
    assert number_key(text) == key


def test_mailbox_is_read_from_the_last_at_sign() -> None:
    assert mailbox_key('"a@b+x"@exemple.fr') == '"a@b@exemple.fr'


def test_identity_given_again_keeps_its_day() -> None:
    registration = at_identity()
    registration.now += DAY
    registration.send(identify())
    assert registration.facts.since == registration.now
