"""What operators read in the Temporal UI: search attributes and summaries (the card: `card.py`).

Everything here is left readable without the codec and ends up in URLs of the UI: no personal data, under
2 KB, ever.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.deadlines import Phase, deadline, phase
from domain.effects import (
    AccountOrder,
    BlockOrder,
    ContactQuestion,
    EstablishmentQuestion,
    MailKind,
    NumberQuestion,
)
from domain.facts import Facts
from domain.idcc import is_akto
from domain.journey import AskInsee, SendMail, Work, review_reason
from domain.messages import Step
from domain.order import branch_hidden
from domain.policy import Policy
from domain.rules import step_of
from domain.view import Outcome

#: A registration is called this and its UUID in Temporal: nothing in a workflow's id was typed.
ID_PREFIX = "registration-"

STEPS: dict[Step, str] = {
    Step.IDENTITY: "Identité",
    Step.THEMES: "Thématiques",
    Step.ESTABLISHMENT: "Établissement",
    Step.MEMBER_NUMBER: "Numéro d'adhérent ou d'organisme",
    Step.IDCC: "IDCC",
    Step.EMAIL_LINK: "Lien de confirmation",
    Step.PASSWORD: "Mot de passe",
    Step.REVIEW: "Examen par un opérateur",
    Step.DONE: "Terminé",
}

MAILS: dict[MailKind, str] = {
    MailKind.CONFIRMATION: "confirmation",
    MailKind.ALREADY_ACCOUNT: "compte déjà existant",
    MailKind.REMINDER_FORM: "relance du formulaire",
    MailKind.REMINDER_LINK: "relance du lien",
    MailKind.REMINDER_PASSWORD: "relance du mot de passe",
    MailKind.RESUME: "reprise",
    MailKind.INSEE_BACK: "réponse de l'INSEE",
    MailKind.WELCOME: "bienvenue",
    MailKind.IN_REVIEW: "demande en examen",
    MailKind.APPROVED: "demande acceptée",
    MailKind.REFUSED: "demande refusée",
    MailKind.EXPIRED: "inscription expirée",
    MailKind.OPERATORS_REVIEW: "examen à faire (opérateurs)",
    MailKind.PASSWORD_FORGOTTEN: "mot de passe oublié",
    MailKind.PASSWORD_CHANGED: "mot de passe changé",
    MailKind.NEWCOMER: "nouvelle personne rattachée",
}

REASONS: dict[str, str] = {
    "not_public": "L'INSEE ne publie pas cet établissement.",
    "no_number_on_file": "AKTO connaît l'établissement mais n'a pas de numéro enregistré.",
    "wrong_numbers": "Trop de numéros faux ont été donnés pour cet établissement.",
    "too_many_sirets": "Trop de SIRET ont été essayés dans cette inscription.",
}


OUTCOMES: dict[Outcome, str] = {
    Outcome.REGISTERED: "compte créé",
    Outcome.ALREADY_REGISTERED: "l'adresse avait déjà un compte",
    Outcome.EXPIRED: "délai dépassé",
    Outcome.ABANDONED: "abandonnée",
    Outcome.REFUSED: "refusée",
    Outcome.SUPERSEDED: "une autre inscription de la même adresse a abouti",
}


class Public(str):
    """An operator's text without personal data: the codec leaves it readable."""

    __slots__ = ()


@dataclass(frozen=True)
class Attributes:
    """The search attributes of a registration; None where there is nothing to say."""

    step: str
    waiting_on: str | None
    attention: str | None
    branch: str
    outcome: str | None
    email_hash: str | None
    since: datetime
    deadline: datetime | None


def attributes(facts: Facts, policy: Policy) -> Attributes:
    """What lists of registrations filter by."""
    return Attributes(
        step=step_of(facts, policy).value,
        waiting_on=waiting_on(facts, policy),
        attention=attention(facts, policy),
        branch=branch(facts, policy),
        outcome=outcome.value if (outcome := end_of(facts)) else None,
        email_hash=facts.contact.email_hash if facts.contact else None,
        since=facts.since,
        deadline=deadline(facts, policy),
    )


def end_of(facts: Facts) -> Outcome | None:
    """How it ended, if it did."""
    return Outcome.REGISTERED if facts.created else facts.closing


def branch(facts: Facts, policy: Policy) -> str:
    """Which way of the guide this registration takes, as far as it is known."""
    if facts.contact is None or branch_hidden(facts, policy):
        return "identity"
    if facts.known:
        return "known"
    if facts.approved or review_reason(facts, policy) is not None:
        return "review"
    if facts.recognition is None or facts.recognition.status == "other_kind":
        return "unknown"
    return "number" if facts.recognition.status == "recognised" else "idcc"


def waiting_on(facts: Facts, policy: Policy) -> str | None:
    """Whose turn it is: person, insee, mail, operator."""
    match phase(facts, policy):
        case Phase.FORM | Phase.LINK:
            return "mail" if facts.mail_refused or facts.mail_late else "person"
        case Phase.INSEE:
            return "insee"
        case Phase.REVIEW:
            return "operator"
        case _:
            return None


def attention(facts: Facts, policy: Policy) -> str | None:
    """Why an operator should look, if one should."""
    match phase(facts, policy):
        case Phase.REVIEW:
            return f"review_{review_reason(facts, policy)}"
        case Phase.INSEE if facts.insee_attention:
            return "insee_unavailable"
        case Phase.WORK if facts.database_slow:
            return "database_unavailable"
        case Phase.FORM | Phase.LINK if facts.mail_refused:
            return "mail_refused"
        case Phase.FORM | Phase.LINK if facts.mail_late:
            return "mail_late"
        case Phase.LINK | Phase.OVER if outside_table(facts):
            return "idcc_outside_table"
    return None


def outside_table(facts: Facts) -> bool:
    """Whether the claim rests on an agreement that is not known to be one of AKTO's branches."""
    return facts.idcc is not None and not is_akto(facts.idcc) and facts.closing is None and not facts.known


def summary_of(work: Work) -> Public:
    """The one-line summary of an activity."""
    return Public(_summary(work))


def _summary(work: Work) -> str:
    match work:
        case ContactQuestion():
            return "Recherche du contact"
        case EstablishmentQuestion():
            return "Recherche de l'établissement chez AKTO"
        case NumberQuestion(attempt=attempt):
            return f"Contrôle du numéro (essai {attempt})"
        case AskInsee(patient=patient):
            return "Question à l'INSEE (nouveaux essais)" if patient else "Question à l'INSEE"
        case SendMail(mail=mail):
            return f"Mail : {MAILS[mail.kind]}"
        case AccountOrder():
            return "Création du compte et rattachements"
        case BlockOrder():
            return "« Ce n'est pas moi » : adresse bloquée"
