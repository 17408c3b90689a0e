"""Input and result of each activity.

An answer carries the question it answers (`about`), so that a late answer to an old question is dropped.
What is secret never comes back: the number AKTO keeps for an establishment stays in PostgreSQL, and so
do passwords, hashes and link tokens.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from domain.messages import Kind, Theme
from domain.people import Civility


class Effect(BaseModel):
    """Common to all questions and answers."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Identity(Effect):
    """Who registers; the address as typed."""

    civility: Civility
    last_name: str
    first_name: str
    email: str


class Claim(Effect):
    """The establishment a person says to belong to; `siret` is 14 digits."""

    kind: Kind
    siret: str


# ---- look_up_contact -------------------------------------------------------------------------------


class ContactQuestion(Effect):
    """Is this address known to AKTO?"""

    email: str


class ContactAnswer(Effect):
    """`contact`: known; `account`: has an account already; `none`: neither.

    `address` is where mail goes: the address AKTO stores, else the one that was typed.
    `email_hash` is the HMAC by which operators and logs name the mailbox.
    """

    about: str
    kind: Literal["none", "contact", "account"]
    address: str
    email_hash: str


# ---- recognise_establishment -----------------------------------------------------------------------


class EstablishmentQuestion(Effect):
    """Does AKTO know this establishment, under this kind?"""

    kind: Kind
    siret: str


class EstablishmentAnswer(Effect):
    """`recognised` with a number on file, `no_number` without, `other_kind` under the other kind only."""

    about: EstablishmentQuestion
    status: Literal["recognised", "no_number", "other_kind", "unrecognised"]


# ---- check_member_number ---------------------------------------------------------------------------


class NumberQuestion(Effect):
    """Is this the number AKTO gave to that establishment? `attempt` counts this registration's tries."""

    registration: str
    kind: Kind
    siret: str
    number: str
    attempt: int


class NumberAnswer(Effect):
    """`too_many`: wrong, and one wrong try too many for this SIRET today. A right number is always right."""

    about: NumberQuestion
    verdict: Literal["right", "wrong", "too_many"]


# ---- ask_insee -------------------------------------------------------------------------------------


class InseeQuestion(Effect):
    """What does INSEE say of this SIRET?"""

    siret: str


class InseeAnswer(Effect):
    """What INSEE says. Unavailable is no answer: the activity fails and is tried again.

    `name` is absent when INSEE does not publish it; `closed_on` when it does not say. `agreements`: the
    collective agreements public data suggest for it, never a proof; None when nobody could tell.
    """

    about: str
    status: Literal["active", "closed", "unknown", "not_public"]
    closed_on: date | None = None
    name: str | None = None
    commune: str | None = None
    agreements: tuple[str, ...] | None = None


# ---- send_mail -------------------------------------------------------------------------------------


class MailKind(StrEnum):
    """Every mail the product sends."""

    CONFIRMATION = "confirmation"
    ALREADY_ACCOUNT = "already_account"
    REMINDER_FORM = "reminder_form"
    REMINDER_LINK = "reminder_link"
    REMINDER_PASSWORD = "reminder_password"  # noqa: S105 - a mail's name
    RESUME = "resume"
    INSEE_BACK = "insee_back"
    WELCOME = "welcome"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"
    OPERATORS_REVIEW = "operators_review"
    PASSWORD_FORGOTTEN = "password_forgotten"  # noqa: S105 - a mail's name
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a mail's name
    NEWCOMER = "newcomer"

    @property
    def brings_confirmation_link(self) -> bool:
        """Whether the mail carries a link that proves the mailbox."""
        return self in {
            MailKind.CONFIRMATION,
            MailKind.REMINDER_LINK,
            MailKind.REMINDER_PASSWORD,
            MailKind.APPROVED,
        }


class MailOrder(Effect):
    """One mail of one registration. `kind` and `ordinal` name the intent: one intent, one mail.

    `to` is empty for the operators' mailbox (a setting). `link` is the number of the confirmation link
    that the mail brings. `decided_at` is the workflow's time: the mail's Date and what limits count by.
    `behind` is the link by which the mailbox was proved before the form (0: not so), `email_first` says that
    the form may follow the link it brings.
    `words` is what an operator wrote to the person; for a forgotten password, the account's id; for the
    mail about a newcomer, the SIRET of the establishment it goes to.
    """

    registration: str
    kind: MailKind
    ordinal: int
    to: str = ""
    link: int | None = None
    link_hours: int = 24
    behind: int = 0
    email_first: bool = False
    decided_at: datetime
    words: str = ""


class MailReceipt(Effect):
    """What became of a mail.

    `sent` (or had been sent already), `suppressed` (the mailbox's limit or its owner's wish; `retry_at`
    when it would pass again, if ever), `refused` (the relay says the mailbox does not exist),
    `has_account` (a reminder that is not sent because the mailbox finished another registration).
    """

    status: Literal["sent", "suppressed", "refused", "has_account"]
    retry_at: datetime | None = None


# ---- create_account --------------------------------------------------------------------------------


class Proof(StrEnum):
    """How an attachment was proved."""

    CONTACT_EMAIL = "contact_email"
    MEMBER_NUMBER = "member_number"
    IDCC_DECLARED = "idcc_declared"
    OPERATOR = "operator"

    @property
    def confirmed(self) -> bool:
        """Whether the attachment stands without an operator's word."""
        return self is not Proof.IDCC_DECLARED


class AccountOrder(Effect):
    """The account to create, only if the mailbox `address` was proved behind link number `link`.

    Without a claim the person is attached to every establishment the contact is known for at that moment.
    """

    registration: str
    address: str
    link: int
    identity: Identity
    themes: tuple[Theme, ...] = ()
    claim: Claim | None = None
    proof: Proof = Proof.CONTACT_EMAIL
    idcc: str | None = None
    establishment_name: str | None = None
    decided_at: datetime


class AccountAnswer(Effect):
    """`created` (or had been); `unproved`: no proof row; `already_registered`; `contact_gone`."""

    about: int
    status: Literal["created", "unproved", "already_registered", "contact_gone"]


# ---- newcomer_letters ------------------------------------------------------------------------------


class NewcomerQuestion(Effect):
    """Whom to tell that this registration's account was attached to their establishment."""

    registration: str
    decided_at: datetime


class NewcomerLetters(Effect):
    """One mail for each of at most five of them."""

    orders: tuple[MailOrder, ...] = ()


# ---- block_mailbox ---------------------------------------------------------------------------------


class BlockOrder(Effect):
    """« Ce n'est pas moi »: no mail to this address for `days` days from `decided_at`."""

    address: str
    days: int
    decided_at: datetime


class BlockReceipt(Effect):
    """The address is blocked."""

    address_blocked: bool = True


# ---- apply_retention -------------------------------------------------------------------------------


class RetentionOrder(Effect):
    """Delete what is past its period at that moment."""

    at: datetime


class RetentionReport(Effect):
    """How much was deleted: workflows of Temporal by type, rows of PostgreSQL by table; no ids, no values."""

    workflows: dict[str, int]
    rows: dict[str, int]
