"""The pictures of the README, taken from the running product: `python -m tests.browser.pictures`.

Plays one registration by member number in a real Chromium, on a private stack, and writes to docs/images/.
"""

import asyncio
import os
import tempfile
from pathlib import Path

from playwright.async_api import Page, async_playwright

from devstack import browser, stack
from tests.browser import guide, steps
from tests.browser.visitor import Visit, Visitors

FOLDER = Path(__file__).parents[2] / "docs" / "images"
EMAIL = "claire.dupont@monentreprise.example"
SIRET = "00000004200010"
NUMBER = "123459 001"


async def main() -> None:
    """Take them all."""
    chromium = browser.find(os.environ)
    if chromium is None:
        raise SystemExit("no Chromium found; set MON_ESPACE_CHROMIUM")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mon-espace-") as folder:
        async with stack.private(Path(folder), say=print) as product, async_playwright() as playwright:
            launched = await playwright.chromium.launch(executable_path=chromium, args=browser.ARGUMENTS)
            visitors = Visitors(launched, product)
            await _journey(await visitors.come(width=1000), await visitors.come(width=1280))
            await _phone(await visitors.come(width=360))
            await visitors.leave()
            await launched.close()


async def _journey(visit: Visit, operator: Visit) -> None:
    page = visit.page
    await steps.identify(visit, EMAIL)
    await steps.choose_themes(visit, guide.THEMES[0], guide.THEMES[3])
    await visit.at(guide.ESTABLISHMENT.path)
    await visit.field("Adhérent").check()
    await visit.field("SIRET").fill(SIRET)
    await _take(page, "establishment", height=1120)
    await visit.press("Suivant")
    await visit.field("Numéro d'adhérent").fill(NUMBER)
    await visit.press("Suivant")
    await guide.on_thanks(visit, EMAIL)
    await _take(page, "thanks", height=800)
    mail = await visit.mails.one(EMAIL, "confirmation")
    await page.goto(f"{visit.product.addresses['mailbox']}/?q=to:{EMAIL}")
    await visit.follow(mail.subject)
    await _take(page, "mail", height=900)
    await _desk(operator)
    await page.goto(mail.link("lien"))
    await steps.see_criteria_turn(visit)
    await _take(page, "password", height=1000)
    await visit.press("Changer le mot de passe")
    await steps.log_in(visit, EMAIL)
    await visit.at("/mon-espace")
    await _take(page, "home", height=1000)


async def _desk(operator: Visit) -> None:
    page, addresses = operator.page, operator.product.addresses
    await page.goto(f"{addresses['temporal_ui']}/namespaces/{operator.product.engine.namespace}/workflows")
    await page.locator("a[href*='/workflows/registration']").first.click()
    await page.get_by_role("tab", name="User Metadata").click()
    await page.frame_locator("iframe").last.get_by_text("operator_resend").wait_for()
    await _take(page, "desk", height=1200)


async def _phone(visit: Visit) -> None:
    await visit.open(guide.IDENTITY.path)
    await steps.fill_identity(visit, EMAIL)
    await _take(visit.page, "phone", height=760)


async def _take(page: Page, name: str, height: int) -> None:
    size = page.viewport_size
    assert size is not None
    await page.set_viewport_size({"width": size["width"], "height": height})
    await page.evaluate("window.scrollTo(0, 0)")
    await page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    asyncio.run(main())
