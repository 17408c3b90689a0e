"""The messages of the contract: one frozen model per message, unknown fields refused.

A message carries what was typed, bounded but uncleaned: the rules (`rules.py`) clean it and answer a
person's mistake with a code and French words. What a model refuses is a program's mistake, « malformed ».

Every message of a person may carry:
    submission   the id of one form submission; the same submission is answered once
    received_at  when the frontend received it (aware); absent, the workflow's own time is taken
    behind       the number of the mailed link behind which the sender stands, as the web process has checked
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.people import Civility

Typed = Annotated[str, Field(max_length=400)]


class Step(StrEnum):
    """Where a registration stands, as a frontend is told."""

    IDENTITY = "identity"
    THEMES = "themes"
    ESTABLISHMENT = "establishment"
    MEMBER_NUMBER = "member_number"
    IDCC = "idcc"
    EMAIL_LINK = "email_link"
    PASSWORD = "password"  # noqa: S105 - a step's name
    REVIEW = "review"
    DONE = "done"


class Theme(StrEnum):
    """The guide's four themes a person may be written to about."""

    CONTRIBUTION = "contribution"
    CASES = "cases"
    INVOICES = "invoices"
    PAYMENTS = "payments"

    @property
    def label(self) -> str:
        """The guide's words."""
        return {
            "contribution": "Contribution formation (contribution légale, conventionnelle.)",
            "cases": "Instruction des dossiers (accord de prise en charge, demande pièces.)",
            "invoices": "Instruction des factures (demande de pièces, avoir etc.)",
            "payments": "Règlement des dossiers (avis de virement)",
        }[self.value]


class Kind(StrEnum):
    """The guide's « Type » of an establishment."""

    MEMBER = "member"
    TRAINING_ORGANISATION = "training_organisation"

    @property
    def label(self) -> str:
        """The guide's words."""
        return {"member": "Adhérent", "training_organisation": "Organisme de formation"}[self.value]

    @property
    def number_label(self) -> str:
        """What this kind's number is called."""
        return {
            "member": "Numéro d'adhérent",
            "training_organisation": "Numéro d'organisme de formation",
        }[self.value]


class Message(BaseModel):
    """What every message has in common."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    NAME: ClassVar[str]


class PersonMessage(Message):
    """A message that a person's frontend sends."""

    submission: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = None
    received_at: AwareDatetime | None = None
    behind: Annotated[int, Field(ge=0, le=100)] = 0


class Identify(PersonMessage):
    """The first form: who the person is."""

    NAME = "identify"
    civility: Civility
    last_name: Typed
    first_name: Typed
    email: Typed


class ChooseThemes(PersonMessage):
    """The second form: none to four themes."""

    NAME = "choose_themes"
    themes: Annotated[tuple[Theme, ...], Field(max_length=4)] = ()


class ClaimEstablishment(PersonMessage):
    """The third form: the establishment the person belongs to."""

    NAME = "claim_establishment"
    kind: Kind
    siret: Typed


class GiveMemberNumber(PersonMessage):
    """The number AKTO gave to the member or the training organisation."""

    NAME = "give_member_number"
    number: Typed


class GiveIdcc(PersonMessage):
    """The collective agreement; `9999` says there is none."""

    NAME = "give_idcc"
    idcc: Typed


class NoMemberNumber(PersonMessage):
    """« Je n'ai pas ce numéro »."""

    NAME = "no_member_number"


class GoBack(PersonMessage):
    """« Précédent »; names the step it leaves, so that a doubled one goes back once."""

    NAME = "go_back"
    leaving: Step


class CorrectEmail(PersonMessage):
    """The address was mistyped: it is looked up anew and older links die."""

    NAME = "correct_email"
    email: Typed


class ResendLink(PersonMessage):
    """The person asks for the mail once more."""

    NAME = "resend_link"


class Abandon(PersonMessage):
    """« Annuler »."""

    NAME = "abandon"


class Disown(PersonMessage):
    """« Ce n'est pas moi », from a mail: ends everything, no more mail to that address for a while."""

    NAME = "disown"


class OpenLink(PersonMessage):
    """The link of that number was opened. A hint: it moves the screen, uses nothing up, proves nothing."""

    NAME = "open_link"
    link: Annotated[int, Field(ge=1, le=100)]


class ChoosePassword(PersonMessage):
    """A password was chosen behind that link. A report: the proof is a row in PostgreSQL."""

    NAME = "choose_password"
    link: Annotated[int, Field(ge=1, le=100)]


class ReportBounce(PersonMessage):
    """A mail came back as undeliverable."""

    NAME = "report_bounce"
    message_id: Annotated[str, Field(max_length=200)] = ""


class OperatorMessage(Message):
    """A message of an operator: who acts and why."""

    by: Annotated[str, Field(min_length=1, max_length=100, description="Qui agit")]
    reason: Annotated[str, Field(min_length=3, max_length=500, description="Pourquoi")]


class OperatorResend(OperatorMessage):
    """Send the mail the person waits for once more."""

    NAME = "operator_resend"


class OperatorExtend(OperatorMessage):
    """Give the person more days."""

    NAME = "operator_extend"
    days: Annotated[int, Field(ge=1, le=90, description="Jours ajoutés à l'échéance")] = 7


class OperatorRetry(OperatorMessage):
    """Ask again now what is being retried slowly."""

    NAME = "operator_retry"


class OperatorApprove(OperatorMessage):
    """The review ends well: the attachment is accepted, proved by the operator."""

    NAME = "operator_approve"


class OperatorRefuse(OperatorMessage):
    """The review ends badly; `reason` is what the person is told."""

    NAME = "operator_refuse"


class OperatorCancel(OperatorMessage):
    """End the registration."""

    NAME = "operator_cancel"


PERSON_MESSAGES: tuple[type[PersonMessage], ...] = (
    Identify,
    ChooseThemes,
    ClaimEstablishment,
    GiveMemberNumber,
    GiveIdcc,
    NoMemberNumber,
    GoBack,
    CorrectEmail,
    ResendLink,
    Abandon,
    Disown,
)
WEB_MESSAGES: tuple[type[PersonMessage], ...] = (OpenLink, ChoosePassword, ReportBounce)
OPERATOR_MESSAGES: tuple[type[OperatorMessage], ...] = (
    OperatorResend,
    OperatorExtend,
    OperatorRetry,
    OperatorApprove,
    OperatorRefuse,
    OperatorCancel,
)


def arrival(message: Message, now: datetime) -> datetime:
    """When the message counts as received: never in the future of the workflow."""
    stamped = message.received_at if isinstance(message, PersonMessage) else None
    return min(stamped, now) if stamped else now
