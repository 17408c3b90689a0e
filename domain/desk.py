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
from domain.journey import AskInsee, SendMail, Work, review_reason
from domain.idcc import is_akto
from domain.journey import AskInsee, Do, Move, SendMail, Work, next_move, review_reason
from domain.messages import Step
from domain.policy import Policy
from domain.rules import step_of
from domain.view import Outcome

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
    if facts.contact is None:
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


def card(facts: Facts, policy: Policy) -> str:
    """The card on the first screen of a registration, in Markdown."""
    outcome = end_of(facts)
    if outcome is not None and not facts.outgoing and not facts.blocked:
        return f"**Terminée : {OUTCOMES[outcome]}**"
    what, who, then, act = _words(facts, policy, next_move(facts, policy))
    until = deadline(facts, policy)
    reminder = next_reminder(facts, policy)
    rows = [
        f"**{STEPS[step_of(facts, policy)]}** – {what}",
        "",
        "| | |",
        "|---|---|",
        f"| De qui | {who} |",
        f"| Depuis | {_date(facts.since)} |",
        f"| Échéance | {_date(until) if until else 'aucune : le délai de la personne ne court pas'} |",
        f"| Prochaine relance | {_date(reminder) if reminder else 'aucune'} |",
        f"| Ensuite, sans intervention | {then} |",
        f"| Pour débloquer | {act} |",
        *_mail_rows(facts, policy),
        *_idcc_rows(facts),
    ]
    return "\n".join(rows)


def _mail_rows(facts: Facts, policy: Policy) -> list[str]:
    """What is wrong with mail where the card is about something else."""
    rows = []
    if facts.outgoing and phase(facts, policy) not in (Phase.LINK, Phase.OVER):
        kind = MAILS[facts.outgoing[0].kind]
        rows.append(f"| Mail en attente | {kind} ; `operator_retry` essaie tout de suite |")
    if facts.mail_refused and phase(facts, policy) is Phase.FORM:
        rows.append("| Mail revenu | l'adresse n'existe sans doute pas |")
    return rows


def _idcc_rows(facts: Facts) -> list[str]:
    """What an operator checks before the attachment is confirmed."""
    if not outside_table(facts):
        return []
    return ["| IDCC | hors des branches connues d'AKTO : à vérifier avant de confirmer le rattachement |"]


OUTCOMES = {
    Outcome.REGISTERED: "compte créé",
    Outcome.ALREADY_REGISTERED: "l'adresse avait déjà un compte",
    Outcome.EXPIRED: "délai dépassé",
    Outcome.ABANDONED: "abandonnée",
    Outcome.REFUSED: "refusée",
    Outcome.SUPERSEDED: "une autre inscription de la même adresse a abouti",
}


def _words(facts: Facts, policy: Policy, move: Move) -> tuple[str, str, str, str]:
    """What is awaited, from whom, what happens by itself, what helps."""
    waiting = phase(facts, policy)
    # Elsewhere the person, or an operator, can go on without the mail: see `_mail_rows`.
    if isinstance(move, Do) and isinstance(move.work, SendMail) and waiting in (Phase.LINK, Phase.OVER):
        return (
            f"un mail doit partir ({MAILS[move.work.mail.kind]}).",
            "le relais de messagerie",
            "nouvel essai automatique jusqu'à ce que le relais accepte",
            "vérifier le relais, puis `operator_retry` pour essayer tout de suite",
        )
    match waiting:
        case Phase.INSEE:
            return (
                "l'INSEE ne répond pas.",
                "l'INSEE",
                "nouvel essai toutes les 10 minutes au plus ; l'inscription continue dès la réponse",
                "`operator_retry` essaie tout de suite",
            )
        case Phase.REVIEW:
            reason = review_reason(facts, policy) or "not_public"
            return (
                f"une décision. {REASONS[reason]}",
                "un opérateur d'AKTO",
                "rappel aux opérateurs après 1 et 3 jours ouvrés ; n'expire jamais",
                "`operator_approve` (accepter) ou `operator_refuse` (refuser ; le motif est envoyé)",
            )
        case Phase.LINK if facts.mail_refused:
            return (
                "le message a été refusé : l'adresse n'existe sans doute pas.",
                "la personne (corriger l'adresse)",
                "expire à l'échéance",
                "joindre la personne ; `operator_resend` si l'adresse est rétablie",
            )
        case Phase.LINK if facts.mail_retry_at is not None:
            return (
                "aucun mail n'est parti : trop de messages à cette adresse.",
                "la personne (redemander le mail plus tard)",
                "relances, puis expiration à l'échéance",
                "`operator_resend` une fois la limite passée",
            )
        case Phase.LINK:
            return (
                "la personne doit ouvrir le lien reçu et choisir un mot de passe.",
                "la personne",
                "relances, puis expiration à l'échéance",
                "`operator_resend` renvoie le lien, `operator_extend` repousse l'échéance",
            )
        case Phase.FORM:
            return (
                "la personne doit remplir cette étape.",
                "la personne",
                "relances, puis expiration à l'échéance",
                "`operator_extend` repousse l'échéance, `operator_cancel` arrête",
            )
        case _:
            work = summary_of(move.work) if isinstance(move, Do) else "fin"
            return (
                f"un travail est en cours ({work}).",
                "le système",
                "nouvel essai automatique",
                "voir l'activité en attente ; `operator_retry` essaie tout de suite",
            )


def _date(at: datetime) -> str:
    return f"{at:%d/%m/%Y %H:%M} UTC"
