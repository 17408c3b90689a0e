"""What the search attributes of a registration may say, and what operators call it.

Apart from the commands: the portal counts by these words and needs no command line for it.
"""

from enum import StrEnum


class WaitingOn(StrEnum):
    """Who can be waited for."""

    PERSON = "person"
    INSEE = "insee"
    MAIL = "mail"
    OPERATOR = "operator"


WAITING = {"person": "la personne", "insee": "l’INSEE", "mail": "un courriel", "operator": "un opérateur"}
ATTENTION = {
    "review_not_public": "examen : non publié par l’INSEE",
    "review_no_number_on_file": "examen : pas de numéro enregistré",
    "review_wrong_numbers": "examen : trop de numéros faux",
    "review_too_many_sirets": "examen : trop de SIRET essayés",
    "insee_unavailable": "INSEE muet depuis plus d’une heure",
    "mail_refused": "courriel refusé : adresse à corriger",
    "idcc_outside_table": "IDCC hors des branches connues d’AKTO",
    "mail_late": "courriel qui ne part pas",
    "database_unavailable": "notre base de données ne répond pas",
}
