"""Where a state is played: a browser of one's own before the application on its played world."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID, uuid4

from playwright.async_api import Page

from devstack.gallery.served import Served
from domain.messages import Identify, PersonMessage, ResendLink
from domain.people import Civility

STRANGER = "claire.dupont@inconnue.example"


class Browser(Protocol):
    """What a state asks of a browser; names are those that screen readers say."""

    async def open(self, url: str) -> None:
        """Go to an address."""

    async def cookie(self, name: str, value: str, url: str) -> None:
        """Take a cookie."""

    async def fill(self, name: str, value: str) -> None:
        """Type into the field of that id."""

    async def check(self, label: str) -> None:
        """Choose the radio button or check box of that label."""

    async def press(self, name: str) -> None:
        """Press the button of that name."""

    async def follow(self, name: str) -> None:
        """Follow the link of that name."""

    async def unfold(self) -> None:
        """Open the page's `details`."""

    async def meddle(self, name: str, value: str) -> None:
        """Change the hidden field of that name, as no person can."""

    async def forge(self, url: str) -> None:
        """Send a form of another site to that address."""


@dataclass
class Chromium:
    """A page of a real browser."""

    page: Page

    async def open(self, url: str) -> None:
        """Go to an address."""
        await self.page.goto(url)

    async def cookie(self, name: str, value: str, url: str) -> None:
        """Take a cookie."""
        await self.page.context.add_cookies([{"name": name, "value": value, "url": url}])

    async def fill(self, name: str, value: str) -> None:
        """Type into the field of that id."""
        await self.page.locator(f"#{name}").fill(value)

    async def check(self, label: str) -> None:
        """Choose the radio button or check box of that label."""
        await self.page.get_by_label(label, exact=True).check()

    async def press(self, name: str) -> None:
        """Press the button of that name."""
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def follow(self, name: str) -> None:
        """Follow the link of that name."""
        await self.page.get_by_role("link", name=name, exact=True).click()

    async def unfold(self) -> None:
        """Open the page's `details`."""
        await self.page.locator("summary").click()

    async def meddle(self, name: str, value: str) -> None:
        """Change the hidden field of that name, as no person can."""
        field = self.page.locator(f"main form [name={name}]").first
        await field.evaluate("(field, value) => { field.value = value; }", value)

    async def forge(self, url: str) -> None:
        """Send a form of another site to that address."""
        await self.page.goto("about:blank")
        await self.page.set_content(f'<form method="post" action="{url}"><button>Envoyer</button></form>')
        await self.press("Envoyer")


@dataclass
class Stage:
    """A browser, and the world behind the pages it opens."""

    browser: Browser
    served: Served

    @property
    def page(self) -> Page:
        """The page of a real browser, for tests that need one."""
        assert isinstance(self.browser, Chromium)
        return self.browser.page

    async def open(self, path: str) -> None:
        """Open a page of the portal."""
        await self.browser.open(self.served.base_url + path)

    async def cookie(self, name: str, value: str) -> None:
        """Give the browser a cookie."""
        await self.browser.cookie(name, value, self.served.base_url)

    async def registration(self, *messages: PersonMessage, email: str = STRANGER) -> UUID:
        """A registration that has had these messages, held by this browser."""
        registration, registrations = uuid4(), self.served.registrations
        await registrations.start(
            registration,
            Identify(civility=Civility.MADAME, last_name="DUPONT", first_name="CLAIRE", email=email),
        )
        for message in messages:
            await registrations.send(registration, message)
        await self.cookie("inscription", self.served.mint.make("resume", registration))
        return registration

    async def at(self, *messages: PersonMessage, email: str = STRANGER) -> UUID:
        """The same, and its page opened."""
        registration = await self.registration(*messages, email=email)
        await self.open("/inscription")
        return registration

    async def link(self, registration: UUID) -> None:
        """Open the link that was mailed."""
        await self.open(f"/lien?jeton={self.served.links.token(registration)}")

    async def fill(self, **values: str) -> None:
        """Type into fields."""
        for name, value in values.items():
            await self.browser.fill(name, value)

    async def check(self, label: str) -> None:
        """Choose a radio button or a check box."""
        await self.browser.check(label)

    async def press(self, name: str) -> None:
        """Press a button."""
        await self.browser.press(name)

    async def follow(self, name: str) -> None:
        """Follow a link."""
        await self.browser.follow(name)

    async def unfold(self) -> None:
        """Open what is folded."""
        await self.browser.unfold()

    async def ask_again_too_often(self, registration: UUID) -> None:
        """Ask for the mail as often as anybody may."""
        registrations = self.served.registrations
        for _ in range(registrations.policy.resends):
            registrations.pass_time(registration, minutes=2)
            await registrations.send(registration, ResendLink())

    async def outdate(self) -> None:
        """Make the form that is shown another browser's."""
        await self.cookie("navigateur", "x")
