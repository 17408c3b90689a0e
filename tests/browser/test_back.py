"""Going back, twice at once, and in two windows: the registration stays one, and says where it stands."""

import pytest
from playwright.async_api import expect

from tests.browser import guide, steps
from tests.browser.backstage import Backstage
from tests.browser.visitor import Visit, Visitors

pytestmark = pytest.mark.browser

RECOGNISED = "00000004200010"
ONLY_INSEE = "00000012500013"
STALE = "Cette étape a déjà été validée. Voici où en est votre inscription."


async def test_every_step_back_shows_the_earlier_answer(any_visit: Visit, visitors: Visitors) -> None:
    visit, email = any_visit, visitors.stranger()
    await steps.identify(visit, email)
    await guide.on_themes(visit)
    await visit.press("Précédent")
    await guide.on_identity(visit)
    await expect(visit.field("Madame")).to_be_checked()
    await expect(visit.field("Nom")).to_have_value("DUPONT")
    await expect(visit.field("Prénom")).to_have_value("CLAIRE")
    await expect(visit.field("Adresse e-mail")).to_have_value(email)
    await visit.field("Prénom").fill("Clara")
    await visit.press("Suivant")

    await steps.choose_themes(visit, guide.THEMES[1])
    await visit.at(guide.ESTABLISHMENT.path)
    assert ("Prénom", "Clara") in await visit.pairs(".recap")
    await visit.press("Précédent")
    await guide.on_themes(visit)
    for theme in guide.THEMES:
        await expect(visit.field(theme)).to_be_checked(checked=theme == guide.THEMES[1])
    await visit.press("Suivant")

    await visit.at(guide.ESTABLISHMENT.path)
    await steps.claim(visit, RECOGNISED)
    await visit.at(guide.NUMBER.path)
    await visit.press("Précédent")
    await visit.at(guide.ESTABLISHMENT.path)
    await expect(visit.field("Adhérent")).to_be_checked()
    await expect(visit.field("SIRET")).to_have_value("000 000 042 00010")

    await steps.claim(visit, ONLY_INSEE)
    await visit.at(guide.AGREEMENT.path)
    await visit.press("Précédent")
    await visit.at(guide.ESTABLISHMENT.path)
    await expect(visit.field("SIRET")).to_have_value("000 000 125 00013")

    await visit.press("Modifier mon identité")
    await guide.on_identity(visit)
    await expect(visit.field("Prénom")).to_have_value("Clara")


async def test_a_double_click_is_one_registration(
    any_visit: Visit, visitors: Visitors, backstage: Backstage
) -> None:
    visit, email = any_visit, await visitors.known_contact(RECOGNISED)
    await visit.open(guide.IDENTITY.path)
    await steps.fill_identity(visit, email)
    await visit.button("Suivant").dblclick()
    await guide.on_thanks(visit, email)
    await visit.mails.one(email, "confirmation")
    assert len(await backstage.registrations(email)) == 1


async def test_the_browser_s_own_back_button(visit: Visit, visitors: Visitors, backstage: Backstage) -> None:
    email = visitors.stranger()
    await steps.identify(visit, email)
    await guide.on_themes(visit)
    await steps.choose_themes(visit)
    await visit.at(guide.ESTABLISHMENT.path)
    await visit.page.go_back()
    await visit.page.wait_for_load_state()
    # No page is kept by the browser: what it asks for anew is where the registration stands.
    await visit.at(guide.ESTABLISHMENT.path)
    await steps.claim(visit, RECOGNISED)
    await guide.on_number(visit)
    await visit.page.go_back()
    await guide.on_number(visit)
    assert len(await backstage.registrations(email)) == 1


async def test_two_windows_and_an_outdated_form(visit: Visit, visitors: Visitors) -> None:
    await steps.to_establishment(visit, visitors.stranger())
    other = await visit.another_window()
    await other.open("/inscription")
    await other.at(guide.ESTABLISHMENT.path)
    await steps.claim(visit, RECOGNISED)
    await guide.on_number(visit)

    await steps.claim(other, ONLY_INSEE)
    await guide.on_number(other)
    await other.tells(STALE, "Adhérent SIRET 000 000 042 00010")
    await other.press("Précédent")
    await other.at(guide.ESTABLISHMENT.path)
    await visit.field("Numéro d'adhérent").fill("123459 001")
    await visit.press("Suivant")
    await visit.at(guide.ESTABLISHMENT.path)
    await visit.tells(STALE)


async def test_two_first_forms_are_two_registrations(visit: Visit, visitors: Visitors) -> None:
    """Each window drew an id of its own; the browser goes on with the one it sent last."""
    one, two = visitors.stranger(), visitors.stranger()
    other = await visit.another_window()
    for window in (visit, other):
        await window.open(guide.IDENTITY.path)
    await steps.identify(visit, one)
    await guide.on_themes(visit)
    await steps.identify(other, two)
    await guide.on_themes(other)
    await steps.choose_themes(other)
    await visit.at(guide.INTERESTS.path)
    recap = dict(await other.pairs(".recap"))
    assert recap["Adresse e-mail"] == two
