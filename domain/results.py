"""What the world's answers do to the facts, and what follows from the facts by itself.

An answer to a question that is no longer asked is dropped: the facts come back unchanged.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.effects import (
    AccountAnswer,
    AccountOrder,
    BlockOrder,
    BlockReceipt,
    ContactAnswer,
    ContactQuestion,
    Effect,
    EstablishmentAnswer,
    EstablishmentQuestion,
    InseeAnswer,
    MailKind,
    MailReceipt,
    NumberAnswer,
    NumberQuestion,
)
from domain.facts import Facts, Mail
from domain.journey import Ask, AskInsee, Do, SendMail, Work, awaited
from domain.messages import Step
from domain.policy import Policy
from domain.view import Outcome

REMINDERS = {MailKind.REMINDER_LINK, MailKind.REMINDER_PASSWORD}

#: A person who waited this long for INSEE has probably closed the page: a mail calls back.
GONE_AFTER = timedelta(minutes=2)


def apply(facts: Facts, policy: Policy, work: Work, result: Effect, now: datetime) -> Facts:
    """The facts after `work` brought `result`. Whoever waits next waits from now: the time our own work
    took is not taken from the person.
    """
    if not _still_wanted(facts, policy, work):
        return facts
    if facts.database_slow and is_ours(work):
        facts = facts.with_(database_slow=False)
    match work, result:
        case SendMail(mail), MailReceipt():
            return _mailed(facts, mail, result, now)
        case ContactQuestion(email=email), ContactAnswer(about=about) if about == email:
            return facts.with_(contact=result).waiting_since(now)
        case EstablishmentQuestion(), EstablishmentAnswer(about=about) if about == work:
            return facts.with_(recognition=result).waiting_since(now)
        case AskInsee(question=question), InseeAnswer(about=about) if about == question.siret:
            return _insee_answered(facts, result, now)
        case NumberQuestion(), NumberAnswer(about=about) if about == work:
            wrong = facts.wrong_numbers + (result.verdict != "right")
            return facts.with_(verdict=result, wrong_numbers=wrong).waiting_since(now)
        case AccountOrder(link=link), AccountAnswer(about=about) if about == link:
            return _account(facts, result, now)
        case BlockOrder(), BlockReceipt():
            return facts.with_(blocked=False)
    return facts


def _still_wanted(facts: Facts, policy: Policy, work: Work) -> bool:
    """Whether the answer is to the question that is asked now, or the mail one that is still to leave."""
    if isinstance(work, SendMail):
        return work.mail in facts.outgoing
    move = awaited(facts, policy)
    return isinstance(move, Do) and move.work == work


def is_ours(work: Work) -> bool:
    """Whether the work is done in our own database."""
    return not isinstance(work, AskInsee | SendMail)


def database_is_slow(facts: Facts) -> Facts:
    """The quick try in our own database brought no answer."""
    return facts.with_(database_slow=True)


def insee_is_slow(facts: Facts, now: datetime) -> Facts:
    """The quick try brought no answer."""
    return facts.with_(insee_slow_since=facts.insee_slow_since or now)


def _insee_answered(facts: Facts, answer: InseeAnswer, now: datetime) -> Facts:
    slow_since = facts.insee_slow_since
    facts = facts.with_(insee=answer, insee_slow_since=None, insee_attention=False).waiting_since(now)
    if slow_since is not None and now - slow_since > GONE_AFTER and answer.status != "not_public":
        return facts.queue(MailKind.INSEE_BACK, now)
    return facts


def _account(facts: Facts, answer: AccountAnswer, now: datetime) -> Facts:
    match answer.status:
        case "created":
            return facts.with_(created=True, outgoing=()).queue(MailKind.WELCOME, now)
        case "unproved":
            return facts.with_(chosen=None, unproved=True).waiting_since(now)
        case "already_registered":
            return facts.with_(closing=Outcome.SUPERSEDED, outgoing=())
        case "contact_gone":
            # Asked like anybody else; the mailbox stays proved, so no second link will be needed.
            return facts.with_(contact_gone=True).waiting_since(now)


def _mailed(facts: Facts, mail: Mail, receipt: MailReceipt, now: datetime) -> Facts:
    kept = tuple(other for other in facts.outgoing if other != mail)
    facts = facts.with_(outgoing=kept, mail_late=False)
    if receipt.status == "has_account":
        return facts.with_(closing=Outcome.SUPERSEDED, outgoing=())
    if receipt.status == "sent":
        links = tuple(
            replace(link, sent_at=now) if link.number == mail.link else link for link in facts.links
        )
        facts = facts.with_(links=links)
    # The screen tells of the mail that was asked for. Of a reminder it must not: an account's address gets
    # none, and is not to be told from a contact's.
    if mail.link is None or mail.kind in REMINDERS:
        return facts
    match receipt.status:
        case "sent":
            # Ordering it cleared `mail_refused`: if that stands, the mail came back before its receipt did.
            return facts.with_(mail_retry_at=None)
        case "refused":
            return facts.with_(mail_refused=True)
        case _:
            return facts.with_(mail_retry_at=receipt.retry_at)


def settle(facts: Facts, policy: Policy, now: datetime) -> Facts:
    """What follows by itself: the first link once the form is complete, the announcement of a review."""
    move = awaited(facts, policy)
    if not isinstance(move, Ask):
        return facts
    if move.step is Step.EMAIL_LINK and all(link.dead for link in facts.links):
        if facts.has_account:
            return facts.order_link(MailKind.ALREADY_ACCOUNT, now)
        return facts.order_link(MailKind.APPROVED if facts.approved else MailKind.CONFIRMATION, now)
    if move.step is Step.REVIEW and facts.review_since is None:
        announced = facts.with_(review_since=now, review_reminders=0)
        return announced.queue(MailKind.IN_REVIEW, now).queue(MailKind.OPERATORS_REVIEW, now)
    return facts


def mail_failed(facts: Facts, mail: Mail) -> Facts:
    """A mail that can never be sent is dropped: no mail ever stops a registration."""
    kept = tuple(other for other in facts.outgoing if other != mail)
    return facts.with_(outgoing=kept, mail_late=False)
