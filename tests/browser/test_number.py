"""The guide's « Si vous n'aviez pas de compte », recognised by AKTO: the number."""

import pytest
from playwright.async_api import Page, expect

from tests.browser import guide, steps
from tests.browser.visitor import Visit, Visitors

pytestmark = pytest.mark.browser

SIRET = "00000004200010"


async def test_an_unknown_person_with_a_number(any_visit: Visit, visitors: Visitors) -> None:
    visit, email = any_visit, visitors.stranger()
    await visit.open("/connexion")
    await visit.follow("Créer mon compte")
    await guide.on_identity(visit)
    await steps.identify(visit, email)

    await guide.on_themes(visit)
    for box in await visit.page.get_by_role("checkbox").all():
        await expect(box).not_to_be_checked()
    await steps.choose_themes(visit, guide.THEMES[0], guide.THEMES[3])

    person = {"Civilité": "Madame", "Nom": "DUPONT", "Prénom": "CLAIRE", "Adresse e-mail": email}
    await guide.on_establishment(visit, person)
    await steps.claim(visit, SIRET)

    await guide.on_number(visit)
    await visit.says("Adhérent SIRET 000 000 042 00010")
    await visit.field("Numéro d'adhérent").fill("123459 002")
    await visit.press("Suivant")
    await guide.on_number(visit)
    await visit.says("Ce numéro ne correspond pas à cet établissement. Vérifiez-le.")
    await visit.field("Numéro d'adhérent").fill("123459 001")
    await visit.press("Suivant")

    await guide.on_thanks(visit, email)
    await visit.follow("Terminer")
    await guide.on_login_page(visit)

    await visit.mails.one(email, "confirmation")
    visit.page = await _click_the_link_in_the_mailbox(visit, email)
    await guide.on_password(visit, email)
    assert ("Thématiques", "Contribution formation, Règlement des dossiers") in await visit.pairs(".recap")
    if visit.scripts:
        await steps.see_criteria_turn(visit)
    await steps.choose_password(visit)

    await visit.at("/connexion")
    await steps.log_in(visit, email)
    proof = "Prouvé par le numéro que vous avez donné"
    attached = ("Négoce de gros Atlantique", "confirmé", "Adhérent SIRET 000 000 042 00010", proof)
    await guide.on_home(visit, person, [attached], (guide.THEMES[0], guide.THEMES[3]))
    await steps.log_out(visit)
    welcome = await visit.mails.one(email, "welcome")
    assert "Négoce de gros Atlantique" in welcome.text


async def test_a_training_organisation_is_asked_for_its_own_number(visit: Visit, visitors: Visitors) -> None:
    email = visitors.stranger()
    await steps.to_establishment(visit, email)
    await steps.claim(visit, "000 000 075 00010", "Organisme de formation")
    await guide.on_number(visit, "Numéro d'organisme de formation")
    await visit.field("Numéro d'organisme de formation").fill("123462001")
    await visit.press("Suivant")
    await guide.on_thanks(visit, email)


async def _click_the_link_in_the_mailbox(visit: Visit, email: str) -> Page:
    """Find the mail on the mailbox's page and click its button; the page it opens."""
    await visit.page.goto(f"{visit.mails.url}/")
    await visit.page.get_by_label("Chercher").fill(f"to:{email}")
    await visit.press("Chercher")
    await visit.follow("Mon Espace AKTO : confirmez votre adresse e-mail")
    mail = visit.page.frame_locator("iframe")
    async with visit.page.context.expect_page() as opened:
        await mail.get_by_role("link", name="Confirmer mon adresse", exact=True).click()
    return await opened.value
