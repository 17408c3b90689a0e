"""What axe says of a page: WCAG 2.2 AA, its best practices, and its rules for RGAA 4."""

from dataclasses import dataclass
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, ViewportSize

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "RGAAv4")
DESKTOP: ViewportSize = {"width": 1280, "height": 1024}
PHONE: ViewportSize = {"width": 320, "height": 740}

# The kinds that are not named come with one element a rule: less to carry over, the same rules.
_OPTIONS = {"runOnly": {"type": "tag", "values": list(TAGS)}, "resultTypes": ["violations", "incomplete"]}


@dataclass(frozen=True)
class Verdict:
    """Of one page as it stands.

    Attributes:
        version: axe's own.
        rules: every rule that was run, those that found nothing to look at included.
        applied: those that did.
        violations: rule and elements of each.
        undecided: rule and element of all that axe leaves to people.
    """

    version: str
    rules: frozenset[str]
    applied: frozenset[str]
    violations: tuple[str, ...]
    undecided: tuple[tuple[str, str], ...]


async def ask(page: Page) -> Verdict:
    """Run it."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(Axe().axe_script)
    found: dict[str, Any] = await page.evaluate("options => axe.run(options)", _OPTIONS)

    def ids(*kinds: str) -> frozenset[str]:
        return frozenset(one["id"] for kind in kinds for one in found[kind])

    def places(kind: str) -> list[tuple[str, str]]:
        return [(one["id"], node["target"][0]) for one in found[kind] for node in one["nodes"]]

    return Verdict(
        version=found["testEngine"]["version"],
        rules=ids("passes", "violations", "incomplete", "inapplicable"),
        applied=ids("passes", "violations", "incomplete"),
        violations=tuple(f"{rule}: {place}" for rule, place in places("violations")),
        undecided=tuple(places("incomplete")),
    )
