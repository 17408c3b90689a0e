"""The pictures of the operators' runbook: `python -m tests.browser.desk_pictures`.

Brings registrations of a private stack into every state that can wait, then takes the first screen of one for
each reason, and the Temporal UI's list of them all, to docs/images/desk/.
"""

import asyncio
import json
import os
import re
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from unittest.mock import patch
from urllib.parse import quote

from playwright.async_api import Page, async_playwright

from devstack import browser, populate, stack
from devstack.populate import Crowd
from devstack.stack import Stack
from infrastructure.settings import load_settings
from starter.operators import queries
from tests.browser.test_desk import REASONS, open_card
from tests.browser.visitor import Visit, Visitors

FOLDER = Path(__file__).parents[2] / "docs" / "images" / "desk"
#: What « Configure Columns » keeps in the operator's browser.
COLUMNS = (
    "Workflow ID", "RegistrationStep", "RegistrationWaitingOn", "RegistrationAttention", "RegistrationSince",
    "RegistrationDeadline",
)  # fmt: skip
KEPT = "localStorage.setItem('namespace-workflow-table-columns', {})"


async def main() -> None:
    """Take them all."""
    chromium = browser.find(os.environ)
    if chromium is None:
        raise SystemExit("no Chromium found; set MON_ESPACE_CHROMIUM")
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as open_things:
        folder = open_things.enter_context(tempfile.TemporaryDirectory(prefix="mon-espace-"))
        product = await open_things.enter_async_context(
            stack.private(Path(folder), say=print, AKTO_SIRENE_CALLS_PER_MINUTE="1000")
        )
        with patch.dict(os.environ, product.environ):
            crowd = await populate.crowd_of(load_settings(), open_things)
        playwright = await open_things.enter_async_context(async_playwright())
        launched = await playwright.chromium.launch(executable_path=chromium, args=browser.ARGUMENTS)
        operator = await Visitors(launched, product).come(width=1200)
        await operator.page.set_viewport_size({"width": 1200, "height": 1130})
        operator.page.set_default_timeout(60_000)
        await _each_reason(operator, crowd)
        await _each_state_again(crowd)
        await _list(operator.page, product)
        await launched.close()


async def _each_reason(operator: Visit, crowd: Crowd) -> None:
    for reason in REASONS:
        if reason is Crowd.insee_down:
            await crowd.insee(populate.UNREACHABLE.siret)
        await open_card(operator, crowd, await reason(crowd))
        card = operator.page.frame_locator("iframe").last
        await card.get_by_role("row", name=re.compile("^En ligne de commande")).wait_for()
        await _take(operator.page, reason.__name__)


async def _each_state_again(crowd: Crowd) -> None:
    for reason in REASONS:
        await reason(crowd)


async def _list(page: Page, product: Stack) -> None:
    ui, namespace = product.addresses["temporal_ui"], product.engine.namespace
    columns = json.dumps({namespace: [{"label": label} for label in COLUMNS]})
    await page.goto(str(ui))
    await page.evaluate(KEPT.format(json.dumps(columns)))
    await page.set_viewport_size({"width": 1900, "height": 1030})
    for _ in range(30):
        await page.goto(f"{ui}/namespaces/{namespace}/workflows?query={quote(queries.OPEN)}")
        rows = page.locator("tr:has(a[href*='/workflows/registration'])")
        await page.get_by_text("RegistrationStep").first.wait_for()
        await page.wait_for_timeout(2_000)
        # The engine's list follows its histories a moment later.
        if await rows.count() >= 2 * len(REASONS):
            break
    await _take(page, "list")


async def _take(page: Page, name: str) -> None:
    await page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    asyncio.run(main())
