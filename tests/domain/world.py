"""What everybody outside a registration answers: AKTO's data, INSEE, the relay, as one table."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

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
    MailReceipt,
    NumberAnswer,
    NumberQuestion,
)
from domain.journey import AskInsee, SendMail, Work
from domain.messages import Kind
from domain.people import email_key

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))

NOBODY = "camille.martin@nouvelle.example"
OTHER_NOBODY = "camille.martin@autre.example"
CONTACT = "claire.dupont@masociete.example"
ACCOUNT = "jean.rousseau@masociete.example"

MEMBER = "00000001800010"
TRAINER = "00000002600013"
NO_NUMBER = "00000005900014"
ACTIVE = "00000010900017"
CLOSED = "00000018200014"
NOT_PUBLIC = "00000022400014"
UNKNOWN = "00000023200017"
NUMBER = "123456 001"

ContactKind = Literal["none", "contact", "account"]
AccountStatus = Literal["created", "unproved", "already_registered", "contact_gone"]
MailStatus = Literal["sent", "suppressed", "refused", "has_account"]


@dataclass
class World:
    """What everybody outside answers."""

    contacts: dict[str, ContactKind] = field(default_factory=lambda: {CONTACT: "contact", ACCOUNT: "account"})
    establishments: dict[str, Kind | None] = field(
        default_factory=lambda: {MEMBER: Kind.MEMBER, TRAINER: Kind.TRAINING_ORGANISATION, NO_NUMBER: None}
    )
    insee: dict[str, InseeAnswer] = field(
        default_factory=lambda: {
            ACTIVE: InseeAnswer(about=ACTIVE, status="active", name="HOTEL DES TILLEULS", commune="TOURS"),
            CLOSED: InseeAnswer(about=CLOSED, status="closed", closed_on=date(2021, 6, 30)),
            NOT_PUBLIC: InseeAnswer(about=NOT_PUBLIC, status="not_public"),
        }
    )
    insee_down: bool = False
    too_many_for_siret: bool = False
    relay: MailStatus | Literal["down"] = "sent"
    retry_at: datetime | None = None
    account: AccountStatus = "created"
    #: Kinds of work that nobody does: the moment in between, held still.
    unanswered: tuple[type[Any], ...] = ()

    def answer(self, work: Work) -> Effect | None:
        """The answer; None while there is none."""
        if isinstance(work, self.unanswered):
            return None
        match work:
            case ContactQuestion(email=email):
                kind = self.contacts.get(email_key(email), "none")
                stored = email.lower() if kind != "none" else email
                return ContactAnswer(about=email, kind=kind, address=stored, email_hash="a1b2c3d4")
            case EstablishmentQuestion():
                return EstablishmentAnswer(about=work, status=self._recognised(work))
            case NumberQuestion(number=number):
                wrong: Any = "too_many" if self.too_many_for_siret else "wrong"
                return NumberAnswer(about=work, verdict="right" if number == NUMBER else wrong)
            case AskInsee(question=question):
                if self.insee_down:
                    return None
                nothing = InseeAnswer(about=question.siret, status="unknown")
                return self.insee.get(question.siret, nothing)
            case AccountOrder(link=link):
                return AccountAnswer(about=link, status=self.account)
            case BlockOrder():
                return BlockReceipt()
            case SendMail():
                if self.relay == "down":
                    return None
                return MailReceipt(status=self.relay, retry_at=self.retry_at)

    def _recognised(
        self, question: EstablishmentQuestion
    ) -> Literal["recognised", "no_number", "other_kind", "unrecognised"]:
        if question.siret not in self.establishments:
            return "unrecognised"
        kind = self.establishments[question.siret]
        if kind is None:
            return "no_number"
        return "recognised" if kind is question.kind else "other_kind"
