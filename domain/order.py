"""Which comes first: the guide's branch, or the proof of the mailbox (`Policy.confirm_email_first`).

    the guide's order   identity ─► known? ─┬─ yes ───────────► mail ─► link ─► password
                                            └─ no ─► form ────►
    mailbox first       identity ─► mail ─► link ─► known? ─┬─ yes ───────► password
                                                            └─ no ─► form ─►

Mailbox first, nothing that follows from the look-up exists before a link was followed; afterwards it is for
those who stand behind a link (`only_behind`). The browser that began and holds no link may still mend the
address, ask for the mail again or give up, whatever the branch, and is told nothing else.
"""

from datetime import datetime

from domain.facts import Facts
from domain.messages import (
    Abandon,
    ChoosePassword,
    CorrectEmail,
    Disown,
    OpenLink,
    PersonMessage,
    ReportBounce,
    ResendLink,
    Step,
)
from domain.policy import Policy
from domain.view import Answers, Outcome, View

#: What needs no link, or brings its own.
FOR_ALL = (Abandon, ChoosePassword, CorrectEmail, Disown, OpenLink, ReportBounce, ResendLink)


def branch_hidden(facts: Facts, policy: Policy) -> bool:
    """Whether the look-up must not decide anything yet."""
    return policy.confirm_email_first and facts.opened is None


def proved(facts: Facts, policy: Policy) -> bool:
    """Whether a link has led to the branch: what follows is for who holds one."""
    return policy.confirm_email_first and facts.opened is not None


def only_behind(facts: Facts, policy: Policy) -> int | None:
    """The first link that opens the registration's present state; None when its holder may see it anyway."""
    if not proved(facts, policy):
        return facts.gate or None
    living = (link for link in facts.links if not link.dead)
    return min(link.number for link in living if link.sent_at is not None or link.number == facts.opened)


def served(facts: Facts, policy: Policy, message: PersonMessage) -> bool:
    """Whether the message comes from somebody who may act on what the registration shows."""
    gate = only_behind(facts, policy)
    return gate is None or message.behind >= gate or isinstance(message, FOR_ALL)


def followed(facts: Facts, policy: Policy, link: int, at: datetime) -> Facts:
    """The facts once that link was followed; mailbox first, another wait begins, the mailbox's being over."""
    if not branch_hidden(facts, policy):
        return facts.with_(opened=link)
    begun = facts.with_(opened=link, link_since=facts.since, link_reminders=0)
    return begun.waiting_since(at)


def gate_after(facts: Facts, policy: Policy, behind: int) -> int:
    """Who may see the registration once its address was changed from behind that link.

    A new address given from behind the link belongs to who gave it, not to the browser that began.
    """
    gate = only_behind(facts, policy) or 0
    return gate if behind >= gate else 0


def shown(view: View, behind: int) -> View:
    """The view as it may be shown to who stands behind that link (0: to who only began)."""
    if view.only_behind is None or behind >= view.only_behind:
        return view
    # Refused, there was a form to refuse; and answers may have been given by somebody else since.
    outcome = Outcome.EXPIRED if view.outcome is Outcome.REFUSED else view.outcome
    return View(
        step=Step.EMAIL_LINK if outcome is None else Step.DONE,
        outcome=outcome,
        answers=Answers(),
        email_first=True,
        resend_allowed_at=view.resend_allowed_at,
    )
