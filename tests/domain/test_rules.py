"""Each message at each step: taken, or refused with which words, and then nothing has changed."""

import pytest
from pydantic import ValidationError

from domain import rules
from domain.messages import (
    OPERATOR_MESSAGES,
    PERSON_MESSAGES,
    WEB_MESSAGES,
    Abandon,
    ChoosePassword,
    ChooseThemes,
    ClaimEstablishment,
    CorrectEmail,
    Disown,
    GiveIdcc,
    GiveMemberNumber,
    GoBack,
    Kind,
    Message,
    NoMemberNumber,
    OpenLink,
    OperatorApprove,
    OperatorCancel,
    OperatorExtend,
    OperatorMessage,
    OperatorRefuse,
    OperatorResend,
    OperatorRetry,
    ReportBounce,
    ResendLink,
    Step,
    Theme,
    arrival,
)
from domain.policy import Policy
from domain.problems import Refused, problem, refused
from domain.rules import step_of
from tests.domain.driver import Registration, identify
from tests.domain.states import (
    STATES,
    at_account_work,
    at_link,
    at_link_by_idcc,
    at_number,
    at_registered,
    at_review,
    at_themes,
)
from tests.domain.world import DAY, MEMBER, MINUTE, NUMBER, OTHER_NOBODY, START

WHO = {"by": "Sam", "reason": "motif de l'acte"}
MESSAGES: dict[str, Message] = {
    message.NAME: message
    for message in (
        identify(),
        ChooseThemes(),
        ClaimEstablishment(kind=Kind.MEMBER, siret=MEMBER),
        GiveMemberNumber(number=NUMBER),
        NoMemberNumber(),
        GiveIdcc(idcc="1979"),
        CorrectEmail(email=OTHER_NOBODY),
        ResendLink(),
        Abandon(),
        Disown(),
        OpenLink(link=1),
        ChoosePassword(link=1),
        ReportBounce(),
        OperatorResend(**WHO),
        OperatorExtend(**WHO),
        OperatorRetry(**WHO),
        OperatorApprove(**WHO),
        OperatorRefuse(**WHO),
        OperatorCancel(**WHO),
    )
}

CODES = {
    "+": None,
    ".": "stale",
    "x": "over",
    "l": "link_replaced",
    "o": "link_open",
    "s": "nothing_to_resend",
    "e": "nothing_to_extend",
    "t": "nothing_to_retry",
    "r": "nothing_to_review",
}

#: Columns: identity themes establishment number no-number idcc link password review
#:          | contact? establishment? insee? insee-down number? account? | registered expired
TABLE = """
identify              + . . . . . . . .   . . . . . .   x x
choose_themes         . + . . . . . . .   . . . . . .   x x
claim_establishment   . . + . . . . . .   . . . . . .   x x
give_member_number    . . . + + . . . .   . . . . . .   x x
no_member_number      . . . + + . . . .   . . . . . .   x x
give_idcc             . . . . . + . . .   . . . . . .   x x
correct_email         . . . . . . + + +   . . . . . .   x x
resend_link           . . . . . . + + .   . . . . . .   x x
abandon               + + + + + + + + +   + + + + + .   x x
disown                + + + + + + + + +   + + + + + .   x x
open_link             l l l l l l + o l   l l l l l .   x x
choose_password       . . . . . . + + .   . . . . . +   + x
report_bounce         + + + + + + + + +   + + + + + .   x x
operator_resend       s s s s s s + + s   s s s s s .   x x
operator_extend       + + + + + + + + e   e e e e e .   x x
operator_retry        t t t t t t t t t   + + + + + +   t t
operator_approve      r r r r r r r r +   r r r r r .   x x
operator_refuse       r r r r r r r r +   r r r r r .   x x
operator_cancel       + + + + + + + + +   + + + + + .   x x
"""
CELLS = [
    (name, state, CODES[cell])
    for name, *cells in (line.split() for line in TABLE.strip().splitlines())
    for state, cell in zip(STATES, cells, strict=True)
]


@pytest.mark.parametrize(("name", "state", "code"), CELLS)
def test_each_message_at_each_step(name: str, state: str, code: str | None) -> None:
    registration = STATES[state]()
    registration.now += MINUTE
    if code is not None:
        assert registration.refusal(MESSAGES[name]) == code
        return
    accepted = rules.accept(registration.facts, registration.policy, MESSAGES[name], registration.now)
    again = rules.accept(registration.facts, registration.policy, MESSAGES[name], registration.now)
    assert accepted == again


def test_the_table_has_every_message() -> None:
    named = {line.split()[0] for line in TABLE.strip().splitlines()}
    contract = {model.NAME for model in (*PERSON_MESSAGES, *WEB_MESSAGES, *OPERATOR_MESSAGES)}
    assert named | {GoBack.NAME} == contract  # go_back: see test_go_back.py
    assert set(rules._RULES) == {*PERSON_MESSAGES, *WEB_MESSAGES, *OPERATOR_MESSAGES}


@pytest.mark.parametrize("state", STATES)
def test_step_is_the_one_on_the_screen(state: str) -> None:
    registration = STATES[state]()
    assert step_of(registration.facts, registration.policy) is registration.step


# ---- the account in the making ------------------------------------------------------------------------


def test_nothing_takes_back_an_account_in_the_making() -> None:
    registration = at_account_work()
    registration.now += MINUTE
    before = registration.facts
    for message in (ChoosePassword(link=1), OperatorRetry(**WHO)):
        registration.send(message)
        assert registration.facts == before  # the order under way is the very same


def test_password_chosen_again_after_the_account_changes_nothing() -> None:
    registration = at_registered()
    registration.now += MINUTE
    before = registration.facts
    registration.send(ChoosePassword(link=1))
    assert registration.facts == before


@pytest.mark.parametrize("link", [2, 100])
def test_password_behind_an_unknown_link(link: int) -> None:
    assert at_link().refusal(ChoosePassword(link=link)) == "link_replaced"


def test_operator_retries_a_mail_that_is_stuck_at_any_time() -> None:
    registration = at_number()
    registration.world.relay = "down"
    registration.number()
    before = registration.facts
    registration.send(OperatorRetry(**WHO))
    assert registration.facts == before
    registration.world.relay = "sent"
    registration.work()
    registration.world.relay = "down"
    registration.wait(8 * DAY)
    last = at_registered_without_relay()
    last.send(OperatorRetry(**WHO))
    assert [mail.kind.value for mail in last.facts.outgoing] == ["welcome"]


def at_registered_without_relay() -> Registration:
    registration = at_link()
    registration.world.relay = "down"
    registration.password()
    return registration


# ---- refusals -----------------------------------------------------------------------------------------


def test_arrival_is_never_in_the_future_and_operators_have_none() -> None:
    assert arrival(ChooseThemes(received_at=START + DAY), START) == START
    assert arrival(ChooseThemes(received_at=START - DAY), START) == START - DAY
    assert arrival(ChooseThemes(), START) == START
    assert arrival(OperatorRetry(**WHO), START) == START


def test_refusal_names_codes_and_nothing_typed() -> None:
    refusal = Refused(problem("email_missing", "email"), problem("siret_missing", "siret"))
    assert str(refusal) == "email_missing, siret_missing"
    with pytest.raises(KeyError):
        refused("no such code")


def test_limits_come_from_the_policy() -> None:
    registration = Registration(Policy(siret_lookups=1, wrong_numbers=0, life_days=1, resends=0))
    registration.work()
    registration.identify()
    assert registration.deadline == START + DAY
    registration.themes(Theme.CASES)
    registration.claim(MEMBER)
    assert registration.number("9999").step is Step.REVIEW
    registration.approve()
    registration.now += MINUTE
    assert registration.refusal(ResendLink()) == "resend_too_many"


@pytest.mark.parametrize("reach", [at_themes, at_link_by_idcc, at_review])
def test_judging_asks_no_clock(reach) -> None:  # type: ignore[no-untyped-def]
    assert reach().facts == reach().facts


@pytest.mark.parametrize("model", OPERATOR_MESSAGES)
@pytest.mark.parametrize("missing", ["by", "reason"])
def test_operators_say_who_and_why(model: type[OperatorMessage], missing: str) -> None:
    said = {"by": "Sam", "reason": "appel du siège"}
    del said[missing]
    with pytest.raises(ValidationError) as error:
        model.model_validate(said)
    assert (missing,) in [one["loc"] for one in error.value.errors()]
