"""What operators' messages do. Their acts start a new wait of the person, which counts from the act."""

from datetime import datetime, timedelta

from domain.deadlines import Phase, deadline, phase
from domain.dependents import without_claim
from domain.effects import MailKind
from domain.facts import Facts
from domain.journey import Do, next_move
from domain.link_rules import fresh_link
from domain.messages import OperatorApprove, OperatorExtend, OperatorRefuse, OperatorResend, OperatorRetry
from domain.policy import Policy
from domain.problems import refused
from domain.view import Outcome

#: Far above any plan, below what the number of a link may be.
MOST_LINKS = 50


def resend(facts: Facts, policy: Policy, message: OperatorResend, at: datetime) -> Facts:
    """The mail the person waits for; a link that lives a day needs a registration that does."""
    if phase(facts, policy) is not Phase.LINK:
        raise refused("nothing_to_resend")
    if len(facts.links) >= MOST_LINKS:
        raise refused("mail_exhausted")
    return fresh_link(facts, at).waiting_since(at)


def extend(facts: Facts, policy: Policy, message: OperatorExtend, at: datetime) -> Facts:
    """The present deadline comes later. It is a date: later waits that end after it are not longer."""
    until = deadline(facts, policy)
    if until is None:
        raise refused("nothing_to_extend")
    return facts.with_(extended_until=until + timedelta(days=message.days))


def retry(facts: Facts, policy: Policy, message: OperatorRetry, at: datetime) -> Facts:
    """Nothing changes but that the caller starts the work anew; a last mail may be what is stuck."""
    if not isinstance(next_move(facts, policy), Do):
        raise refused("nothing_to_retry")
    return facts


def approve(facts: Facts, policy: Policy, message: OperatorApprove, at: datetime) -> Facts:
    """The claim stands, proved by the operator."""
    if phase(facts, policy) is not Phase.REVIEW:
        raise refused("nothing_to_review")
    return facts.with_(approved=True, review_since=None).waiting_since(at).order_link(MailKind.APPROVED, at)


def refuse(facts: Facts, policy: Policy, message: OperatorRefuse, at: datetime) -> Facts:
    """The claim falls; the person may correct it once."""
    if phase(facts, policy) is not Phase.REVIEW:
        raise refused("nothing_to_review")
    changed = without_claim(facts).with_(refusals=facts.refusals + 1).waiting_since(at)
    if changed.refusals > 1:
        changed = changed.with_(closing=Outcome.REFUSED, outgoing=())
    return changed.queue(MailKind.REFUSED, at, words=message.reason)
