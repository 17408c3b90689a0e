"""A person at a browser: opens pages, reads what is visible, fills in, presses, and reads their mail.

Whatever a browser complains about (a script that fails, a policy that is violated, a request that leaves the
machine) fails the test at its end, whichever test it is.
"""

import re
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx2
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from devstack.stack import Stack
from domain.people import email_key
from tests.browser.mails import Mails

#: The text of every visible element, what only screen readers are told left out, white space as rendered.
_VISIBLE = """() => {
  const found = [];
  const text = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches("script, style, noscript, datalist")) return "";
    if (node.matches("br")) return " ";
    if (node.matches(".visually-hidden") || !node.checkVisibility({visibilityProperty: true})) return "";
    const whole = Array.from(node.childNodes).map(text).join("").replace(/[ \\t\\r\\n]+/g, " ");
    found.push(whole.trim());
    return whole;
  };
  text(document.body);
  return found;
}"""


@dataclass
class Visit:
    """One person, one browser profile, one page at a time."""

    page: Page
    product: Stack
    scripts: bool
    mails: Mails

    @property
    def portal(self) -> str:
        """Where the portal is."""
        return str(self.product.addresses["portal"])

    @property
    def path(self) -> str:
        """The path of the page that is shown."""
        return urlsplit(self.page.url).path

    async def open(self, path: str) -> int:
        """Open a page of the portal; returns the status."""
        answer = await self.page.goto(self.portal + path)
        assert answer is not None
        return answer.status

    async def at(self, path: str, within: float = 10.0) -> None:
        """Wait until that page of the portal is shown."""
        url = re.compile(re.escape(self.portal + path) + r"(\?.*)?$")
        await expect(self.page).to_have_url(url, timeout=within * 1000)
        await self.page.wait_for_load_state()

    async def visible(self) -> list[str]:
        """The visible text of each element."""
        texts: list[str] = await self.page.evaluate(_VISIBLE)
        return texts

    async def says(self, *texts: str) -> None:
        """Each of these is the whole visible text of an element, character for character."""
        visible = await self.visible()
        missing = [text for text in texts if text not in visible]
        assert not missing, f"not on {self.path}: {missing}; there is {visible[-1]!r}"

    async def tells(self, *texts: str) -> None:
        """The same for words of ours, whose no-break spaces count as spaces."""
        visible = [text.replace("\u00a0", " ") for text in await self.visible()]
        missing = [text for text in texts if text not in visible]
        assert not missing, f"not on {self.path}: {missing}; there is {visible[-1]!r}"

    async def mentions(self, *texts: str) -> None:
        """Each of these stands within a visible text, character for character."""
        whole = (await self.visible())[-1]
        missing = [text for text in texts if text not in whole]
        assert not missing, f"not on {self.path}: {missing}; there is {whole!r}"

    async def keeps_quiet_about(self, *texts: str) -> None:
        """None of these is visible anywhere."""
        whole = (await self.visible())[-1]
        said = [text for text in texts if text in whole]
        assert not said, f"on {self.path}: {said}"

    def button(self, name: str) -> Locator:
        """The button of that name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        """The link of that name."""
        return self.page.get_by_role("link", name=name, exact=True)

    def field(self, label: str) -> Locator:
        """The field of that label."""
        return self.page.get_by_label(label, exact=True)

    async def another_window(self) -> "Visit":
        """The same person, in another window of the same browser."""
        return replace(self, page=await self.page.context.new_page())

    async def press(self, name: str) -> None:
        """Press a button and wait for the page it leads to."""
        async with self.page.expect_navigation():
            await self.button(name).click()

    async def follow(self, name: str) -> None:
        """Follow a link of the page."""
        async with self.page.expect_navigation():
            await self.link(name).click()

    async def pairs(self, within: str) -> list[tuple[str, str]]:
        """The terms and values of a description list."""
        groups = await self.page.locator(f"{within} dl > div").all()
        return [
            (await one.locator("dt").inner_text(), await one.locator("dd").inner_text()) for one in groups
        ]

    async def submission(self) -> str:
        """The id of the main form's submission."""
        return await self.page.locator("main form input[name=submission]").first.input_value()


@dataclass
class Visitors:
    """Opens browser profiles, and asks each at the end whether it had anything to complain about."""

    browser: Browser
    product: Stack
    complaints: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    async def come(self, scripts: bool = True, width: int = 1100) -> Visit:
        """A person with a fresh browser profile."""
        context = await self.browser.new_context(
            java_script_enabled=scripts,
            locale="fr-FR",
            timezone_id="Europe/Paris",
            viewport={"width": width, "height": 900},
        )
        context.set_default_timeout(15_000)
        self._contexts.append(context)
        context.on("page", self._watch)
        return Visit(await context.new_page(), self.product, scripts, Mails(self._address("mailbox")))

    async def leave(self) -> None:
        """Close every profile; INSEE answers again."""
        for context in self._contexts:
            await context.close()
        await self.insee("none")
        assert not self.complaints, self.complaints

    async def insee(self, mode: str, *sirets: str) -> None:
        """Switch a fault of INSEE's stand-in, for these SIRETs alone if some are named."""
        async with httpx2.AsyncClient(trust_env=False) as http:
            fault = {"mode": mode, "sirets": sirets}
            answer = await http.put(f"{self._address('sirene')}/faults", json=fault)
            assert answer.status_code == 200

    async def known_contact(self, *sirets: str) -> str:
        """The address of somebody AKTO knows as a contact of these establishments."""
        email = f"contact-{uuid4().hex[:10]}@connue.example"
        connection = await asyncpg.connect(self.product.database_url, timeout=10)
        try:
            await connection.execute(
                "INSERT INTO contacts (email_key, email, civility, last_name, first_name)"
                " VALUES ($1, $2, 'madame', 'DUPONT', 'CLAIRE')",
                email_key(email),
                email,
            )
            await connection.execute(
                "INSERT INTO contact_establishments (email_key, siret, kind)"
                " SELECT $1, siret, kind FROM establishments WHERE siret = ANY($2::text[])",
                email_key(email),
                list(sirets),
            )
        finally:
            await connection.close()
        return email

    @staticmethod
    def stranger() -> str:
        """An address nobody knows."""
        return f"personne-{uuid4().hex[:10]}@inconnue.example"

    def _address(self, part: str) -> str:
        return str(self.product.addresses[part])

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("console", self._console)
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        # A form with a mistake answers 422, and Chromium reports every such status as an error.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complaints.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in ("127.0.0.1", None):
            self.complaints.append(f"request to {request.url}")
