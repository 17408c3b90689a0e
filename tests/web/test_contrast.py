"""Every pair of colours that the style sheet puts together, light and dark: WCAG 1.4.3 and 1.4.11.

Axe decides most of it on the pages; it does not see through the page's gradient and its chevron.
"""

import re

import pytest

from starter.web import STATIC_DIR

TEXT, SHAPE = 4.5, 3.0

PAIRS = {
    "on-page": (("page", "page-shade", "page-shape"), TEXT),
    "ink": (("card", "tint", "field", "bad-tint", "good-tint"), TEXT),
    "ink-soft": (("card", "tint"), TEXT),
    "accent": (("card", "tint"), TEXT),
    "accent-strong": (("card", "tint"), TEXT),
    "on-accent": (("accent", "accent-strong"), TEXT),
    "bad": (("card", "tint", "bad-tint"), TEXT),
    "bad-strong": (("bad-tint",), TEXT),
    "good": (("card", "good-tint"), TEXT),
    "wait": (("wait-tint",), TEXT),
    "page": (("on-page",), TEXT),
    "field-line": (("card", "tint", "field"), SHAPE),
    "focus": (("card", "tint", "bad-tint", "good-tint"), SHAPE),
}


def tokens(scheme: str) -> dict[str, str]:
    """The colours of that scheme: dark ones lie over the light ones."""
    light, _, rest = (
        (STATIC_DIR / "tokens.css").read_text("utf-8").partition("@media (prefers-color-scheme: dark)")
    )
    dark = rest.partition("@media")[0]
    found: dict[str, str] = {}
    for text in (light, dark) if scheme == "dark" else (light,):
        found.update(re.findall(r"--([\w-]+): ([^;]+);", text))
    return found


def luminance(colours: dict[str, str], name: str) -> float:
    """Relative luminance, 0 to 1, as WCAG defines it."""
    value = colours[name]
    if inner := re.fullmatch(r"var\(--([\w-]+)\)", value):
        return luminance(colours, inner[1])
    parts = (int(value[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pairs(scheme: str) -> None:
    colours, low = tokens(scheme), []
    for front, (grounds, least) in PAIRS.items():
        for ground in grounds:
            one, other = sorted((luminance(colours, front), luminance(colours, ground)))
            ratio = (other + 0.05) / (one + 0.05)
            if ratio < least:
                low.append(f"{front} on {ground}: {ratio:.2f} < {least}")
    assert low == []
