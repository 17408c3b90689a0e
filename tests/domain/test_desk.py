"""What operators read: one golden file for each reason a registration can wait, and never anybody's data.

`UPDATE_GOLDEN=1 pytest tests/domain/test_desk.py` writes the golden files anew; the diff is the review.
"""

import os
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from domain.card import card
from domain.desk import (
    MAILS,
    OUTCOMES,
    REASONS,
    STEPS,
    Attributes,
    Public,
    attention,
    attributes,
    branch,
    end_of,
    summary_of,
    waiting_on,
)
from domain.effects import BlockOrder, EstablishmentQuestion, MailKind
from domain.journey import AskInsee
from domain.messages import OPERATOR_MESSAGES, Abandon, Disown, Kind, OperatorExtend, ReportBounce, Step
from domain.results import database_is_slow
from domain.view import Outcome
from tests.domain.driver import Registration
from tests.domain.states import (
    OVER,
    STATES,
    at_claim,
    at_establishment,
    at_idcc,
    at_identity,
    at_insee_down,
    at_link,
    at_link_by_idcc,
    at_link_known,
    at_link_refused,
    at_number,
    at_number_work,
    at_review,
    at_themes,
    at_wrong_number,
)
from tests.domain.world import (
    ACCOUNT,
    ACTIVE,
    CLOSED,
    CONTACT,
    DAY,
    HOUR,
    MEMBER,
    NO_NUMBER,
    NOT_PUBLIC,
    TRAINER,
    UNKNOWN,
)

GOLDEN = Path(__file__).parent / "golden"
Reach = Callable[[], Registration]

#: Whatever was typed, stored or said about the people of these tests.
PERSONAL = (
    "martin", "camille", "nouvelle", "autre.example", "dupont", "claire", "masociete", "rousseau", "jean",
    "123456", "9999", "1979", "tilleuls", "tours", "pas votre entreprise", "@",
    MEMBER, TRAINER, NO_NUMBER, ACTIVE, CLOSED, NOT_PUBLIC, UNKNOWN,
)  # fmt: skip


def at_review_no_number() -> Registration:
    return at_claim(NO_NUMBER)


def at_review_wrong_numbers() -> Registration:
    registration = at_number()
    for attempt in range(6):
        registration.number(f"9999 {attempt}")
    return registration


def at_review_sirets() -> Registration:
    registration = at_establishment()
    for _ in range(6):
        registration.claim(UNKNOWN)
    return registration


def at_review_relay_down() -> Registration:
    registration = at_establishment()
    registration.world.relay = "down"
    registration.claim(NOT_PUBLIC)
    registration.wait(2 * DAY)
    return registration


def at_database_down() -> Registration:
    registration = at_number_work()
    registration.facts = database_is_slow(registration.facts)
    return registration


def at_insee_attention() -> Registration:
    registration = at_insee_down()
    registration.wait(2 * HOUR)
    return registration


def at_link_relay_down() -> Registration:
    registration = at_number()
    registration.world.relay = "down"
    registration.number()
    return registration


def at_link_relay_late() -> Registration:
    registration = at_link_relay_down()
    registration.wait(25 * HOUR)
    return registration


def at_form_relay_late() -> Registration:
    registration = at_themes()
    registration.world.relay = "down"
    registration.wait(73 * HOUR)
    return registration


def at_link_limit() -> Registration:
    registration = at_number()
    registration.world.relay = "suppressed"
    registration.world.retry_at = registration.now + HOUR
    registration.number()
    return registration


def at_link_account() -> Registration:
    registration = at_identity()
    registration.identify(ACCOUNT)
    return registration


def at_link_extended() -> Registration:
    registration = at_link()
    registration.send(OperatorExtend(by="Sam", reason="absence", days=10))
    return registration


def at_refused_once() -> Registration:
    registration = at_review()
    registration.refuse()
    return registration


def at_block() -> Registration:
    registration = at_link()
    registration.world.unanswered = (BlockOrder,)
    registration.send(Disown())
    return registration


def at_welcome() -> Registration:
    registration = at_link()
    registration.world.relay = "down"
    registration.password()
    return registration


def at_last_refusal() -> Registration:
    registration = at_refused_once()
    registration.claim(NO_NUMBER)
    registration.world.relay = "down"
    registration.refuse()
    return registration


def at_bounce() -> Registration:
    registration = at_themes()
    registration.wait(3 * HOUR)
    registration.send(ReportBounce())
    return registration


def at_siret_closed() -> Registration:
    return at_claim(CLOSED)


def at_link_outside_branches() -> Registration:
    registration = at_idcc()
    registration.idcc("9998")
    return registration


REASONS_TO_WAIT: dict[str, Reach] = {
    **{name.replace("?", " work"): reach for name, reach in STATES.items() if name not in OVER},
    "review no number": at_review_no_number,
    "review wrong numbers": at_review_wrong_numbers,
    "review too many sirets": at_review_sirets,
    "review relay down": at_review_relay_down,
    "insee attention": at_insee_attention,
    "database down": at_database_down,
    "link known": at_link_known,
    "link account": at_link_account,
    "link by idcc": at_link_by_idcc,
    "link outside branches": at_link_outside_branches,
    "link extended": at_link_extended,
    "link relay down": at_link_relay_down,
    "link relay late": at_link_relay_late,
    "link refused": at_link_refused,
    "link limit": at_link_limit,
    "form relay late": at_form_relay_late,
    "form bounce": at_bounce,
    "refused once": at_refused_once,
    "wrong number": at_wrong_number,
    "siret closed": at_siret_closed,
    "block": at_block,
    "welcome": at_welcome,
    "last refusal": at_last_refusal,
}


def shown(registration: Registration) -> str:
    """The card, then the search attributes."""
    found = attributes(registration.facts, registration.policy)
    rows = [f"- {one.name}: {getattr(found, one.name)}" for one in fields(Attributes)]
    return "\n".join([card(registration.facts, registration.policy), "", *rows, ""])


@pytest.mark.parametrize("name", REASONS_TO_WAIT)
def test_golden(name: str) -> None:
    path = GOLDEN / f"{name.replace(' ', '_')}.md"
    found = shown(REASONS_TO_WAIT[name]())
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_no_golden_is_left_over() -> None:
    names = {f"{name.replace(' ', '_')}.md" for name in REASONS_TO_WAIT}
    assert {path.name for path in GOLDEN.iterdir()} == names


@pytest.mark.parametrize("name", [*REASONS_TO_WAIT, *OVER])
def test_nobodys_data_and_small(name: str) -> None:
    registration = (REASONS_TO_WAIT | OVER)[name]()
    summaries = [summary_of(work) for work in registration.asked]
    assert all(isinstance(one, Public) for one in summaries)
    told = "\n".join([shown(registration), *summaries])
    assert not [word for word in PERSONAL if word in told.lower()]
    assert len(card(registration.facts, registration.policy).encode()) < 2000
    assert all(len(one.encode()) < 200 and "\n" not in one for one in summaries)


@pytest.mark.parametrize("name", REASONS_TO_WAIT)
def test_card_says_what_from_whom_since_when_until_when_and_what_helps(name: str) -> None:
    registration = REASONS_TO_WAIT[name]()
    text = card(registration.facts, registration.policy)
    assert text.startswith(f"**{STEPS[registration.step]}** – ")
    for row in ("De qui", "Depuis", "Échéance", "Prochaine relance", "Ensuite, sans intervention"):
        assert f"| {row} | " in text
    assert "Pour débloquer" in text
    commands = re.findall(r"`python -m starter ([a-z]+) r-1 --reason", text)
    assert commands
    assert set(commands) <= {message.NAME.removeprefix("operator_") for message in OPERATOR_MESSAGES}
    assert "None" not in text


# ---- the ends -----------------------------------------------------------------------------------------


def ended(outcome: Outcome) -> Registration:
    registration = at_link()
    match outcome:
        case Outcome.REGISTERED:
            registration.password()
        case Outcome.ALREADY_REGISTERED:
            registration = at_link_account()
            registration.wait(8 * DAY)
        case Outcome.EXPIRED:
            registration.wait(8 * DAY)
        case Outcome.ABANDONED:
            registration.send(Abandon())
        case Outcome.REFUSED:
            registration = at_last_refusal()
            registration.world.relay = "sent"
            registration.work()
        case Outcome.SUPERSEDED:
            registration.world.account = "already_registered"
            registration.password()
    return registration


@pytest.mark.parametrize("outcome", list(Outcome))
def test_each_end(outcome: Outcome) -> None:
    registration = ended(outcome)
    facts, policy = registration.facts, registration.policy
    assert end_of(facts) is outcome
    assert card(facts, policy) == f"**Terminée : {OUTCOMES[outcome]}**"
    found = attributes(facts, policy)
    assert (found.step, found.outcome) == ("done", outcome.value)
    assert (found.waiting_on, found.attention, found.deadline) == (None, None, None)


# ---- the words ----------------------------------------------------------------------------------------


def test_everything_has_a_word() -> None:
    assert set(STEPS) == set(Step)
    assert set(MAILS) == set(MailKind)
    assert set(OUTCOMES) == set(Outcome)
    assert set(REASONS) == {"not_public", "no_number_on_file", "wrong_numbers", "too_many_sirets"}


@pytest.mark.parametrize(
    ("reach", "expected"),
    [
        (at_identity, "identity"),
        (at_themes, "unknown"),
        (at_establishment, "unknown"),
        (at_number, "number"),
        (at_idcc, "idcc"),
        (at_link_known, "known"),
        (at_link_account, "known"),
        (at_link, "number"),
        (at_link_by_idcc, "idcc"),
        (at_review, "review"),
        (at_review_no_number, "review"),
    ],
)
def test_branch(reach: Reach, expected: str) -> None:
    registration = reach()
    assert branch(registration.facts, registration.policy) == expected


def test_branch_while_the_type_is_wrong_and_after_an_approval() -> None:
    wrong_kind = at_claim(MEMBER, Kind.TRAINING_ORGANISATION)
    assert branch(wrong_kind.facts, wrong_kind.policy) == "unknown"
    approved = at_review()
    approved.approve()
    assert branch(approved.facts, approved.policy) == "review"


@pytest.mark.parametrize(
    ("reach", "who", "why"),
    [
        (at_themes, "person", None),
        (at_link, "person", None),
        (at_link_refused, "mail", "mail_refused"),
        (at_link_relay_down, "person", None),
        (at_link_relay_late, "mail", "mail_late"),
        (at_form_relay_late, "mail", "mail_late"),
        (at_bounce, "mail", "mail_refused"),
        (at_insee_down, "insee", None),
        (at_insee_attention, "insee", "insee_unavailable"),
        (at_database_down, None, "database_unavailable"),
        (at_review, "operator", "review_not_public"),
        (at_review_no_number, "operator", "review_no_number_on_file"),
        (at_review_wrong_numbers, "operator", "review_wrong_numbers"),
        (at_review_sirets, "operator", "review_too_many_sirets"),
        (at_review_relay_down, "operator", "review_not_public"),
        (at_block, None, None),
    ],
)
def test_whose_turn_it_is_and_why_somebody_should_look(
    reach: Reach, who: str | None, why: str | None
) -> None:
    registration = reach()
    assert waiting_on(registration.facts, registration.policy) == who
    assert attention(registration.facts, registration.policy) == why


def test_mailbox_is_named_by_its_hash_alone() -> None:
    known = at_link_known()
    assert attributes(known.facts, known.policy).email_hash == "a1b2c3d4"
    nobody = at_identity()
    assert attributes(nobody.facts, nobody.policy).email_hash is None
    assert CONTACT not in repr(attributes(known.facts, known.policy))


def test_summaries_of_work() -> None:
    registration = at_insee_down()
    questions = [work for work in registration.asked if isinstance(work, AskInsee | EstablishmentQuestion)]
    assert [summary_of(work) for work in questions] == [
        "Recherche de l'établissement chez AKTO",
        "Question à l'INSEE",
        "Question à l'INSEE (nouveaux essais)",
    ]
