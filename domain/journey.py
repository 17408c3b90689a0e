"""The journey of the guide: what happens next, derived from the facts.

    identity ─► look up the contact ─┬─ known ────────────────────────────────────────┐
                                     └─ themes ─► establishment ─► recognised by AKTO?│
                        ┌────────────────────────────┬───────────────┘                │
                    yes: number              no: INSEE ─► active: IDCC                │
                        └── right ──┬────────────────┘                                │
                                    ▼                                                 ▼
                              confirmation mail ─► link ─► password ─► account ─► welcome

Where the mailbox comes first (`order.py`), mail and link stand before the branch.
`awaited` knows the journey; `next_move` puts the mails that are due between it and the person.
"""

from dataclasses import dataclass

from domain.effects import (
    AccountOrder,
    BlockOrder,
    ContactQuestion,
    EstablishmentQuestion,
    InseeQuestion,
    NumberQuestion,
    Proof,
)
from domain.facts import Facts, Mail, ReviewReason
from domain.messages import Step
from domain.order import branch_hidden
from domain.policy import Policy
from domain.problems import closed_since, problem
from domain.view import Outcome, Problem


@dataclass(frozen=True)
class Ask:
    """Wait for the person (or, in review, for an operator)."""

    step: Step
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class AskInsee:
    """Ask INSEE; `patient` once the quick try has failed."""

    question: InseeQuestion
    patient: bool


@dataclass(frozen=True)
class SendMail:
    """Send this mail."""

    mail: Mail


Work = (
    ContactQuestion | EstablishmentQuestion | NumberQuestion | AskInsee | AccountOrder | BlockOrder | SendMail
)


@dataclass(frozen=True)
class Do:
    """Do this work; the screen stays on `step` meanwhile."""

    work: Work
    step: Step


@dataclass(frozen=True)
class End:
    """The registration is over."""

    outcome: Outcome


Move = Ask | Do | End


def next_move(facts: Facts, policy: Policy) -> Move:
    """What happens now, mails included: look-ups first, then mails, then the person."""
    move = awaited(facts, policy)
    if facts.outgoing and not isinstance(move, Do):
        step = move.step if isinstance(move, Ask) else Step.DONE
        return Do(SendMail(facts.outgoing[0]), step)
    return move


def asks(facts: Facts, policy: Policy, *steps: Step) -> bool:
    """Whether one of these questions is being asked now."""
    move = awaited(facts, policy)
    return isinstance(move, Ask) and move.step in steps


def awaited(facts: Facts, policy: Policy) -> Move:
    """What the journey waits for, mails left out: what the screen shows."""
    if facts.closing is not None:
        if facts.blocked and facts.address:
            # « Ce n'est pas moi » is kept before anything else may write to that address.
            return Do(
                BlockOrder(address=facts.address, days=policy.disowned_days, decided_at=facts.since),
                Step.DONE,
            )
        return End(facts.closing)
    if facts.created:
        return End(Outcome.REGISTERED)
    if facts.identity is None:
        return Ask(Step.IDENTITY)
    if facts.contact is None:
        return Do(ContactQuestion(email=facts.identity.email), Step.IDENTITY)
    if not facts.known and not branch_hidden(facts, policy):
        ask = _unknown_person(facts, policy)
        if ask is not None:
            return ask
    return _mailbox(facts)


def _unknown_person(facts: Facts, policy: Policy) -> Move | None:
    """The guide's « Si vous n'aviez pas de compte », up to the mail; None once all is answered."""
    if facts.themes is None:
        return Ask(Step.THEMES)
    if facts.claim is None:
        return Ask(Step.ESTABLISHMENT, (problem("refused_correct"),) if facts.refusals else ())
    if facts.approved:
        return None
    if review_reason(facts, policy) is not None:
        return Ask(Step.REVIEW)
    if facts.recognition is None:
        question = EstablishmentQuestion(kind=facts.claim.kind, siret=facts.claim.siret)
        return Do(question, Step.ESTABLISHMENT)
    match facts.recognition.status:
        case "recognised":
            return _number(facts)
        case "other_kind":
            other = "training_organisation" if facts.claim.kind == "member" else "member"
            return Ask(Step.ESTABLISHMENT, (problem(f"other_kind_{other}", "kind"),))
        case _:
            return _insee(facts)


def _number(facts: Facts) -> Move | None:
    if facts.number is not None and facts.verdict is None:
        return Do(facts.number, Step.MEMBER_NUMBER)
    if facts.verdict is not None and facts.verdict.verdict == "right":
        return None
    problems = (problem("number_wrong", "number"),) if facts.verdict else ()
    if facts.no_number:
        problems = (problem("contact_akto"),)
    return Ask(Step.MEMBER_NUMBER, problems)


def _insee(facts: Facts) -> Move | None:
    assert facts.claim is not None
    if facts.insee is None:
        question = InseeQuestion(siret=facts.claim.siret)
        return Do(AskInsee(question, patient=facts.insee_slow_since is not None), Step.ESTABLISHMENT)
    match facts.insee.status:
        case "closed":
            return Ask(Step.ESTABLISHMENT, (closed_since(facts.insee.closed_on),))
        case "unknown":
            return Ask(Step.ESTABLISHMENT, (problem("siret_unknown", "siret"),))
        case _:
            return Ask(Step.IDCC) if facts.idcc is None else None


def _mailbox(facts: Facts) -> Move:
    """The mailbox is proved, the password chosen, the account made."""
    if facts.chosen is not None:
        return Do(account_order(facts), Step.PASSWORD)
    problems: tuple[Problem, ...] = ()
    if facts.mail_refused:
        problems = (problem("mail_refused", "email"),)
    elif facts.mail_retry_at is not None:
        problems = (problem("mail_limit"),)
    if facts.opened is not None:
        unproved = (problem("password_unproved"),) if facts.unproved else ()
        return Ask(Step.PASSWORD, unproved)
    return Ask(Step.EMAIL_LINK, problems)


def review_reason(facts: Facts, policy: Policy) -> ReviewReason | None:
    """Why an operator must look at the claim, if one must."""
    if facts.approved or facts.known or facts.claim is None:
        return None
    if facts.claims > policy.siret_lookups:
        return "too_many_sirets"
    if facts.recognition is not None and facts.recognition.status == "no_number":
        return "no_number_on_file"
    # Only a wrong number leads here: who comes back with the right one is not held up by earlier tries.
    verdict = facts.verdict.verdict if facts.verdict else None
    if verdict == "too_many" or (verdict == "wrong" and facts.wrong_numbers > policy.wrong_numbers):
        return "wrong_numbers"
    if facts.insee is not None and facts.insee.status == "not_public":
        return "not_public"
    return None


def account_order(facts: Facts) -> AccountOrder:
    """The account that these facts ask for."""
    assert facts.identity is not None
    assert facts.contact is not None
    assert facts.chosen is not None
    claim = None if facts.known else facts.claim
    return AccountOrder(
        registration=facts.registration,
        address=facts.contact.address,
        link=facts.chosen,
        identity=facts.identity,
        themes=() if facts.known else facts.themes or (),
        claim=claim,
        proof=_proof(facts),
        idcc=None if facts.known else facts.idcc,
        establishment_name=facts.insee.name if facts.insee and claim else None,
        decided_at=facts.since,
    )


def _proof(facts: Facts) -> Proof:
    if facts.known:
        return Proof.CONTACT_EMAIL
    if facts.approved:
        return Proof.OPERATOR
    if facts.verdict is not None and facts.verdict.verdict == "right":
        return Proof.MEMBER_NUMBER
    return Proof.IDCC_DECLARED
