"""INSEE or the engine does not answer: nothing is lost, nothing is refused, and it goes on afterwards."""

import time

import pytest
from playwright.async_api import Response, expect

from tests.browser import guide, steps
from tests.browser.backstage import Backstage, Stop
from tests.browser.visitor import Visit, Visitors

pytestmark = pytest.mark.browser

RECOGNISED = "00000004200010"
WHILE_DOWN = "00000013300017"
SLOWLY = "00000014100010"
UNAVAILABLE = (
    "Le service est momentanément indisponible. Rien n'est perdu : ce que vous avez saisi est toujours là. "
    "Réessayez dans quelques instants."
)
LIMIT = 3.0


async def test_insee_comes_back_and_the_open_page_goes_on(visit: Visit, visitors: Visitors) -> None:
    email = visitors.stranger()
    await visitors.insee("down", WHILE_DOWN)
    await steps.to_establishment(visit, email)
    await steps.claim(visit, WHILE_DOWN)
    await visit.at("/inscription/verification")
    await visit.tells("Vérification en cours", "L'INSEE ne répond pas.", email)
    await visit.tells("SIRET 000 000 133 00017")
    loads: list[str] = []
    visit.page.on("load", lambda page: loads.append(page.url))
    await visitors.insee("none")
    await visit.at(guide.AGREEMENT.path, within=25)
    await guide.on_idcc(visit)
    assert len(loads) == 1, "it was led on once, and never reloaded before"
    await visit.field("Saisir votre IDCC").fill("2147")
    await visit.press("Suivant")
    await guide.on_thanks(visit, email)
    # The person was there all the time: nobody writes that INSEE is back.
    assert [mail.kind for mail in await visit.mails.to(email)] == ["confirmation"]


async def test_a_slow_insee_is_waited_for(visit: Visit, visitors: Visitors) -> None:
    await visitors.insee("slow", SLOWLY)
    await steps.to_establishment(visit, visitors.stranger())
    begun = time.monotonic()
    await steps.claim(visit, SLOWLY)
    assert time.monotonic() - begun < LIMIT + 1
    await visit.at("/inscription/verification")
    await visit.press("Précédent : corriger le SIRET")
    await visit.at(guide.ESTABLISHMENT.path)
    await expect(visit.field("SIRET")).to_have_value("000 000 141 00010")
    await steps.claim(visit, RECOGNISED)
    await guide.on_number(visit)


@pytest.mark.parametrize("stop", ["killed", "frozen"])
async def test_the_first_form_without_an_engine(
    visit: Visit, visitors: Visitors, backstage: Backstage, stop: Stop
) -> None:
    email = await visitors.known_contact(RECOGNISED)
    await visit.open(guide.IDENTITY.path)
    await steps.fill_identity(visit, email)
    drawn = await visit.submission(), await visit.page.locator("[name=registration]").input_value()
    async with backstage.without_engine(stop):
        await _unavailable(visit)
        await visit.tells(UNAVAILABLE)
        await expect(visit.field("Madame")).to_be_checked()
        await expect(visit.field("Nom")).to_have_value("DUPONT")
        await expect(visit.field("Prénom")).to_have_value("CLAIRE")
        await expect(visit.field("Adresse e-mail")).to_have_value(email)
        registration = await visit.page.locator("[name=registration]").input_value()
        assert (await visit.submission(), registration) == drawn
    await visit.press("Suivant")
    await guide.on_thanks(visit, email)
    await visit.mails.one(email, "confirmation")
    assert len(await backstage.registrations(email)) == 1


async def test_a_registration_without_an_engine(
    visit: Visit, visitors: Visitors, backstage: Backstage
) -> None:
    email = visitors.stranger()
    await steps.to_establishment(visit, email)
    await visit.field("Adhérent").check()
    await visit.field("SIRET").fill(RECOGNISED)
    drawn = await visit.submission()
    async with backstage.without_engine("frozen"):
        await _unavailable(visit)
        await expect(visit.field("Adhérent")).to_be_checked()
        await expect(visit.field("SIRET")).to_have_value("000 000 042 00010")
        assert await visit.submission() == drawn
        other = await visit.another_window()
        for path in ("/inscription", guide.NUMBER.path, "/inscription/merci", "/inscription/annuler"):
            begun = time.monotonic()
            assert await other.open(path) == 503
            assert time.monotonic() - begun < LIMIT, path
            await other.tells("Le service est momentanément indisponible", "Réessayer")
            await other.keeps_quiet_about("Temporal", "temporal", "RPC", "workflow", "Traceback")
        assert await other.open("/connexion") == 200
    await visit.press("Suivant")
    await guide.on_number(visit)


async def test_the_password_without_an_engine(visit: Visit, visitors: Visitors, backstage: Backstage) -> None:
    email = await visitors.known_contact(RECOGNISED)
    await steps.identify(visit, email)
    await visit.page.goto((await visit.mails.one(email, "confirmation")).link("lien"))
    await guide.on_password(visit, email)
    for label in ("* Nouveau mot de passe", "* Confirmer le nouveau mot de passe"):
        await visit.field(label).fill(steps.PASSWORD)
    drawn = await visit.submission()
    async with backstage.without_engine("killed"):
        await _unavailable(visit, "Changer le mot de passe")
        assert await visit.submission() == drawn
    await steps.choose_password(visit)
    await visit.at("/connexion")
    await steps.log_in(visit, email)
    await visit.at("/mon-espace")


async def _unavailable(visit: Visit, button: str = "Suivant") -> None:
    """Send the form: 503 within three seconds."""

    def is_the_answer(response: Response) -> bool:
        return response.request.is_navigation_request() and response.request.method == "POST"

    async with visit.page.expect_response(is_the_answer) as coming, visit.page.expect_navigation():
        await visit.button(button).click()
    answer = await coming.value
    await answer.finished()
    timing = answer.request.timing
    assert timing["responseStart"] - timing["requestStart"] < LIMIT * 1000
    assert answer.status == 503
    assert answer.headers["retry-after"]
