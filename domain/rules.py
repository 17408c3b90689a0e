"""What each message does to the facts: the one rule behind both doors, signal and update.

`accept` returns the new facts or raises `Refused`; it changes nothing else, so a validator may ask it
beforehand what the handler will say. A message that no longer fits the step is « stale », not an error.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from domain.deadlines import Phase, deadline, phase
from domain.effects import AccountOrder, Claim, Identity, MailKind, NumberQuestion
from domain.facts import Drafts, Facts
from domain.idcc import read_idcc
from domain.journey import Ask, AskInsee, Do, awaited
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
from domain.people import read_email, read_name
from domain.policy import Policy
from domain.problems import Refused, problem, refused
from domain.siret import read_siret
from domain.view import Outcome, Problem

#: Nothing that stands depends on a claim any more.
NO_CLAIM: dict[str, Any] = {
    "claim": None,
    "recognition": None,
    "insee": None,
    "insee_slow_since": None,
    "insee_attention": False,
    "number": None,
    "verdict": None,
    "no_number": False,
    "idcc": None,
    "review_since": None,
    "review_reminders": 0,
}

_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z ./-]{0,39}")


def accept(facts: Facts, policy: Policy, message: Message, now: datetime) -> Facts:
    """The facts after this message.

    Raises:
        Refused: the message is late, no longer fits, or holds a mistake; nothing changes.
    """
    at = arrival(message, now)
    if _account_in_the_making(facts, policy) and not isinstance(message, ChoosePassword | OperatorRetry):
        raise refused("stale")
    if facts.closing is not None or (facts.created and not isinstance(message, ChoosePassword)):
        raise refused("over")
    if isinstance(message, PersonMessage) and not isinstance(message, Disown):
        until = deadline(facts, policy)
        if until is not None and at > until:
            raise refused("late")
    changed = _RULES[type(message)](facts, policy, message, at)
    if isinstance(message, PersonMessage) and not isinstance(message, OpenLink | ReportBounce):
        changed = changed.with_(since=max(changed.since, at))
    return changed


def _account_in_the_making(facts: Facts, policy: Policy) -> bool:
    """Whether the account may be written at this very moment: nothing may take it back half-way."""
    move = awaited(facts, policy)
    return isinstance(move, Do) and isinstance(move.work, AccountOrder)


def step_of(facts: Facts, policy: Policy) -> Step:
    """The step on the person's screen."""
    move = awaited(facts, policy)
    return move.step if isinstance(move, Ask | Do) else Step.DONE


def _require(facts: Facts, policy: Policy, *steps: Step) -> None:
    """The message answers a question that is being asked."""
    move = awaited(facts, policy)
    if not isinstance(move, Ask) or move.step not in steps:
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
    return _with_identity(facts, identity)


def _with_identity(facts: Facts, identity: Identity) -> Facts:
    """A new identity: its address is looked up anew, and links to an older address die."""
    same_address = facts.drafts.identity is not None and facts.drafts.identity.email == identity.email
    changed = facts.with_(
        identity=identity, drafts=_draft(facts, identity=identity), contact=None, contact_gone=False
    )
    return changed if same_address else _without_links(changed)


def _without_links(facts: Facts) -> Facts:
    dead = tuple(_dead(link) for link in facts.links)
    kept = tuple(mail for mail in facts.outgoing if mail.link is None)
    return facts.with_(
        links=dead,
        outgoing=kept,
        opened=None,
        chosen=None,
        unproved=False,
        mail_refused=False,
        mail_retry_at=None,
    )


def _dead(link: Any) -> Any:
    return type(link)(link.number, link.ordered_at, link.sent_at, dead=True)


def _draft(facts: Facts, **changes: Any) -> Drafts:
    values = {
        "identity": facts.drafts.identity,
        "themes": facts.drafts.themes,
        "claim": facts.drafts.claim,
        "idcc": facts.drafts.idcc,
    }
    return Drafts(**{**values, **changes})


def _choose_themes(facts: Facts, policy: Policy, message: ChooseThemes, at: datetime) -> Facts:
    _require(facts, policy, Step.THEMES)
    themes = tuple(dict.fromkeys(message.themes))
    return facts.with_(themes=themes, drafts=_draft(facts, themes=themes))


def _claim_establishment(facts: Facts, policy: Policy, message: ClaimEstablishment, at: datetime) -> Facts:
    _require(facts, policy, Step.ESTABLISHMENT)
    siret, wrong = read_siret(message.siret)
    if wrong or siret is None:
        raise refused(wrong or "siret_malformed", "siret")
    claim = Claim(kind=message.kind, siret=siret)
    # Wrong numbers are counted per registration, whatever the SIRET: see wrong_numbers.
    cleared = facts.with_(**NO_CLAIM)
    return cleared.with_(claim=claim, claims=facts.claims + 1, drafts=_draft(facts, claim=claim, idcc=None))


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
    return facts.with_(idcc=idcc, drafts=_draft(facts, idcc=idcc))


def _go_back(facts: Facts, policy: Policy, message: GoBack, at: datetime) -> Facts:
    move = awaited(facts, policy)
    if not isinstance(move, Ask | Do) or move.step is not message.leaving:
        raise refused("stale")
    if isinstance(move, Do):
        # A check of the SIRET under way is dropped; any other work is ours and lasts an instant.
        if not isinstance(move.work, AskInsee):
            raise refused("stale")
        return facts.with_(**NO_CLAIM)
    match move.step:
        case Step.THEMES:
            return facts.with_(identity=None)
        case Step.ESTABLISHMENT:
            return facts.with_(themes=None, **NO_CLAIM)
        case Step.MEMBER_NUMBER | Step.IDCC | Step.REVIEW:
            return facts.with_(**NO_CLAIM)
        case _:
            raise refused("no_way_back")


def _correct_email(facts: Facts, policy: Policy, message: CorrectEmail, at: datetime) -> Facts:
    _require(facts, policy, Step.EMAIL_LINK, Step.REVIEW)
    assert facts.identity is not None
    if facts.resends >= policy.resends:
        raise refused("resend_too_many", "email")
    email, wrong = read_email(message.email)
    if wrong or email is None:
        raise refused(f"email_{wrong}", "email")
    corrected = facts.identity.model_copy(update={"email": email})
    return _with_identity(facts.with_(resends=facts.resends + 1), corrected)


def _resend_link(facts: Facts, policy: Policy, message: ResendLink, at: datetime) -> Facts:
    _require(facts, policy, Step.EMAIL_LINK, Step.PASSWORD)
    if facts.resends >= policy.resends:
        raise refused("resend_too_many")
    if facts.links and at < facts.links[-1].ordered_at + timedelta(seconds=policy.resend_seconds):
        raise refused("resend_too_soon")
    if facts.mail_retry_at is not None and at < facts.mail_retry_at:
        raise refused("mail_limit")
    return _fresh_link(facts.with_(resends=facts.resends + 1), at)


def _fresh_link(facts: Facts, at: datetime) -> Facts:
    kind = MailKind.ALREADY_ACCOUNT if facts.has_account else MailKind.CONFIRMATION
    return facts.with_(mail_refused=False, mail_retry_at=None).order_link(kind, at)


def _usable_link(facts: Facts, policy: Policy, number: int, at: datetime) -> None:
    link = facts.link(number)
    if link is None or link.dead:
        raise refused("link_replaced")
    if at > (link.sent_at or link.ordered_at) + timedelta(hours=policy.link_hours):
        raise refused("link_expired")


def _open_link(facts: Facts, policy: Policy, message: OpenLink, at: datetime) -> Facts:
    _usable_link(facts, policy, message.link, at)
    if facts.opened is not None:
        raise refused("link_open")  # A scanner may open it a hundred times: no event, nothing counted.
    return facts.with_(opened=message.link)


def _choose_password(facts: Facts, policy: Policy, message: ChoosePassword, at: datetime) -> Facts:
    if facts.created or facts.chosen is not None:
        return facts  # The first one counts; the frontend compares with the credential that was kept.
    _require(facts, policy, Step.EMAIL_LINK, Step.PASSWORD)
    _usable_link(facts, policy, message.link, at)
    return facts.with_(opened=message.link, chosen=message.link, unproved=False)


def _report_bounce(facts: Facts, policy: Policy, message: ReportBounce, at: datetime) -> Facts:
    return facts.with_(mail_refused=True) if facts.opened is None else facts


def _abandon(facts: Facts, policy: Policy, message: Message, at: datetime) -> Facts:
    return facts.with_(closing=Outcome.ABANDONED, outgoing=())


def _disown(facts: Facts, policy: Policy, message: Disown, at: datetime) -> Facts:
    return facts.with_(closing=Outcome.ABANDONED, outgoing=(), blocked=True)


def _operator_resend(facts: Facts, policy: Policy, message: OperatorResend, at: datetime) -> Facts:
    if phase(facts, policy) is not Phase.LINK:
        raise refused("nothing_to_resend")
    if len(facts.links) >= 50:
        raise refused("mail_exhausted")
    return _fresh_link(facts, at)


def _operator_extend(facts: Facts, policy: Policy, message: OperatorExtend, at: datetime) -> Facts:
    return facts.with_(extension_days=facts.extension_days + message.days)


def _operator_retry(facts: Facts, policy: Policy, message: OperatorRetry, at: datetime) -> Facts:
    if not facts.outgoing and not isinstance(awaited(facts, policy), Do):
        raise refused("nothing_to_retry")
    return facts


def _operator_approve(facts: Facts, policy: Policy, message: OperatorApprove, at: datetime) -> Facts:
    if phase(facts, policy) is not Phase.REVIEW:
        raise refused("nothing_to_review")
    return facts.with_(approved=True, review_since=None, since=at)


def _operator_refuse(facts: Facts, policy: Policy, message: OperatorRefuse, at: datetime) -> Facts:
    if phase(facts, policy) is not Phase.REVIEW:
        raise refused("nothing_to_review")
    changed = facts.with_(**NO_CLAIM).with_(refusals=facts.refusals + 1, since=at)
    if changed.refusals > 1:
        changed = changed.with_(closing=Outcome.REFUSED, outgoing=())
    return changed.queue(MailKind.REFUSED, at, words=message.reason)


_RULES: dict[type[Message], Callable[[Facts, Policy, Any, datetime], Facts]] = {
    Identify: _identify,
    ChooseThemes: _choose_themes,
    ClaimEstablishment: _claim_establishment,
    GiveMemberNumber: _give_member_number,
    GiveIdcc: _give_idcc,
    NoMemberNumber: _no_member_number,
    GoBack: _go_back,
    CorrectEmail: _correct_email,
    ResendLink: _resend_link,
    Abandon: _abandon,
    Disown: _disown,
    OpenLink: _open_link,
    ChoosePassword: _choose_password,
    ReportBounce: _report_bounce,
    OperatorResend: _operator_resend,
    OperatorExtend: _operator_extend,
    OperatorRetry: _operator_retry,
    OperatorApprove: _operator_approve,
    OperatorRefuse: _operator_refuse,
    OperatorCancel: _abandon,
}
