"""`python -m devstack gallery FOLDER`: a picture of every page in every state and of every mail.

Phone and desktop width, light and dark, in a real Chromium with scripts; `index.html` shows them together.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from devstack import browser as chromium
from devstack.browser import ARGUMENTS
from devstack.gallery.mails import NEWCOMER, sample_mail, sample_order
from devstack.gallery.served import on_a_port
from devstack.gallery.stage import Chromium, Stage
from devstack.gallery.states import STATES
from domain.effects import MailKind
from infrastructure.logging import configure_logging

WIDTHS = {"phone": 360, "desktop": 1100}
SCHEMES = ("light", "dark")


async def main(arguments: Sequence[str]) -> int:
    """Take them all."""
    if len(arguments) != 1:
        print("usage: python -m devstack gallery FOLDER", file=sys.stderr)
        return 2
    program = chromium.find(os.environ)
    if program is None:
        print("no Chromium was found; MON_ESPACE_CHROMIUM names one", file=sys.stderr)
        return 1
    folder = Path(arguments[0])
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    configure_logging("WARNING")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        names = [*await _pages(browser, folder), *await _mails(browser, folder)]
        await browser.close()
    await asyncio.to_thread((folder / "index.html").write_text, _index(names), "utf-8")
    print(f"{len(names) * len(WIDTHS) * len(SCHEMES)} pictures: {folder / 'index.html'}")
    return 0


async def _pages(browser: Browser, folder: Path) -> list[str]:
    async with on_a_port() as served:
        for name, enter in STATES.items():
            served.renew()
            async with _page(browser) as page:
                await enter(Stage(Chromium(page), served))
                await page.wait_for_load_state()
                await _take(page, folder, name)
    return list(STATES)


async def _mails(browser: Browser, folder: Path) -> list[str]:
    names = []
    for kind in MailKind:
        async with _page(browser) as page:
            await page.set_content(sample_mail(sample_order(kind), NEWCOMER).html)
            await _take(page, folder, f"mail_{kind}")
        names.append(f"mail_{kind}")
    return names


@asynccontextmanager
async def _page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(
        locale="fr-FR", timezone_id="Europe/Paris", reduced_motion="reduce", color_scheme="light"
    )
    try:
        yield await context.new_page()
    finally:
        await context.close()


async def _take(page: Page, folder: Path, name: str) -> None:
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for device, width in WIDTHS.items():
            await page.set_viewport_size({"width": width, "height": 760})
            await page.screenshot(path=folder / f"{name}.{device}.{scheme}.png", full_page=True)


def _index(names: Sequence[str]) -> str:
    rows = "".join(
        f"<h2>{escape(name)}</h2><p>"
        + "".join(
            f'<img loading="lazy" alt="" width="{width // 2}" src="{name}.{device}.{scheme}.png"> '
            for scheme in SCHEMES
            for device, width in WIDTHS.items()
        )
        for name in names
    )
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Gallery</title><body>{rows}'
