"""Whether people who enlarge can read and reach all of a page: nothing scrolls sideways, nothing is cut off,
nothing lies over something else, and what has the focus is seen.

The browser's zoom is played by the emulated device. At 400 % Chromium lays a window of 1280 × 1024 out as
320 × 256 CSS pixels of four device pixels each, and media queries see those 320 pixels; that is what
`Emulation.setDeviceMetricsOverride` sets. (The CSS property `zoom` would leave media queries as they were.)
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Page

WINDOW = (1280, 1024)

#: WCAG 1.4.12, all four at once.
SPACED = """
* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }
"""

#: Each line of text that is shown, and what is wrong with where it stands.
_MISPLACED = """() => {
  const wrong = [];
  const root = document.scrollingElement;
  const name = (one) => one.tagName.toLowerCase() + (one.className ? "." + one.className : "");
  if (root.scrollWidth > root.clientWidth) wrong.push(`scrolls sideways: ${root.scrollWidth} px`);

  const lines = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode, holder = text.parentElement;
    if (!text.data.trim() || holder.closest(".visually-hidden, .skip, script, noscript, datalist")) continue;
    if (!holder.checkVisibility({ visibilityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const box of range.getClientRects()) {
      if (box.width > 1) lines.push({ box, holder, text: text.data.trim().slice(0, 30) });
    }
  }
  for (const { box, holder, text } of lines) {
    for (let around = holder; around && around !== document.documentElement; around = around.parentElement) {
      const style = getComputedStyle(around);
      if (style.display === "inline") continue;
      const frame = around.getBoundingClientRect();
      const clips = style.overflowX !== "visible" || style.overflowY !== "visible";
      const control = around.matches("a.button, button, input, .step-label, .tag");
      if (!clips && !control && around !== document.body) continue;
      const across = box.left < frame.left - 1 || box.right > frame.right + 1;
      const down = (clips || control) && (box.top < frame.top - 1 || box.bottom > frame.bottom + 1);
      if (across || down) wrong.push(`cut off in ${name(around)}: ${text}`);
    }
  }
  for (let i = 0; i < lines.length; i++) {
    for (let j = i + 1; j < lines.length; j++) {
      const [one, other] = [lines[i].box, lines[j].box];
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (across > 2 && down > 4) wrong.push(`${lines[i].text} lies over ${lines[j].text}`);
    }
  }
  for (const one of document.querySelectorAll("a, button, input:not([type=hidden]), summary")) {
    if (one.closest(".skip") || !one.checkVisibility({ visibilityProperty: true })) continue;
    const box = one.getBoundingClientRect();
    if (box.left < -1 || box.right > root.clientWidth + 1) wrong.push(`out of the window: ${name(one)}`);
  }
  return wrong;
}"""

#: What has the focus: a name for it, and what hides it; null behind the last.
_FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const name = (one.labels?.[0] || one).textContent.trim().slice(0, 30) || one.id;
  const box = one.getBoundingClientRect();
  const [width, height] = [document.documentElement.clientWidth, innerHeight];
  const wrong = [];
  if (box.left < 0 || box.right > width + 1) wrong.push("beside the window");
  if (box.height <= height ? box.top < 0 || box.bottom > height + 1 : box.bottom < 0 || box.top > height) {
    wrong.push("above or below the window");
  }
  const [x, y] = [(box.left + box.right) / 2, (Math.max(box.top, 0) + Math.min(box.bottom, height)) / 2];
  const seen = document.elementFromPoint(x, y);
  const line = Array.from(one.getClientRects()).some((part) => one.contains(
    document.elementFromPoint((part.left + part.right) / 2, (part.top + part.bottom) / 2)));
  if (!one.contains(seen) && !line) wrong.push(`behind ${seen?.tagName}.${seen?.className}`);
  return [name, wrong];
}"""


@asynccontextmanager
async def zoomed(page: Page, percent: int) -> AsyncIterator[None]:
    """The page in a window of 1280 × 1024 at that zoom of the browser."""
    session = await page.context.new_cdp_session(page)
    before = page.viewport_size
    assert before is not None

    async def lay_out(width: int, height: int, scale: float) -> None:
        measures = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
        await session.send("Emulation.setDeviceMetricsOverride", measures)
        assert await page.evaluate("[innerWidth, innerHeight, devicePixelRatio]") == [width, height, scale]

    await lay_out(WINDOW[0] * 100 // percent, WINDOW[1] * 100 // percent, percent / 100)
    try:
        yield
    finally:
        await lay_out(before["width"], before["height"], 1)


@asynccontextmanager
async def spaced(page: Page) -> AsyncIterator[None]:
    """The page with WCAG 1.4.12's text spacing, by a constructed sheet, which our policy allows."""
    await page.evaluate(
        "css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css);"
        " document.adoptedStyleSheets = [sheet]; }",
        SPACED,
    )
    try:
        yield
    finally:
        await page.evaluate("document.adoptedStyleSheets = []")


@asynccontextmanager
async def large_text(page: Page) -> AsyncIterator[None]:
    """The page with its text at 200 %, the window as it was."""
    await page.evaluate("document.documentElement.style.fontSize = '200%'")
    try:
        yield
    finally:
        await page.evaluate("document.documentElement.style.fontSize = ''")


async def misplaced(page: Page) -> list[str]:
    """What scrolls sideways, is cut off, or lies over something else."""
    found: list[str] = await page.evaluate(_MISPLACED)
    return found


async def hidden_focus(page: Page) -> list[str]:
    """What cannot be seen while it has the focus, by Tab from the page's beginning to its end."""
    await page.evaluate("""() => {
      document.body.tabIndex = -1;
      document.body.focus();
      document.body.removeAttribute("tabindex");
    }""")
    found: list[str] = []
    for _ in range(60):
        await page.keyboard.press("Tab")
        focused = await page.evaluate(_FOCUSED)
        if focused is None:
            return found
        name, wrong = focused
        found += [f"{name}: {one}" for one in wrong]
    raise AssertionError("Tab never comes to an end")
