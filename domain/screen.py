"""The view a frontend is given, from the facts.

Whether an address has an account never shows: such a registration looks like a known contact's until its
end, and ends like one whose link was never opened.
"""

from datetime import datetime, timedelta

from domain.effects import InseeAnswer
from domain.facts import Facts
from domain.journey import Ask, AskInsee, Do, End, awaited
from domain.messages import Step
from domain.order import only_behind, proved
from domain.policy import Policy
from domain.problems import problem
from domain.view import Answers, Establishment, Outcome, Problem, View


def view(facts: Facts, policy: Policy) -> View:
    """What to show now."""
    move = awaited(facts, policy)
    match move:
        case Ask(step, problems):
            return _view(facts, policy, step, problems=problems)
        case Do(work=AskInsee(patient=patient), step=step):
            code = "insee_unavailable" if patient else "insee_checking"
            return _view(facts, policy, step, busy=True, problems=(problem(code),))
        case Do(step=Step.DONE):
            return _view(facts, policy, Step.DONE, outcome=public(facts.closing))
        case Do(step=step):
            return _view(facts, policy, step, busy=True)
        case End(outcome):
            return _view(facts, policy, Step.DONE, outcome=public(outcome))


def public(outcome: Outcome | None) -> Outcome | None:
    """The outcome as it may be shown to whoever holds the registration."""
    if outcome in (Outcome.ALREADY_REGISTERED, Outcome.SUPERSEDED):
        return Outcome.EXPIRED
    return outcome


def _view(
    facts: Facts,
    policy: Policy,
    step: Step,
    busy: bool = False,
    problems: tuple[Problem, ...] = (),
    outcome: Outcome | None = None,
) -> View:
    resend = step is Step.EMAIL_LINK or (proved(facts, policy) and step is not Step.DONE)
    return View(
        step=step,
        busy=busy,
        outcome=outcome,
        errors=problems,
        answers=_answers(facts),
        establishment=_published(facts.insee) if step is Step.IDCC and facts.insee else None,
        resend_allowed_at=_resend_allowed_at(facts, policy) if resend else None,
        email_first=policy.confirm_email_first,
        only_behind=only_behind(facts, policy),
    )


def _answers(facts: Facts) -> Answers:
    drafts = facts.drafts
    answers = Answers(themes=drafts.themes, idcc=drafts.idcc)
    if drafts.identity is not None:
        answers = answers.model_copy(update=dict(drafts.identity))
    if drafts.claim is not None:
        answers = answers.model_copy(update=dict(drafts.claim))
    return answers


def _published(insee: InseeAnswer) -> Establishment:
    return Establishment(
        siret=insee.about,
        name=insee.name,
        commune=insee.commune,
        suggested_idccs=insee.agreements or (),
    )


def _resend_allowed_at(facts: Facts, policy: Policy) -> datetime | None:
    if facts.resends >= policy.resends:
        return None
    after = (facts.link_since or facts.since) + timedelta(seconds=policy.resend_seconds)
    return max(after, facts.mail_retry_at) if facts.mail_retry_at else after
