"""What can be said to a person: a stable code for programs, fixed French words for people.

No text here holds anything typed: these words reach Temporal's failures and the operators' UI in clear.
"""

from datetime import date

from domain.view import Problem

TEXTS: dict[str, str] = {
    # identity
    "last_name_missing": "Indiquez votre nom.",
    "last_name_too_long": "Le nom ne peut pas dépasser 100 caractères.",
    "last_name_characters": "Le nom ne peut contenir que des lettres, espaces, apostrophes et tirets.",
    "first_name_missing": "Indiquez votre prénom.",
    "first_name_too_long": "Le prénom ne peut pas dépasser 100 caractères.",
    "first_name_characters": "Le prénom ne peut contenir que des lettres, espaces, apostrophes et tirets.",
    "email_missing": "Indiquez votre adresse e-mail.",
    "email_malformed": "Cette adresse e-mail n'est pas valable. Exemple : prenom.nom@entreprise.fr",
    # establishment
    "siret_missing": "Indiquez le SIRET de votre établissement.",
    "siret_malformed": "Un SIRET compte 14 chiffres. Exemple : 123 456 789 00012",
    "siren_given": (
        "Vous avez indiqué un SIREN (9 chiffres). Ajoutez les 5 chiffres de votre établissement : "
        "le SIRET en compte 14."
    ),
    "siret_checksum": "Ce SIRET comporte une erreur de saisie. Vérifiez chacun des 14 chiffres.",
    "siret_closed": "D'après l'INSEE, cet établissement est fermé. Indiquez un établissement ouvert.",
    "siret_closed_since": (
        "D'après l'INSEE, cet établissement est fermé depuis le {on}. Indiquez un établissement ouvert."
    ),
    "siret_unknown": "L'INSEE ne connaît pas ce SIRET. Vérifiez-le ou contactez AKTO.",
    "other_kind_member": "AKTO connaît cet établissement comme adhérent. Changez le type pour continuer.",
    "other_kind_training_organisation": (
        "AKTO connaît cet établissement comme organisme de formation. Changez le type pour continuer."
    ),
    "insee_checking": "Vérification en cours auprès de l'INSEE.",
    "insee_unavailable": (
        "L'INSEE ne répond pas. Rien n'est perdu : nous continuons d'essayer et vous écrirons dès qu'il "
        "aura répondu. Vous pouvez fermer cette page."
    ),
    "refused_correct": (
        "Votre demande de rattachement n'a pas été acceptée ; la raison vous a été envoyée par e-mail. "
        "Vous pouvez la corriger une fois."
    ),
    # number and IDCC
    "number_missing": "Indiquez votre numéro.",
    "number_malformed": "Ce numéro n'est pas valable. Exemple : 123456 001",
    "number_wrong": "Ce numéro ne correspond pas à cet établissement. Vérifiez-le.",
    "contact_akto": (
        "Pour obtenir votre numéro, contactez AKTO : https://www.akto.fr/contact/. "
        "Votre inscription est conservée 30 jours."
    ),
    "idcc_missing": "Indiquez votre IDCC, ou « Aucune convention collective ».",
    "idcc_malformed": "Un IDCC compte quatre chiffres. Exemple : 0573",
    # mail and link
    "mail_refused": "Le message n'a pas pu être remis à cette adresse. Corrigez-la.",
    "mail_limit": "Trop de messages ont déjà été envoyés à cette adresse. Réessayez plus tard.",
    "resend_too_soon": "Un message vient d'être envoyé. Attendez une minute avant d'en demander un autre.",
    "resend_too_many": "Le message a déjà été renvoyé le nombre de fois permis. Consultez vos spams.",
    "link_expired": "Ce lien a expiré. Demandez-en un nouveau.",
    "link_replaced": "Ce lien n'est plus valable : l'adresse e-mail a été corrigée depuis.",
    "link_open": "Ce lien est déjà ouvert : choisissez votre mot de passe.",
    "link_invalid": "Ce lien n'est pas valable. Vérifiez qu'il est complet.",
    "link_used": "Votre compte est déjà activé. Connectez-vous.",
    "password_unproved": "Votre mot de passe n'a pas pu être enregistré. Ouvrez à nouveau le lien reçu.",
    # the way
    "stale": "Cette étape a déjà été validée. Voici où en est votre inscription.",
    "no_way_back": "Il n'y a pas d'étape précédente.",
    "late": "Le délai de cette inscription est dépassé.",
    "over": "Cette inscription est terminée.",
    "too_many_messages": "Trop de tentatives : cette inscription s'arrête. Commencez-en une autre.",
    "malformed": "Ce message n'a pas la forme attendue.",
    "bug": "Une erreur s'est produite. Réessayez dans quelques instants.",
    # operators
    "nothing_to_resend": "Aucun message n'est attendu par cette personne.",
    "nothing_to_extend": "Aucune échéance ne court en ce moment.",
    "nothing_to_retry": "Rien n'est en cours de nouvel essai.",
    "nothing_to_review": "Cette inscription n'est pas en examen.",
    "mail_exhausted": "Le nombre maximal de messages est atteint pour cette inscription.",
}


class Refused(Exception):
    """A message does not apply, or what was typed is wrong; changes nothing."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(problem.code for problem in problems))
        self.problems = problems


def problem(code: str, field: str | None = None) -> Problem:
    """The problem of that code; raises KeyError for a code without words."""
    return Problem(code=code, field=field, detail=TEXTS[code])


def refused(code: str, field: str | None = None) -> Refused:
    """The refusal for one problem."""
    return Refused(problem(code, field))


def closed_since(on: date | None) -> Problem:
    """The establishment is closed, since when if INSEE says."""
    if on is None:
        return problem("siret_closed", "siret")
    detail = TEXTS["siret_closed_since"].format(on=f"{on:%d/%m/%Y}")
    return Problem(code="siret_closed", field="siret", detail=detail)
