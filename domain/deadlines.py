"""What time does to a registration: reminders, deadlines, the operators' attention.

Time enters as an event: `tick` is called when `next_due` has come. A deadline is judged with a grace, so
that a message which arrived in time still finds the registration open (see `rules.py` for the other half).
"""

from datetime import datetime, timedelta
from enum import StrEnum

from domain.effects import MailKind
from domain.facts import Facts
from domain.journey import Ask, AskInsee, Do, awaited
from domain.messages import Step
from domain.policy import Policy, add_working_days
from domain.view import Outcome


class Phase(StrEnum):
    """Whom a registration waits for."""

    FORM = "form"
    LINK = "link"
    REVIEW = "review"
    INSEE = "insee"
    WORK = "work"
    OVER = "over"


def phase(facts: Facts, policy: Policy) -> Phase:
    """Whom the registration waits for now."""
    match awaited(facts, policy):
        case Ask(step=Step.REVIEW):
            return Phase.REVIEW
        case Ask(step=Step.EMAIL_LINK | Step.PASSWORD):
            return Phase.LINK
        case Ask():
            return Phase.FORM
        case Do(work=AskInsee(patient=True)):
            return Phase.INSEE
        case Do():
            return Phase.WORK
        case _:
            return Phase.OVER


def deadline(facts: Facts, policy: Policy) -> datetime | None:
    """Until when the person may answer; None while the next move is not the person's."""
    now_waiting = phase(facts, policy)
    if now_waiting not in (Phase.FORM, Phase.LINK):
        return None
    days = policy.life_days
    move = awaited(facts, policy)
    if facts.no_number and isinstance(move, Ask) and move.step is Step.MEMBER_NUMBER:
        days = policy.life_without_number_days
    until = facts.since + timedelta(days=days)
    return max(until, facts.extended_until) if facts.extended_until else until


def next_reminder(facts: Facts, policy: Policy) -> datetime | None:
    """When the next reminder is due, if one is left. Whose address has an account gets none."""
    since = facts.since + timedelta(minutes=policy.reminders_later_minutes)
    match phase(facts, policy):
        case Phase.FORM if facts.address:
            return _after(since, policy.form_reminders_hours, facts.form_reminders)
        case Phase.LINK if not facts.has_account:
            return _after(since, policy.link_reminders_hours, facts.link_reminders)
        case Phase.REVIEW if facts.review_since is not None:
            days = policy.review_reminders_working_days
            if facts.review_reminders < len(days):
                return add_working_days(facts.review_since, days[facts.review_reminders])
    return None


def _after(since: datetime, hours: tuple[float, ...], done: int) -> datetime | None:
    return since + timedelta(hours=hours[done]) if done < len(hours) else None


def next_attention(facts: Facts, policy: Policy) -> datetime | None:
    """When operators start to care about INSEE's silence."""
    if phase(facts, policy) is Phase.INSEE and facts.insee_slow_since and not facts.insee_attention:
        return facts.insee_slow_since + timedelta(minutes=policy.insee_attention_minutes)
    return None


def next_due(facts: Facts, policy: Policy) -> datetime | None:
    """The next moment at which time alone changes something."""
    until = deadline(facts, policy)
    close = until + timedelta(seconds=policy.grace_seconds) if until else None
    moments = (close, next_reminder(facts, policy), next_attention(facts, policy))
    return min((moment for moment in moments if moment is not None), default=None)


def tick(facts: Facts, policy: Policy, now: datetime) -> Facts:
    """The facts after time has come to `now`; unchanged when nothing is due."""
    until = deadline(facts, policy)
    if until is not None and now >= until + timedelta(seconds=policy.grace_seconds):
        return _expire(facts, now)
    attention = next_attention(facts, policy)
    if attention is not None and now >= attention:
        facts = facts.with_(insee_attention=True)
    reminder = next_reminder(facts, policy)
    if reminder is not None and now >= reminder and facts.outgoing:
        facts = facts.with_(mail_late=True)
    if reminder is None or now < reminder:
        return facts
    facts = _counted(facts, policy, now)
    match phase(facts, policy):
        case Phase.FORM:
            return facts.queue(MailKind.REMINDER_FORM, now)
        case Phase.LINK if any(mail.link for mail in facts.outgoing):
            return facts  # The mail that still waits to leave will say all a reminder would.
        case Phase.LINK:
            opened = facts.opened is not None
            return facts.order_link(MailKind.REMINDER_PASSWORD if opened else MailKind.REMINDER_LINK, now)
        case _:
            return facts.queue(MailKind.OPERATORS_REVIEW, now)


def _counted(facts: Facts, policy: Policy, now: datetime) -> Facts:
    """The facts with every reminder that is due counted: after a standstill one mail makes up for all."""
    waiting = phase(facts, policy)
    while (due := next_reminder(facts, policy)) is not None and due <= now:
        match waiting:
            case Phase.FORM:
                facts = facts.with_(form_reminders=facts.form_reminders + 1)
            case Phase.LINK:
                facts = facts.with_(link_reminders=facts.link_reminders + 1)
            case _:
                facts = facts.with_(review_reminders=facts.review_reminders + 1)
    return facts


def _expire(facts: Facts, now: datetime) -> Facts:
    if facts.has_account:
        return facts.with_(closing=Outcome.ALREADY_REGISTERED, outgoing=())
    refused = facts.refusals > 0 and facts.claim is None  # And nothing was put in its place.
    closed = facts.with_(closing=Outcome.REFUSED if refused else Outcome.EXPIRED, outgoing=())
    # Where a mail has been waiting until now nothing leaves, and a last one would keep this open for ever.
    return closed.queue(MailKind.EXPIRED, now) if facts.address and not facts.outgoing else closed
