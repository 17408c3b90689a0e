"""What messages about the mailbox do: correct the address, ask for the mail again, follow the link.

Opening a link proves nothing, uses nothing up and moves no deadline; choosing a password is a report whose
proof the activity that makes the account looks for.
"""

from datetime import datetime, timedelta

from domain.dependents import with_identity
from domain.effects import MailKind
from domain.facts import Facts
from domain.journey import asks
from domain.messages import ChoosePassword, CorrectEmail, OpenLink, ReportBounce, ResendLink, Step
from domain.order import followed, proved
from domain.people import read_email
from domain.policy import Policy
from domain.problems import refused


def correct_email(facts: Facts, policy: Policy, message: CorrectEmail, at: datetime) -> Facts:
    """The address was mistyped. Allowed once the link is open too: a wrong mailbox may have a scanner."""
    in_review = asks(facts, policy, Step.REVIEW) and not proved(facts, policy)
    if not in_review and not _mail_wanted(facts, policy):
        raise refused("stale")
    identity = facts.drafts.identity
    assert identity is not None
    if facts.resends >= policy.resends:
        raise refused("resend_too_many", "email")
    email, wrong = read_email(message.email)
    if wrong or email is None:
        raise refused(f"email_{wrong}", "email")
    if email == identity.email and not in_review:
        return _resend(facts, policy, at)  # Nothing to correct: the mail is what is missing.
    corrected = identity.model_copy(update={"email": email})
    return with_identity(facts.with_(resends=facts.resends + 1), policy, corrected, message.behind)


def _mail_wanted(facts: Facts, policy: Policy) -> bool:
    """Whether the mail is still to be acted on: whoever holds no link must not see by this that it was."""
    return asks(facts, policy, Step.EMAIL_LINK, Step.PASSWORD) or proved(facts, policy)


def resend_link(facts: Facts, policy: Policy, message: ResendLink, at: datetime) -> Facts:
    """The person asks for the mail once more."""
    if not _mail_wanted(facts, policy):
        raise refused("stale")
    return _resend(facts, policy, at)


def _resend(facts: Facts, policy: Policy, at: datetime) -> Facts:
    if facts.resends >= policy.resends:
        raise refused("resend_too_many")
    # Counted from the person's own last step, not from the last mail: a reminder would show in the answer,
    # and reminders tell a contact's address from an account's.
    if at < (facts.link_since or facts.since) + timedelta(seconds=policy.resend_seconds):
        raise refused("resend_too_soon")
    if facts.mail_retry_at is not None and at < facts.mail_retry_at:
        raise refused("mail_limit")
    return fresh_link(facts.with_(resends=facts.resends + 1, link_since=at), at)


def fresh_link(facts: Facts, at: datetime) -> Facts:
    """The mail the person waits for, once more."""
    kind = MailKind.ALREADY_ACCOUNT if facts.has_account else MailKind.CONFIRMATION
    return facts.with_(mail_refused=False, mail_retry_at=None).order_link(kind, at)


def _usable_link(facts: Facts, policy: Policy, message: OpenLink | ChoosePassword, at: datetime) -> None:
    link = facts.link(message.link)
    if link is None or link.dead:
        raise refused("link_replaced")
    if message.behind == link.number:
        return  # Followed in time by this very person, who has been filling in the form since.
    if at > (link.sent_at or link.ordered_at) + timedelta(hours=policy.link_hours):
        raise refused("link_expired")


def open_link(facts: Facts, policy: Policy, message: OpenLink, at: datetime) -> Facts:
    """A link was opened: a hint that moves the screen."""
    _usable_link(facts, policy, message, at)
    if facts.opened is not None:
        raise refused("link_open")  # A scanner may open it a hundred times: no event, nothing counted.
    return followed(facts, policy, message.link, at)


def choose_password(facts: Facts, policy: Policy, message: ChoosePassword, at: datetime) -> Facts:
    """A password was chosen behind a link."""
    if facts.created or facts.chosen is not None:
        return facts  # The first one counts; the frontend compares with the credential that was kept.
    opened = followed(facts, policy, message.link, at)
    if not asks(opened, policy, Step.PASSWORD):
        raise refused("stale")
    _usable_link(facts, policy, message, at)
    return opened.with_(chosen=message.link, unproved=False)


def report_bounce(facts: Facts, policy: Policy, message: ReportBounce, at: datetime) -> Facts:
    """A mail came back; whoever opened a link has got mail."""
    return facts.with_(mail_refused=True) if facts.opened is None else facts
