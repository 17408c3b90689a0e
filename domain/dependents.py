"""What falls when an answer is taken back or changed: everything that depended on it, and nothing else.

    address   contact, links, opened, chosen, the reminders and the announcement of a review sent to it
              and mailbox first, all that was typed behind its link: who proves another may be another
    claim     what AKTO and INSEE said of it, number, verdict, IDCC, review, an operator's approval

Counts that protect AKTO (`claims`, `wrong_numbers`, `resends`, `refusals`) stand, and so do drafts: what was
typed is shown again.
"""

from dataclasses import replace
from typing import Any

from domain.effects import Identity
from domain.facts import Drafts, Facts
from domain.order import gate_after
from domain.policy import Policy

_NO_CLAIM: dict[str, Any] = {
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
    "approved": False,
}


def without_claim(facts: Facts) -> Facts:
    """The establishment is open again."""
    return facts.with_(**_NO_CLAIM)


def with_identity(facts: Facts, policy: Policy, identity: Identity, behind: int) -> Facts:
    """A new identity, given from behind that link: its address is looked up anew, and what belonged to an
    older address dies.
    """
    before = facts.drafts.identity
    changed = facts.with_(
        identity=identity,
        drafts=replace(facts.drafts, identity=identity),
        contact=None,
        contact_gone=False,
    )
    same_address = before is not None and before.email == identity.email
    if same_address:
        return changed
    if policy.confirm_email_first:
        gate = gate_after(facts, policy, behind)
        changed = without_claim(changed).with_(themes=None, drafts=Drafts(identity=identity), gate=gate)
    return _without_address(changed)


def _without_address(facts: Facts) -> Facts:
    return facts.with_(
        links=tuple(replace(link, dead=True) for link in facts.links),
        outgoing=tuple(mail for mail in facts.outgoing if mail.link is None),
        opened=None,
        link_since=None,
        chosen=None,
        unproved=False,
        mail_refused=False,
        mail_retry_at=None,
        form_reminders=0,
        link_reminders=0,
        review_since=None,
        review_reminders=0,
    )
