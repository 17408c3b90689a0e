"""docs/accessibility.md, taken from every page in every state: `python -m tests.web.figures`, some minutes.

What must not be is tested in `test_states.py` and `tests/devstack/test_gallery.py`; here it is counted.
"""

import asyncio
import html
import os
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from devstack import browser as chromium
from devstack.browser import ARGUMENTS
from devstack.gallery.plain import Plain
from devstack.gallery.registry import State, topic
from devstack.gallery.served import Served, on_a_port, serve
from devstack.gallery.stage import Chromium, Stage
from devstack.gallery.states import STATES
from infrastructure.logging import configure_logging
from starter.web.rendering import STATIC_DIR
from tests.web.axe import DESKTOP, PHONE, TAGS, Verdict, ask

TARGET = Path(__file__).parents[2] / "docs" / "accessibility.md"

Scheme = Literal["light", "dark"]
LOOKS: tuple[tuple[ViewportSize, Scheme], ...] = (
    (DESKTOP, "light"),
    (DESKTOP, "dark"),
    (PHONE, "light"),
    (PHONE, "dark"),
)
PARTS = {
    "form": "the form",
    "waiting": "waiting, and ends",
    "mailbox": "mailbox first",
    "links": "behind mailed links",
    "around": "login, « Mon Espace », errors",
}

_HEAD = """# Pages: accessibility and weight

Made by `python -m tests.web.figures`: the real pages in each state that the gallery shows (every branch of
every template, every fixed text: `tests/web/test_gallery_covers.py`), in a real Chromium with scripts. The
same is tested: `tests/web/test_states.py` fails on a violation and on anything that scrolls sideways, is cut
off or lies over something else, `tests/devstack/test_gallery.py` on a page of 60 KiB.
"""

_LEFT = """It is the header and the footer, whose text lies on the page's gradient: `test_contrast.py`
computes their pairs of colours from the tokens. Anything else left undecided fails a test.
"""

_ENLARGED = """## Enlarged

Each state is laid out at 200 % and 400 % of the browser's zoom (1280 × 1024, so 320 × 256 CSS pixels), with
the text spacing of WCAG 1.4.12 at 100 % and 400 %, and with text at 200 % at 1280 and 360 pixels. Nothing
scrolls sideways (1.4.10), no line of text is cut off or lies over another, and at 400 % Tab brings each
control into view with nothing in front of it (2.4.11). `tests/web/layout.py` says how that is seen.
"""

_WEIGHT = """## Weight

Whole pages uncompressed, with style sheets, script and icon; nothing comes from another site. Allowed: below
60 KiB.

| part | pages | states | lightest | median | heaviest |
|---|--:|--:|--:|--:|--:|"""


@dataclass
class Figures:
    """What is counted while the states are played."""

    pages: dict[str, set[str]] = field(default_factory=lambda: {part: set() for part in PARTS})
    states: Counter[str] = field(default_factory=Counter)
    weights: dict[str, list[int]] = field(default_factory=lambda: {part: [] for part in PARTS})
    verdicts: list[list[Verdict]] = field(default_factory=lambda: [[] for _ in LOOKS])


async def main() -> int:
    """Take them, and write the page; 1 where axe found something."""
    program = chromium.find(os.environ)
    if program is None:
        print("no Chromium was found; MON_ESPACE_CHROMIUM names one", file=sys.stderr)
        return 2
    configure_logging("WARNING")
    figures = Figures()
    await _weigh(figures)
    async with async_playwright() as playwright, on_a_port() as served:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        for name, enter in STATES.items():
            await _look(browser, served, enter, figures, name)
        await browser.close()
    text = document(figures)
    await asyncio.to_thread(TARGET.write_text, text, "utf-8")
    print(text)
    found = [one for verdicts in figures.verdicts for verdict in verdicts for one in verdict.violations]
    return 1 if found else 0


async def _weigh(figures: Figures) -> None:
    """Bytes of each page with all that it loads, uncompressed."""
    served = serve()
    for enter in STATES.values():
        served.renew()
        async with Plain(served) as plain:
            await enter(Stage(plain, served))
            text = plain.html
        part = topic(enter)
        title = html.unescape(re.findall(r"<title>(?:Erreur : )?(.*?)</title>", text)[0])
        figures.pages[part].add(title)
        figures.states[part] += 1
        names = set(re.findall(r'<(?:link|script|img)[^>]* (?:href|src)="/static/([^"?]+)', text))
        sizes = [(STATIC_DIR / name).stat().st_size for name in names]
        figures.weights[part].append(len(text.encode()) + sum(sizes))


async def _look(browser: Browser, served: Served, enter: State, figures: Figures, name: str) -> None:
    served.renew()
    context = await browser.new_context(locale="fr-FR", reduced_motion="reduce", viewport=DESKTOP)
    page = await context.new_page()
    await enter(Stage(Chromium(page), served))
    await page.wait_for_load_state()
    for verdicts, look in zip(figures.verdicts, LOOKS, strict=True):
        verdicts.append(await _verdict(page, *look))
        for violation in verdicts[-1].violations:
            print(f"{name}: {violation}", file=sys.stderr)
    await context.close()


async def _verdict(page: Page, size: ViewportSize, scheme: Scheme) -> Verdict:
    await page.emulate_media(color_scheme=scheme)
    await page.set_viewport_size(size)
    return await ask(page)


def document(figures: Figures) -> str:
    """The page."""
    every = [verdict for verdicts in figures.verdicts for verdict in verdicts]
    pages, states = len(set().union(*figures.pages.values())), sum(figures.states.values())
    rules = frozenset[str]().union(*(verdict.rules for verdict in every))
    undecided = Counter(rule for verdict in every for rule in {rule for rule, _ in verdict.undecided})
    violations = sum(len(verdict.violations) for verdict in every)
    lines = [
        _HEAD,
        f"**{pages} pages in {states} states; {len(every)} looks of axe {every[0].version} by "
        f"{len(rules)} rules; {violations} violations.**",
        "",
        "## axe",
        "",
        f"Tags: {', '.join(f'`{tag}`' for tag in TAGS)}.",
        "",
        "| window | scheme | looks | rules run | rules with something to look at | violations |",
        "|---|---|--:|--:|--:|--:|",
        *(_row(verdicts, *look) for verdicts, look in zip(figures.verdicts, LOOKS, strict=True)),
        "",
        f"Left to people by axe: {_counted(undecided)}.",
        _LEFT,
        _ENLARGED,
        _WEIGHT,
        *(_weights(figures, part) for part in PARTS),
        "",
    ]
    return "\n".join(lines)


def _row(verdicts: list[Verdict], size: ViewportSize, scheme: Scheme) -> str:
    rules = frozenset[str]().union(*(one.rules for one in verdicts))
    applied = frozenset[str]().union(*(one.applied for one in verdicts))
    count = sum(len(one.violations) for one in verdicts)
    window = f"{size['width']} × {size['height']}"
    return f"| {window} | {scheme} | {len(verdicts)} | {len(rules)} | {len(applied)} | {count} |"


def _weights(figures: Figures, part: str) -> str:
    weights = sorted(figures.weights[part])
    shown = (weights[0], weights[len(weights) // 2], weights[-1])
    sizes = " | ".join(f"{weight / 1024:.1f} KiB" for weight in shown)
    return f"| {PARTS[part]} | {len(figures.pages[part])} | {figures.states[part]} | {sizes} |"


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"`{rule}` in {count} looks" for rule, count in counts.most_common()) or "nothing"


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
