"""What each message does to the facts: the one rule behind both doors, signal and update.

`accept` returns the new facts or raises `Refused`; it changes nothing else, so a validator may ask it
beforehand what the handler will say. A message that no longer fits the step is « stale », not an error.
The form's own rules are here; `link_rules.py` has the mailbox's, `operator_rules.py` the operators'.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain import link_rules, operator_rules
from domain.deadlines import deadline
from domain.dependents import with_identity, without_claim
from domain.effects import AccountOrder, Claim, Identity, NumberQuestion
from domain.facts import Facts
from domain.idcc import read_idcc
from domain.journey import Ask, AskInsee, Do, asks, awaited
from domain.messages import (
    Abandon,
    ChoosePassword,
    ChooseThemes,
    ClaimEstablishment,
    CorrectEmail,
    Disown,
    GiveIdcc,
    GiveMemberNumber,
    GoBack,
    Identify,
    Message,
    NoMemberNumber,
    OpenLink,
    OperatorApprove,
    OperatorCancel,
    OperatorExtend,
    OperatorRefuse,
    OperatorResend,
    OperatorRetry,
    PersonMessage,
    ReportBounce,
    ResendLink,
    Step,
    arrival,
)
from domain.order import served
from domain.people import read_email, read_name
from domain.policy import Policy
from domain.problems import Refused, problem, refused
from domain.siret import read_siret
from domain.view import Outcome, Problem

_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z ./-]{0,39}")


def accept(facts: Facts, policy: Policy, message: Message, now: datetime) -> Facts:
    """The facts after this message.

    Raises:
        Refused: the message is late, no longer fits, or holds a mistake; nothing changes.
    """
    at = arrival(message, now)
    if _account_in_the_making(facts, policy) and not isinstance(message, ChoosePassword | OperatorRetry):
        raise refused("stale")
    if _over_for(facts, message):
        raise refused("over")
    if isinstance(message, PersonMessage) and not served(facts, policy, message):
        raise refused("stale")
    if isinstance(message, PersonMessage) and not isinstance(message, Disown):
        until = deadline(facts, policy)
        if until is not None and at > until:
            raise refused("late")
    changed = _RULES[type(message)](facts, policy, message, at)
    answered = isinstance(message, PersonMessage) and not isinstance(message, OpenLink | ReportBounce)
    # What changes nothing is no answer: a password chosen again must not touch the order under way.
    return changed.waiting_since(at) if answered and changed != facts else changed


def _account_in_the_making(facts: Facts, policy: Policy) -> bool:
    """Whether the account may be written at this very moment: nothing may take it back half-way."""
    move = awaited(facts, policy)
    return isinstance(move, Do) and isinstance(move.work, AccountOrder)


def _over_for(facts: Facts, message: Message) -> bool:
    """Whether it is over; a doubled last click is answered, and a last mail that is stuck tried again."""
    if isinstance(message, OperatorRetry):
        return False
    return facts.closing is not None or (facts.created and not isinstance(message, ChoosePassword))


def step_of(facts: Facts, policy: Policy) -> Step:
    """The step on the person's screen."""
    move = awaited(facts, policy)
    return move.step if isinstance(move, Ask | Do) else Step.DONE


def _require(facts: Facts, policy: Policy, step: Step) -> None:
    if not asks(facts, policy, step):
        raise refused("stale")


def _identify(facts: Facts, policy: Policy, message: Identify, at: datetime) -> Facts:
    _require(facts, policy, Step.IDENTITY)
    problems: list[Problem] = []
    last_name, wrong = read_name(message.last_name)
    if wrong:
        problems.append(problem(f"last_name_{wrong}", "last_name"))
    first_name, wrong = read_name(message.first_name)
    if wrong:
        problems.append(problem(f"first_name_{wrong}", "first_name"))
    email, wrong = read_email(message.email)
    if wrong:
        problems.append(problem(f"email_{wrong}", "email"))
    if problems or last_name is None or first_name is None or email is None:
        raise Refused(*problems)
    identity = Identity(civility=message.civility, last_name=last_name, first_name=first_name, email=email)
    return with_identity(facts, policy, identity, message.behind)


def _choose_themes(facts: Facts, policy: Policy, message: ChooseThemes, at: datetime) -> Facts:
    _require(facts, policy, Step.THEMES)
    themes = tuple(dict.fromkeys(message.themes))
    return facts.with_(themes=themes, drafts=replace(facts.drafts, themes=themes))


def _claim_establishment(facts: Facts, policy: Policy, message: ClaimEstablishment, at: datetime) -> Facts:
    _require(facts, policy, Step.ESTABLISHMENT)
    siret, wrong = read_siret(message.siret)
    if wrong or siret is None:
        raise refused(wrong or "siret_malformed", "siret")
    claim = Claim(kind=message.kind, siret=siret)
    drafts = replace(facts.drafts, claim=claim, idcc=None)
    return without_claim(facts).with_(claim=claim, claims=facts.claims + 1, drafts=drafts)


def _give_member_number(facts: Facts, policy: Policy, message: GiveMemberNumber, at: datetime) -> Facts:
    _require(facts, policy, Step.MEMBER_NUMBER)
    assert facts.claim is not None
    number = " ".join(unicodedata.normalize("NFKC", message.number).split())
    if not number:
        raise refused("number_missing", "number")
    if not _NUMBER.fullmatch(number):
        raise refused("number_malformed", "number")
    question = NumberQuestion(
        registration=facts.registration,
        kind=facts.claim.kind,
        siret=facts.claim.siret,
        number=number,
        attempt=facts.wrong_numbers + 1,
    )
    return facts.with_(number=question, verdict=None, no_number=False)


def _no_member_number(facts: Facts, policy: Policy, message: NoMemberNumber, at: datetime) -> Facts:
    _require(facts, policy, Step.MEMBER_NUMBER)
    return facts.with_(no_number=True)


def _give_idcc(facts: Facts, policy: Policy, message: GiveIdcc, at: datetime) -> Facts:
    _require(facts, policy, Step.IDCC)
    idcc, wrong = read_idcc(message.idcc)
    if wrong or idcc is None:
        raise refused(wrong or "idcc_malformed", "idcc")
    return facts.with_(idcc=idcc, drafts=replace(facts.drafts, idcc=idcc))


def _go_back(facts: Facts, policy: Policy, message: GoBack, at: datetime) -> Facts:
    move = awaited(facts, policy)
    if not isinstance(move, Ask | Do) or move.step is not message.leaving:
        raise refused("stale")
    if isinstance(move, Do):
        # A check of the SIRET under way is dropped; any other work is ours and lasts an instant.
        if not isinstance(move.work, AskInsee):
            raise refused("stale")
        return without_claim(facts)
    match move.step:
        case Step.THEMES:
            return facts.with_(identity=None)
        case Step.ESTABLISHMENT:
            return without_claim(facts).with_(themes=None)
        case Step.MEMBER_NUMBER | Step.IDCC | Step.REVIEW:
            return without_claim(facts)
        case _:
            raise refused("no_way_back")


def _abandon(facts: Facts, policy: Policy, message: Message, at: datetime) -> Facts:
    return facts.with_(closing=Outcome.ABANDONED, outgoing=())


def _disown(facts: Facts, policy: Policy, message: Disown, at: datetime) -> Facts:
    return facts.with_(closing=Outcome.ABANDONED, outgoing=(), blocked=bool(facts.address))


_RULES: dict[type[Message], Callable[[Facts, Policy, Any, datetime], Facts]] = {
    Identify: _identify,
    ChooseThemes: _choose_themes,
    ClaimEstablishment: _claim_establishment,
    GiveMemberNumber: _give_member_number,
    GiveIdcc: _give_idcc,
    NoMemberNumber: _no_member_number,
    GoBack: _go_back,
    CorrectEmail: link_rules.correct_email,
    ResendLink: link_rules.resend_link,
    Abandon: _abandon,
    Disown: _disown,
    OpenLink: link_rules.open_link,
    ChoosePassword: link_rules.choose_password,
    ReportBounce: link_rules.report_bounce,
    OperatorResend: operator_rules.resend,
    OperatorExtend: operator_rules.extend,
    OperatorRetry: operator_rules.retry,
    OperatorApprove: operator_rules.approve,
    OperatorRefuse: operator_rules.refuse,
    OperatorCancel: _abandon,
}
