"""The guide's « Si vous aviez un compte »: a known contact, from « Créer mon compte » to « Mon Espace »."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.browser import guide, steps
from tests.browser.visitor import Visit, Visitors

pytestmark = pytest.mark.browser

SIRETS = {
    "00000001800010": ("Restaurants du Vieux Port", "Adhérent SIRET 000 000 018 00010"),
    "00000001800028": ("Restaurants du Vieux Port", "Adhérent SIRET 000 000 018 00028"),
    "00000007500010": (
        "Institut de formation aux métiers",
        "Organisme de formation SIRET 000 000 075 00010",
    ),
}


async def test_a_known_contact_is_attached_to_every_establishment(
    any_visit: Visit, visitors: Visitors
) -> None:
    visit, email = any_visit, await visitors.known_contact(*SIRETS)
    await visit.open("/")
    await guide.on_login_page(visit)
    await visit.follow("Créer mon compte")

    await guide.on_identity(visit)
    await steps.identify(visit, email)

    await guide.on_thanks(visit, email)
    await visit.follow("Terminer")
    await guide.on_login_page(visit)

    mail = await visit.mails.one(email, "confirmation")
    assert mail.subject == "Mon Espace AKTO : confirmez votre adresse e-mail"
    assert mail.sender == "AKTO – Mon Espace"
    await visit.page.goto(mail.link("lien"))

    await guide.on_password(visit, email)
    if visit.scripts:
        await steps.see_criteria_turn(visit)
    await steps.choose_password(visit)
    changed = datetime.now(ZoneInfo("Europe/Paris"))

    await visit.at("/connexion")
    await visit.tells("Votre compte est créé, connectez-vous.")
    await steps.log_in(visit, email)
    person = {"Civilité": "Madame", "Nom": "DUPONT", "Prénom": "CLAIRE", "Adresse e-mail": email}
    proof = "Vous êtes un contact de cet établissement chez AKTO"
    attached = [(name, "confirmé", where, proof) for name, where in SIRETS.values()]
    await guide.on_home(visit, person, attached, ())
    await visit.says("Vous n'avez choisi aucune thématique.")
    await visit.mentions(guide.LAST_CHANGE + f"{changed:%d/%m/%Y}")
    await steps.log_out(visit)
