"""What is known of one registration. The step is never stored: `journey.py` derives it from these facts.

Standing answers (`identity`, `themes`, `claim`, `idcc`) carry the journey; `drafts` keeps what was last
typed, so that « Précédent » shows it again after the standing answer was taken back.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from domain.effects import (
    Claim,
    ContactAnswer,
    EstablishmentAnswer,
    Identity,
    InseeAnswer,
    MailKind,
    NumberAnswer,
    NumberQuestion,
)
from domain.messages import Theme
from domain.view import Outcome

ReviewReason = Literal["not_public", "no_number_on_file", "wrong_numbers", "too_many_sirets"]


@dataclass(frozen=True)
class Drafts:
    """What was last typed at each step."""

    identity: Identity | None = None
    themes: tuple[Theme, ...] | None = None
    claim: Claim | None = None
    idcc: str | None = None


@dataclass(frozen=True)
class Mail:
    """A mail to send: kind and ordinal name the intent; `link` is the confirmation link it brings."""

    kind: MailKind
    ordinal: int
    decided_at: datetime
    link: int | None = None
    words: str = ""


@dataclass(frozen=True)
class Link:
    """A confirmation link. `sent_at` is None until its mail has left."""

    number: int
    ordered_at: datetime
    sent_at: datetime | None = None
    dead: bool = False


@dataclass(frozen=True)
class Facts:
    """Everything a registration knows; changed only by `with_`."""

    registration: str
    started_at: datetime
    #: Since when the present wait lasts: the person's last answer, or the end of work that was ours.
    since: datetime
    drafts: Drafts = field(default_factory=Drafts)

    identity: Identity | None = None
    contact: ContactAnswer | None = None
    #: The contact vanished from AKTO's data between start and account: asked like an unknown person.
    contact_gone: bool = False
    themes: tuple[Theme, ...] | None = None

    claim: Claim | None = None
    claims: int = 0
    recognition: EstablishmentAnswer | None = None
    insee: InseeAnswer | None = None
    insee_slow_since: datetime | None = None
    insee_attention: bool = False
    #: Our own database did not answer the quick try of the work under way.
    database_slow: bool = False
    number: NumberQuestion | None = None
    verdict: NumberAnswer | None = None
    wrong_numbers: int = 0
    no_number: bool = False
    idcc: str | None = None

    review_since: datetime | None = None
    approved: bool = False
    refusals: int = 0

    links: tuple[Link, ...] = ()
    resends: int = 0
    mail_refused: bool = False
    mail_late: bool = False
    mail_retry_at: datetime | None = None
    opened: int | None = None
    #: Mailbox first (`order.py`): since when the mail was waited for, kept while the form goes on;
    link_since: datetime | None = None
    #: and the link behind which the address was changed: who holds none of that number did not give it.
    gate: int = 0
    chosen: int | None = None
    unproved: bool = False
    created: bool = False

    outgoing: tuple[Mail, ...] = ()
    mails: int = 0
    form_reminders: int = 0
    link_reminders: int = 0
    review_reminders: int = 0
    #: An operator gave the person time until then.
    extended_until: datetime | None = None

    blocked: bool = False
    closing: Outcome | None = None

    def with_(self, **changes: Any) -> "Facts":
        """The same facts but for these."""
        return replace(self, **changes)

    @property
    def known(self) -> bool:
        """Whether the address is a contact's or an account's: the guide's short branch."""
        return self.contact is not None and self.contact.kind != "none" and not self.contact_gone

    @property
    def has_account(self) -> bool:
        """Whether the address had an account when it was looked up."""
        return self.known and self.contact is not None and self.contact.kind == "account"

    @property
    def address(self) -> str:
        """Where mail to the person goes; empty before the look-up."""
        return self.contact.address if self.contact else ""

    def link(self, number: int) -> Link | None:
        """The link of that number."""
        return next((link for link in self.links if link.number == number), None)

    def waiting_since(self, at: datetime) -> "Facts":
        """These facts with a wait that began at that moment, never earlier than the one before."""
        return self.with_(since=max(self.since, at))

    def queue(self, kind: MailKind, now: datetime, link: int | None = None, words: str = "") -> "Facts":
        """These facts with one more mail to send; each new intent has its own ordinal. A mail that still
        waits to leave, while a relay is down, is not sent twice in a row when it comes back.
        """
        if any((mail.kind, mail.link, mail.words) == (kind, link, words) for mail in self.outgoing):
            return self
        mail = Mail(kind, self.mails + 1, now, link, words)
        return self.with_(outgoing=(*self.outgoing, mail), mails=self.mails + 1)

    def order_link(self, kind: MailKind, now: datetime) -> "Facts":
        """These facts with a fresh link and the mail that brings it; a mail not yet sent for an older link is
        dropped, for the fresh one says all it would have said.
        """
        number = len(self.links) + 1
        kept = tuple(mail for mail in self.outgoing if mail.link is None)
        fresh = Link(number, now)
        return self.with_(outgoing=kept, links=(*self.links, fresh)).queue(kind, now, number)
