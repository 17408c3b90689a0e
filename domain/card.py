"""The card on the first screen of a registration in the Temporal UI, in French Markdown.

What is awaited, from whom, since when, until when, what happens by itself, which button and which command
help. Left readable without the codec: no personal data, under 2 KB, ever.
"""

import re
from datetime import datetime

from domain.deadlines import Phase, deadline, next_reminder, phase
from domain.desk import MAILS, OUTCOMES, REASONS, STEPS, end_of, outside_table, summary_of
from domain.facts import Facts
from domain.journey import Ask, Do, Move, SendMail, awaited, next_move, review_reason
from domain.order import branch_hidden
from domain.policy import Policy
from domain.rules import step_of


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
        f"| Échéance | {_until(facts, until)} |",
        f"| Prochaine relance | {_date(reminder) if reminder else 'aucune'} |",
        f"| Ensuite, sans intervention | {then} |",
        f"| Pour débloquer | {act} |",
        f"| En ligne de commande | {_commands(act, facts.registration)} |",
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
        case Phase.LINK if facts.has_account:
            return (
                "l'adresse a déjà un compte ; le mail envoyé le dit, et comment se connecter.",
                "personne : rien d'autre n'est attendu",
                "se ferme à l'échéance, sans relance",
                "`operator_resend` renvoie ce mail",
            )
        case Phase.LINK if facts.opened is not None:
            return (
                "le lien a été ouvert ; la personne doit choisir un mot de passe.",
                "la personne",
                "relances, puis expiration à l'échéance",
                "`operator_resend` renvoie un lien, `operator_extend` repousse l'échéance",
            )
        case Phase.LINK:
            return (
                "la personne doit ouvrir le lien reçu ; les étapes suivantes dépendent de son adresse."
                if branch_hidden(facts, policy)
                else "la personne doit ouvrir le lien reçu et choisir un mot de passe.",
                "la personne",
                "relances, puis expiration à l'échéance",
                "`operator_resend` renvoie le lien, `operator_extend` repousse l'échéance",
            )
        case Phase.FORM:
            return (
                _form_words(facts, policy),
                "la personne",
                "relances, puis expiration à l'échéance",
                "`operator_extend` repousse l'échéance, `operator_cancel` arrête",
            )
        case Phase.WORK if facts.database_slow and isinstance(move, Do):
            return (
                f"notre base de données ne répond pas ({summary_of(move.work)}).",
                "notre base de données",
                "nouvel essai toutes les 5 secondes au plus ; l'inscription continue dès la réponse",
                "rétablir PostgreSQL ; `operator_retry` essaie tout de suite",
            )
        case _:
            work = summary_of(move.work) if isinstance(move, Do) else "fin"
            return (
                f"un travail est en cours ({work}).",
                "le système",
                "nouvel essai automatique",
                "si cela dure : `python -m starter doctor`, puis `operator_retry` pour essayer tout de suite",
            )


def _form_words(facts: Facts, policy: Policy) -> str:
    """What the person has to do at a form, and what went before that explains it."""
    asked = awaited(facts, policy)  # A mail that leaves meanwhile changes nothing of it.
    codes = {one.code for one in asked.problems} if isinstance(asked, Ask) else set()
    if "contact_akto" in codes:
        return (
            "la personne n'a pas son numéro et doit le demander à AKTO ; l'inscription est gardée 30 jours."
        )
    if "refused_correct" in codes:
        return "la demande a été refusée (le motif a été envoyé) ; la personne peut la corriger une fois."
    if "number_wrong" in codes:
        return "le numéro donné est faux ; la personne doit le corriger."
    if codes:
        return "l'établissement indiqué est fermé, inconnu ou d'un autre type ; la personne doit le corriger."
    return "la personne doit remplir cette étape."


def _until(facts: Facts, until: datetime | None) -> str:
    if until is None:
        return "aucune : le délai de la personne ne court pas"
    return f"{_date(until)} (repoussée par un opérateur)" if until == facts.extended_until else _date(until)


def _commands(act: str, registration: str) -> str:
    """The command of each act that helps; its name is the update's without `operator_`."""
    names = re.findall(r"`operator_([a-z]+)`", act)
    return " ; ".join(f'`python -m starter {name} {registration} --reason "…"`' for name in names)


def _date(at: datetime) -> str:
    return f"{at:%d/%m/%Y %H:%M} UTC"
