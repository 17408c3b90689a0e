"""What scripts would do is done by the server where there are none; the journeys run both ways elsewhere."""

import pytest
from playwright.async_api import expect

from tests.browser import guide, steps
from tests.browser.visitor import Visit, Visitors

pytestmark = pytest.mark.browser

SLOW = "00000011700010"


@pytest.fixture
async def plain(visitors: Visitors) -> Visit:
    """A browser that runs no scripts."""
    return await visitors.come(scripts=False)


async def test_the_server_judges_the_password(plain: Visit, visitors: Visitors) -> None:
    visit, email = plain, await visitors.known_contact("00000002600013")
    await steps.identify(visit, email)
    await guide.on_thanks(visit, email)
    mail = await visit.mails.one(email, "confirmation")
    await visit.page.goto(mail.link("lien"))
    await guide.on_password(visit, email)
    first, second = (
        visit.field(label) for label in ("* Nouveau mot de passe", "* Confirmer le nouveau mot de passe")
    )
    for typed, again, told in (
        ("court", "court", "Le mot de passe doit contenir au moins 1 chiffre."),
        (steps.PASSWORD, steps.PASSWORD + "x", "Les deux mots de passe saisis sont différents."),
        ("Dupont2026", "Dupont2026", "nom"),
    ):
        await first.fill(typed)
        await second.fill(again)
        await visit.press("Changer le mot de passe")
        await visit.at("/mot-de-passe")
        await visit.tells("Il y a un problème")
        await visit.mentions(told)
        await expect(first).to_have_value("")
    await steps.choose_password(visit)
    await visit.at("/connexion")
    await visit.tells("Votre compte est créé, connectez-vous.")


async def test_the_checking_page_looks_again_by_itself(plain: Visit, visitors: Visitors) -> None:
    await visitors.insee("down", SLOW)
    await steps.to_establishment(plain, visitors.stranger())
    await steps.claim(plain, SLOW)
    await plain.at("/inscription/verification")
    await plain.says("Vérification en cours")
    await visitors.insee("none")
    await plain.at(guide.AGREEMENT.path, within=20)
    await guide.on_idcc(plain)
