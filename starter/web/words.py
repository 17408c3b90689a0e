"""French words of the pages that belong to no single template: notices, endings, the fate of a link.

What concerns a field has its words in `domain/problems.py`; a few mistakes that only a form can make have
theirs here. None holds anything typed.
"""

from dataclasses import dataclass
from typing import Final, Literal

from domain.effects import Proof
from domain.view import Outcome, Problem


@dataclass(frozen=True)
class Notice:
    """What is told above a page's content."""

    text: str
    tone: Literal["info", "good", "bad"] = "info"


#: By the key that a redirect carries in `avis`: a fixed list, so that nobody else's words get in.
NOTICES: Final = {
    "etape": Notice("Cette étape a déjà été validée. Voici où en est votre inscription."),
    "inconnue": Notice("Votre inscription précédente n'est plus disponible. Commencez-en une nouvelle."),
    "renvoye": Notice("Un nouveau mail vient de vous être envoyé.", "good"),
    "adresse": Notice("Votre adresse e-mail a été corrigée.", "good"),
    "deconnecte": Notice("Vous êtes déconnecté(e).", "good"),
    "session": Notice("Votre session a expiré. Connectez-vous à nouveau."),
    "bienvenue": Notice("Votre compte est créé, connectez-vous.", "good"),
    "mot-de-passe": Notice("Votre mot de passe est changé, connectez-vous.", "good"),
    "mot-de-passe-change": Notice(
        "Votre mot de passe est changé. Vos autres appareils ont été déconnectés.", "good"
    ),
    "thematiques": Notice("Vos thématiques sont enregistrées.", "good"),
    "formulaire": Notice(
        "Cette page était ouverte depuis trop longtemps, ou ce navigateur refuse les cookies : votre demande "
        "n'a pas été prise en compte. Recommencez.",
        "bad",
    ),
}

#: A form whose token is outdated, shown again with what was typed.
OUTDATED: Final = Notice(
    "Ce formulaire était ouvert depuis trop longtemps, ou ce navigateur refuse les cookies. Rien n'est perdu "
    ": ce que vous avez saisi est toujours là. Vérifiez-le, puis validez à nouveau.",
    "bad",
)
#: The same, where a password was typed.
OUTDATED_PASSWORD: Final = Notice(
    "Ce formulaire était ouvert depuis trop longtemps, ou ce navigateur refuse les cookies. Rien n'est perdu "
    ": saisissez à nouveau votre mot de passe, puis validez.",
    "bad",
)

UNAVAILABLE: Final = Notice(
    "Le service est momentanément indisponible. Rien n'est perdu : ce que vous avez saisi est toujours là. "
    "Réessayez dans quelques instants.",
    "bad",
)
#: A password is the one thing that no page ever gives back.
UNAVAILABLE_PASSWORD: Final = Notice(
    "Le service est momentanément indisponible. Rien n'est perdu : saisissez à nouveau votre mot de passe "
    "dans quelques instants.",
    "bad",
)


def too_many(until: str) -> Notice:
    """Too much was asked from one place; says until when."""
    return Notice(
        f"Trop de demandes ont été faites depuis votre réseau. Réessayez à partir de {until}.", "bad"
    )


def too_many_letters(until: str) -> Notice:
    """Too many mails were asked for, from one place or for one mailbox; says until when."""
    return Notice(
        f"Trop de liens ont été demandés. Consultez vos spams, ou réessayez à partir de {until}.", "bad"
    )


def too_many_tries(until: str) -> Notice:
    """Too many wrong passwords; says until when."""
    return Notice(f"Trop de tentatives. Réessayez à partir de {until}.", "bad")


_FORM_TEXTS: Final = {
    "civility_missing": "Choisissez Madame ou Monsieur.",
    "kind_missing": "Choisissez Adhérent ou Organisme de formation.",
    "idcc_several": "Indiquez un seul IDCC : confirmez celui qui est proposé ou saisissez le vôtre.",
    "idcc_both": "Indiquez un IDCC ou cochez « Aucune convention collective », pas les deux.",
    "confirmation_different": "Les deux mots de passe saisis sont différents.",
    "password_missing": "Indiquez votre mot de passe.",
    "present_missing": "Indiquez votre mot de passe actuel.",
    "present_wrong": "Votre mot de passe actuel n'est pas correct.",
}


def form_problem(code: str, field: str) -> Problem:
    """A mistake that only a form can make."""
    return Problem(code=code, field=field, detail=_FORM_TEXTS[code])


#: How an attachment was proved, on « Mon Espace ».
PROOFS: Final = {
    Proof.CONTACT_EMAIL: "Vous êtes un contact de cet établissement chez AKTO",
    Proof.MEMBER_NUMBER: "Prouvé par le numéro que vous avez donné",
    Proof.IDCC_DECLARED: "Déclaré par vous",
    Proof.OPERATOR: "Vérifié par un conseiller AKTO",
}


@dataclass(frozen=True)
class Ending:
    """An honest end: what happened, what follows, the one right button."""

    title: str
    texts: tuple[str, ...]
    button: str
    target: str
    status: int = 200
    contact: bool = True


_START_AGAIN: Final = ("Recommencer mon inscription", "/inscription")
_LOG_IN: Final = ("Se connecter", "/connexion")
_BACK: Final = ("Retour à la page de connexion", "/connexion")
#: Stands for the setting's address.
CONTACT: Final = "contact"
_ASK_AKTO: Final = ("Contacter AKTO", CONTACT)

#: What the browser that filled the form in is told. It has proved no mailbox: an address that has an
#: account, or whose owner finished another registration, ends here like one that nobody answered.
ENDINGS: Final = {
    Outcome.REGISTERED: Ending(
        "Votre compte est créé",
        ("Votre inscription est terminée. Connectez-vous avec votre adresse e-mail et votre mot de passe.",),
        *_LOG_IN,
        contact=False,
    ),
    Outcome.EXPIRED: Ending(
        "Cette inscription n'est plus valable",
        (
            "Elle est restée trop longtemps sans réponse : rien de ce que vous aviez saisi n'est conservé.",
            "Si vous avez reçu un mail entre-temps, il dit où vous en êtes. Vous pouvez aussi recommencer.",
        ),
        *_START_AGAIN,
    ),
    Outcome.ABANDONED: Ending(
        "Votre inscription est annulée",
        ("Nous ne vous écrirons plus à son sujet. Vous pouvez en commencer une autre quand vous voulez.",),
        *_START_AGAIN,
    ),
    Outcome.REFUSED: Ending(
        "Votre demande n'a pas été acceptée",
        (
            "La raison vous a été envoyée par e-mail.",
            "Si vous pensez qu'il s'agit d'une erreur, contactez AKTO.",
        ),
        *_ASK_AKTO,
    ),
}

#: What the holder of a link is told, who has proved the mailbox.
LINK_ENDINGS: Final = {
    "link_invalid": Ending(
        "Ce lien n'est pas valable",
        (
            "Il est sans doute incomplet : certains logiciels de messagerie coupent les adresses longues.",
            "Copiez l'adresse entière depuis le message reçu, ou recommencez votre inscription.",
        ),
        *_START_AGAIN,
        status=404,
    ),
    "link_missing": Ending(
        "Ouvrez le lien reçu par e-mail",
        (
            "Pour choisir votre mot de passe, ouvrez le lien du mail de confirmation dans ce navigateur.",
            "Le lien reste utilisable tant que votre mot de passe n'est pas choisi.",
        ),
        *_BACK,
        status=404,
    ),
    "link_replaced": Ending(
        "Ce lien a été remplacé",
        (
            "L'adresse e-mail de cette inscription a été corrigée depuis : seul le lien envoyé à la nouvelle "
            "adresse est valable.",
        ),
        *_BACK,
        status=410,
    ),
    "link_used": Ending(
        "Compte déjà activé",
        ("Ce lien a déjà servi : votre compte est déjà activé, connectez-vous.",),
        *_LOG_IN,
        status=410,
    ),
    Outcome.REGISTERED: Ending(
        "Compte déjà activé",
        ("Cette inscription est terminée : votre compte est déjà activé, connectez-vous.",),
        *_LOG_IN,
        status=410,
    ),
    Outcome.ALREADY_REGISTERED: Ending(
        "Vous avez déjà un compte",
        ("Cette adresse e-mail a déjà un compte sur Mon Espace : connectez-vous.",),
        *_LOG_IN,
        status=410,
    ),
    Outcome.SUPERSEDED: Ending(
        "Vous avez déjà un compte",
        ("Une autre inscription faite avec cette adresse e-mail a abouti : connectez-vous.",),
        *_LOG_IN,
        status=410,
    ),
    Outcome.EXPIRED: Ending(
        "Cette inscription a expiré",
        ("Elle est restée trop longtemps sans réponse : rien de ce qui avait été saisi n'est conservé.",),
        *_START_AGAIN,
        status=410,
    ),
    Outcome.ABANDONED: Ending(
        "Cette inscription est annulée",
        ("Elle a été annulée : ce lien ne sert plus. Vous pouvez en commencer une autre.",),
        *_START_AGAIN,
        status=410,
    ),
    Outcome.REFUSED: Ending(
        "Votre demande n'a pas été acceptée",
        ("La raison vous a été envoyée par e-mail. Si vous pensez à une erreur, contactez AKTO.",),
        *_ASK_AKTO,
        status=410,
    ),
}

_NEW_LINK: Final = ("Recevoir un nouveau lien", "/mot-de-passe-oublie")

#: The link of « Mot de passe oublié »: what its holder is told.
RESET_ENDINGS: Final = {
    "link_invalid": Ending(
        "Ce lien n'est pas valable",
        (
            "Il est sans doute incomplet : certains logiciels de messagerie coupent les adresses longues.",
            "Copiez l'adresse entière depuis le message reçu, ou demandez un nouveau lien.",
        ),
        *_NEW_LINK,
        status=404,
    ),
    "link_missing": Ending(
        "Ouvrez le lien reçu par e-mail",
        (
            "Pour choisir un nouveau mot de passe, ouvrez le lien reçu dans ce navigateur, ou demandez-en un "
            "autre.",
        ),
        *_NEW_LINK,
        status=404,
    ),
    "link_expired": Ending(
        "Ce lien ne sert plus",
        (
            "Il a expiré, ou il a déjà servi : un lien est valable 1 heure et une seule fois. Votre mot de "
            "passe actuel reste valable.",
        ),
        *_NEW_LINK,
        status=410,
    ),
}

#: Answers of the whole site.
ERRORS: Final = {
    400: Ending(
        "Ce formulaire n'a pas pu être lu",
        ("Rien n'a été enregistré. Revenez à votre inscription et envoyez à nouveau la page.",),
        "Revenir à mon inscription",
        "/inscription",
        status=400,
    ),
    403: Ending(
        "Cette demande a été refusée",
        (
            "Elle semble venir d'un autre site. Rien n'a été enregistré : revenez à la page et envoyez-la à "
            "nouveau.",
        ),
        *_BACK,
        status=403,
    ),
    404: Ending(
        "Cette page n'existe pas",
        ("L'adresse est peut-être incomplète, ou la page a changé de place.",),
        *_BACK,
        status=404,
    ),
    405: Ending(
        "Cette page ne s'ouvre pas directement",
        ("On n'y arrive que par un bouton du portail. Revenez à votre inscription pour continuer.",),
        "Revenir à mon inscription",
        "/inscription",
        status=405,
    ),
    413: Ending(
        "Ce formulaire est trop long",
        ("Rien n'a été enregistré. Revenez à la page et raccourcissez ce que vous avez saisi.",),
        "Revenir à mon inscription",
        "/inscription",
        status=413,
    ),
    429: Ending(
        "Trop de demandes",
        ("Trop de demandes ont été faites depuis votre réseau. Réessayez dans quelques minutes.",),
        *_BACK,
        status=429,
    ),
    500: Ending(
        "Une erreur s'est produite",
        ("Ce n'est pas de votre fait, et votre inscription n'est pas perdue. Réessayez dans un instant.",),
        "Revenir à mon inscription",
        "/inscription",
        status=500,
    ),
    503: Ending(
        "Le service est momentanément indisponible",
        ("Rien n'est perdu : votre inscription est conservée. Réessayez dans quelques instants.",),
        "Réessayer",
        "",  # The same address again.
        status=503,
    ),
}
