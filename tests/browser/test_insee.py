"""The guide's « Si vous n'aviez pas de compte », active at INSEE: the IDCC."""

import pytest
from playwright.async_api import expect

from tests.browser import guide, steps
from tests.browser.visitor import Visit, Visitors

pytestmark = pytest.mark.browser

SIRET = "00000010900017"


async def test_an_unknown_person_whose_company_only_insee_knows(any_visit: Visit, visitors: Visitors) -> None:
    visit, email = any_visit, visitors.stranger()
    await visit.open("/connexion")
    await visit.follow("Créer mon compte")
    await guide.on_identity(visit)
    await visit.field("Monsieur").check()
    await visit.field("Nom").fill("N'Diaye-Lefèvre")
    await visit.field("Prénom").fill("Jean Karl")
    await visit.field("Adresse e-mail").fill(email)
    await visit.press("Suivant")

    await guide.on_themes(visit)
    await steps.choose_themes(visit, *guide.THEMES)

    person = {
        "Civilité": "Monsieur",
        "Nom": "N'Diaye-Lefèvre",
        "Prénom": "Jean Karl",
        "Adresse e-mail": email,
    }
    await guide.on_establishment(visit, person)
    await steps.claim(visit, SIRET)

    await guide.on_idcc(visit)
    await visit.says("HOTEL DES TILLEULS", "TOURS SIRET 000 000 109 00017")
    await visit.field("Saisir votre IDCC").fill("1979")
    await visit.press("Suivant")

    await guide.on_thanks(visit, email)
    await visit.follow("Terminer")
    await guide.on_login_page(visit)

    mail = await visit.mails.one(email, "confirmation")
    await visit.page.goto(mail.link("lien"))
    await guide.on_password(visit, email)
    if visit.scripts:
        await steps.see_criteria_turn(visit)
    await steps.choose_password(visit)

    await visit.at("/connexion")
    await steps.log_in(visit, email)
    proof = "Déclaré par vous (IDCC 1979). AKTO doit encore confirmer ce rattachement."
    attached = ("HOTEL DES TILLEULS", "à confirmer", "Adhérent SIRET 000 000 109 00017", proof)
    await guide.on_home(visit, person, [attached], guide.THEMES)
    await steps.log_out(visit)


async def test_no_agreement_is_an_answer(visit: Visit, visitors: Visitors) -> None:
    email = visitors.stranger()
    await steps.to_establishment(visit, email)
    await steps.claim(visit, "00000015800014")
    await guide.on_idcc(visit)
    await visit.field("Aucune convention collective").check()
    await visit.press("Suivant")
    await guide.on_thanks(visit, email)
    await visit.open(guide.AGREEMENT.path)
    await visit.at("/inscription/merci")
    await expect(visit.link("Terminer")).to_be_visible()
