"""The real pages for people who see, hear or move differently; each state of each page is in `tests/web`."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.browser import guide, steps
from tests.browser.visitor import Visit, Visitors

pytestmark = pytest.mark.browser

TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
PHONE = 320
SIRET = "00000004200010"
NUMBER = "123459 001"


async def accessible(page: Page) -> None:
    """Axe finds nothing."""
    found = await Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
    violations = [(one["id"], [n["target"] for n in one["nodes"]]) for one in found.response["violations"]]
    assert not violations, f"{page.url}: {violations}"


async def good(page: Page) -> None:
    """Accessible, and nothing is wider than a narrow phone."""
    await accessible(page)
    size = page.viewport_size
    assert size is not None
    await page.set_viewport_size({"width": PHONE, "height": 640})
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE, f"{page.url} is {width} pixels wide"
    await page.set_viewport_size(size)


async def test_every_page_of_a_journey(visit: Visit, visitors: Visitors) -> None:
    email, page = visitors.stranger(), visit.page
    await visit.open("/connexion")
    await good(page)
    await visit.open(guide.IDENTITY.path)
    await visit.press("Suivant")
    await good(page)
    await steps.identify(visit, email)
    await visit.at(guide.INTERESTS.path)
    await good(page)
    await steps.choose_themes(visit, *guide.THEMES)
    await visit.at(guide.ESTABLISHMENT.path)
    await steps.claim(visit, "00000018200014")
    await good(page)
    await steps.claim(visit, "00000010900017")
    await guide.on_idcc(visit)
    await page.get_by_text("Trouver mon IDCC").click()
    await good(page)
    await visit.press("Précédent")
    await steps.claim(visit, SIRET)
    await guide.on_number(visit)
    await good(page)
    await visit.field("Numéro d'adhérent").fill(NUMBER)
    await visit.press("Suivant")
    await guide.on_thanks(visit, email)
    await good(page)
    await page.goto((await visit.mails.one(email, "confirmation")).link("lien"))
    await guide.on_password(visit, email)
    await steps.see_criteria_turn(visit)
    await good(page)
    await visit.press("Changer le mot de passe")
    await steps.log_in(visit, email)
    await visit.at("/mon-espace")
    await good(page)


async def test_the_pages_around_the_product(visit: Visit, visitors: Visitors) -> None:
    """What a newcomer meets beside the portal: start page, mailbox, stand-in, API documentation."""
    email, addresses = await visitors.known_contact(SIRET), visit.product.addresses
    await steps.identify(visit, email)
    await visit.mails.one(email, "confirmation")
    for part in ("start", "sirene", "api_docs"):
        await visit.page.goto(str(addresses[part]))
        await accessible(visit.page)
    await visit.page.goto(f"{addresses['mailbox']}/?q=to:{email}")
    await visit.follow("Mon Espace AKTO : confirmez votre adresse e-mail")
    await accessible(visit.page)


async def test_a_whole_journey_by_keyboard(visit: Visit, visitors: Visitors) -> None:
    email, keyboard = visitors.stranger(), visit.page.keyboard
    await visit.open("/connexion")
    await _enter(visit, "Créer mon compte")
    await visit.at(guide.IDENTITY.path)
    await _tab_to(visit, "Madame")
    await keyboard.press("Space")
    for label, text in (("Nom", "DUPONT"), ("Prénom", "CLAIRE"), ("Adresse e-mail", email)):
        await _tab_to(visit, label)
        await keyboard.type(text)
    await keyboard.press("Enter")
    await visit.at(guide.INTERESTS.path)
    await _tab_to(visit, guide.THEMES[2])
    await keyboard.press("Space")
    await _enter(visit, "Suivant")
    await visit.at(guide.ESTABLISHMENT.path)
    await _tab_to(visit, "Adhérent")
    await keyboard.press("Space")
    await _tab_to(visit, "SIRET")
    await keyboard.type(SIRET)
    await _enter(visit, "Précédent")
    await visit.at(guide.INTERESTS.path)
    await expect(visit.field(guide.THEMES[2])).to_be_checked()
    await _enter(visit, "Suivant")
    await visit.at(guide.ESTABLISHMENT.path)
    await _tab_to(visit, "Adhérent")
    await keyboard.press("Space")
    await _tab_to(visit, "SIRET")
    await keyboard.type(SIRET)
    await keyboard.press("Enter")
    await visit.at(guide.NUMBER.path)
    await _tab_to(visit, "Numéro d'adhérent")
    await keyboard.type(NUMBER)
    await keyboard.press("Enter")
    await visit.at("/inscription/merci")
    await _enter(visit, "Terminer")
    await visit.at("/connexion")
    await visit.page.goto((await visit.mails.one(email, "confirmation")).link("lien"))
    for label in ("* Nouveau mot de passe", "* Confirmer le nouveau mot de passe"):
        await _tab_to(visit, label)
        await keyboard.type(steps.PASSWORD)
    await _enter(visit, "Changer le mot de passe")
    await visit.at("/connexion")
    await _tab_to(visit, "Adresse e-mail")
    await keyboard.type(email)
    await _tab_to(visit, "Mot de passe")
    await keyboard.type(steps.PASSWORD)
    await keyboard.press("Enter")
    await visit.at("/mon-espace")
    await _enter(visit, "Se déconnecter")
    await visit.at("/connexion")


#: The name of what has the focus, and whether one sees that it has it.
_FOCUSED = """() => {
  const one = document.activeElement;
  const name = one.labels?.length ? one.labels[0].textContent : one.textContent;
  const style = getComputedStyle(one);
  const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return [name.trim(), seen || style.boxShadow !== "none"];
}"""


async def _tab_to(visit: Visit, name: str) -> None:
    """Press Tab until that has the focus; on the way there, the focus is always seen."""
    passed = []
    for _ in range(40):
        await visit.page.keyboard.press("Tab")
        focused, seen = await visit.page.evaluate(_FOCUSED)
        if focused == name:
            assert seen, f"the focus on « {name} » is not visible"
            return
        passed.append(focused)
    raise AssertionError(f"Tab never reaches « {name} » but {passed}")


async def _enter(visit: Visit, name: str) -> None:
    """Reach a link or a button and press Enter on it."""
    await _tab_to(visit, name)
    async with visit.page.expect_navigation():
        await visit.page.keyboard.press("Enter")
