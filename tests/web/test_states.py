"""Every page in every state, in a real Chromium: nothing for axe to say (`axe.py`), nothing that people who
enlarge could not read or reach (`layout.py`).
"""

import os
import re
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from devstack.browser import ARGUMENTS
from devstack.gallery.served import Served, on_a_port
from devstack.gallery.stage import Chromium, Stage
from devstack.gallery.states import STATES
from tests.web import layout
from tests.web.axe import DESKTOP, PHONE, Verdict, ask
from tests.web.layout import misplaced

pytestmark = pytest.mark.browser

CHROMIUM = os.environ.get("MON_ESPACE_CHROMIUM", "/usr/bin/chromium")


@pytest_asyncio.fixture(scope="module")
async def served() -> AsyncIterator[Served]:
    """The application on a port of its own."""
    async with on_a_port() as served:
        yield served


@pytest_asyncio.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """A real browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture
async def stage(chromium: Browser, served: Served) -> AsyncIterator[Stage]:
    """A fresh profile and a fresh world; what the browser complains about fails the test."""
    served.renew()
    context = await chromium.new_context(viewport=DESKTOP, locale="fr-FR", reduced_motion="reduce")
    context.set_default_timeout(10_000)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield Stage(Chromium(page), served)
    await context.close()
    # A form with a mistake answers 422, and Chromium reports every such status.
    assert not [one for one in complaints if not one.startswith("Failed to load resource")]


async def judged(page: Page) -> Verdict:
    """Axe finds nothing, and leaves only text on the gradient to people (`test_contrast.py`)."""
    verdict = await ask(page)
    assert verdict.violations == ()
    for rule, place in verdict.undecided:
        on_gradient = "one => one.closest('.site-head, .site-foot') !== null"
        assert rule == "color-contrast", (rule, place)
        assert await page.locator(place).first.evaluate(on_gradient), (rule, place)
    return verdict


async def enlarged(page: Page) -> None:
    """Nothing is lost by the browser's zoom, wider text, larger text; a phone's window is left."""
    for percent in (200, 400):
        async with layout.zoomed(page, percent):
            assert await misplaced(page) == [], f"{percent} %"
    async with layout.zoomed(page, 400):
        assert await layout.hidden_focus(page) == []
    async with layout.spaced(page):
        assert await misplaced(page) == [], "WCAG 1.4.12"
        async with layout.zoomed(page, 400):
            assert await misplaced(page) == [], "WCAG 1.4.12 at 400 %"
    async with layout.large_text(page):
        assert await misplaced(page) == [], "text at 200 %"
        await page.set_viewport_size({"width": 360, "height": 740})
        assert await misplaced(page) == [], "text at 200 % on a phone"


# Entering a state takes as long as judging it: both ways of looking in one test.
@pytest.mark.parametrize("name", STATES)
async def test_state(stage: Stage, name: str, record_property: Callable[[str, object], None]) -> None:
    await STATES[name](stage)
    page = stage.page
    await page.wait_for_load_state()

    assert await page.locator("h1").count() == 1
    if await page.locator(".summary").count():
        assert (await page.title()).startswith("Erreur : ")
    if await page.locator("[data-focus]").count():
        assert await page.locator("[data-focus]").first.evaluate("box => box === document.activeElement")
    verdicts = [await judged(page)]
    await enlarged(page)

    await page.emulate_media(color_scheme="dark")
    await page.set_viewport_size(PHONE)
    assert await misplaced(page) == []
    verdicts.append(await judged(page))
    record_property("axe", [len(verdicts), len(verdicts[0].rules)])


HIDDEN = "overflow: hidden; width: 40px; white-space: nowrap"
BROKEN = {
    "scrolls sideways": "<p style='width: 1500px'>Bonjour</p>",
    "cut off in div.box": f"<div class=box style='{HIDDEN}'>Bonjour à tous</div>",
    "cut off in button.b": "<button class=b style='width: 30px; height: 30px'>Bonjour</button>",
    "lies over": "<p>Bonjour</p><p style='margin-top: -2.5em'>Bonsoir</p>",
    "out of the window": "<a href='/' style='position: absolute; left: -20px; width: 15px'>x</a>",
}


@pytest.mark.parametrize("what", BROKEN)
async def test_what_is_misplaced_is_found(stage: Stage, what: str) -> None:
    await stage.page.set_content(BROKEN[what])
    assert re.search(what, str(await misplaced(stage.page)))


async def test_a_focus_that_something_lies_over_is_found(stage: Stage) -> None:
    await stage.page.set_content(
        "<header style='position: fixed; inset: 0 0 auto; height: 60px; background: teal'></header>"
        "<a href='/1'>covered</a><p style='margin-top: 99px'><a href='/2'>seen</a>"
    )
    assert [one.partition(":")[0] for one in await layout.hidden_focus(stage.page)] == ["covered"]


async def test_a_siret_is_grouped_while_one_types(stage: Stage) -> None:
    await STATES["establishment"](stage)
    field = stage.page.locator("#siret")
    await field.press_sequentially("00000001800010")
    assert await field.input_value() == "000 000 018 00010"

    await field.press("Home")
    await field.press("ArrowRight")
    await field.press("Backspace")
    assert await field.input_value() == "00 000 018 00010", "nothing moves under the caret"


async def test_a_password_is_shown_and_hidden_again(stage: Stage) -> None:
    await STATES["password_typed"](stage)
    field = stage.page.locator("#password")
    button = stage.page.get_by_role("button", name="Afficher : * Nouveau mot de passe")
    await button.click()
    assert await field.get_attribute("type") == "text"

    await stage.page.get_by_role("button", name="Masquer : * Nouveau mot de passe").click()
    assert await field.get_attribute("type") == "password"


async def test_a_form_is_sent_once_however_often_it_is_pressed(stage: Stage) -> None:
    await STATES["themes"](stage)
    count = len(stage.served.registrations.received)
    await stage.page.get_by_role("button", name="Suivant").dblclick()
    await stage.page.wait_for_url("**/inscription/etablissement")

    assert len(stage.served.registrations.received) == count + 1


async def test_the_busy_page_follows_by_itself(stage: Stage) -> None:
    await STATES["checking"](stage)
    world = stage.served.registrations
    world.insee_late, world.insee_down = False, True
    await stage.page.get_by_text("L'INSEE ne répond pas.").wait_for()

    world.insee_down = False
    await stage.page.wait_for_url("**/inscription/idcc")


async def test_links_of_the_summary_lead_to_the_field(stage: Stage) -> None:
    await STATES["thanks_correction_wrong"](stage)
    await stage.page.locator("details").evaluate("box => box.open = false")
    await stage.page.locator(".summary a").click()

    assert await stage.page.locator("#email").evaluate("field => field === document.activeElement")
    assert await stage.page.locator("#email").is_visible()


async def test_the_journey_by_keyboard_alone(stage: Stage) -> None:
    await stage.open("/inscription")
    keyboard = stage.page.keyboard
    await keyboard.press("Tab")
    assert await stage.page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    await keyboard.press("Enter")
    for key in ("Tab", "Tab", "Space", "Tab"):  # close, civility, Madame, name
        await keyboard.press(key)
    for text in ("DUPONT", "CLAIRE", "claire@inconnue.example"):
        await keyboard.type(text)
        await keyboard.press("Tab")
    await keyboard.press("Tab")  # the privacy page's link lies before the button
    await keyboard.press("Enter")
    await stage.page.wait_for_url("**/inscription/thematiques")
