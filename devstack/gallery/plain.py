"""A browser without scripts or network: reads the application's own pages, fills in and sends forms."""

import re
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx2

from devstack.gallery.served import Served

_VOID = frozenset({"input", "meta", "link", "path", "br"})
Attributes = dict[str, str | None]


@dataclass
class _Form:
    action: str
    fields: list[Attributes] = field(default_factory=list)


@dataclass
class _Named:
    """A button, a link or a label, and the text it is called by."""

    tag: str
    attributes: Attributes
    form: _Form | None
    text: str = ""


class _Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.forms: list[_Form] = []
        self.by_id: dict[str, _Form] = {}
        self.named: list[_Named] = []
        self._open: list[tuple[str, _Named | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        inside = self.forms[-1] if any(name == "form" for name, _ in self._open) else None
        if tag == "form":
            self.forms.append(_Form(attributes.get("action") or ""))
            if attributes.get("id"):
                self.by_id[str(attributes["id"])] = self.forms[-1]
        elif tag == "input" and inside:
            inside.fields.append(attributes)
        named = _Named(tag, attributes, inside) if tag in ("button", "a", "label") else None
        if named:
            self.named.append(named)
        if tag not in _VOID:
            self._open.append((tag, named))

    def handle_endtag(self, tag: str) -> None:
        while tag not in _VOID and self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        for _, named in self._open:
            if named:
                named.text += data

    def find(self, tag: str, name: str) -> _Named:
        """The one that is called so."""
        for one in self.named:
            if one.tag == tag and " ".join(one.text.split()).replace("× ", "").lstrip("×") == name:
                return one
        raise LookupError(f"no {tag} called {name}")


class Plain:
    """Pages as they are without scripts; `html` and `status` are of the page that is shown."""

    def __init__(self, served: Served) -> None:
        transport = httpx2.ASGITransport(app=served.app, client=("192.0.2.7", 4321))
        self._client = httpx2.AsyncClient(
            transport=transport,
            base_url=served.base_url,
            headers={"Sec-Fetch-Site": "same-origin"},
            follow_redirects=True,
            trust_env=False,
        )
        self._typed: dict[str, str] = {}
        self._checked: set[str] = set()
        self._page = _Page("")
        self.status = 0

    async def __aenter__(self) -> "Plain":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    @property
    def html(self) -> str:
        """The page with what was typed into it and not sent."""
        html = self._page.html
        for name, value in self._typed.items():
            html = re.sub(rf'(<input [^>]*id="{name}" )', rf'\g<1>value="{escape(value)}" ', html, count=1)
        return html

    async def open(self, url: str) -> None:
        """Go to an address."""
        self._show(await self._client.get(url))

    async def cookie(self, name: str, value: str, url: str) -> None:
        """Take a cookie."""
        self._client.cookies.set(name, value, domain=urlsplit(url).hostname or "")

    async def fill(self, name: str, value: str) -> None:
        """Type into the field of that id."""
        self._typed[name] = value

    async def check(self, label: str) -> None:
        """Choose the radio button or check box of that label."""
        self._checked.add(str(self._page.find("label", label).attributes["for"]))

    async def press(self, name: str) -> None:
        """Press the button of that name."""
        button = self._page.find("button", name)
        other = button.attributes.get("form")
        form = self._page.by_id[other] if other else button.form
        assert form is not None
        self._show(await self._client.post(form.action, data=self._values(form)))

    async def follow(self, name: str) -> None:
        """Follow the link of that name."""
        self._show(await self._client.get(str(self._page.find("a", name).attributes["href"])))

    async def unfold(self) -> None:
        """Open the page's `details`."""
        self._page.html = self._page.html.replace("<details>", "<details open>")

    async def meddle(self, name: str, value: str) -> None:
        """Change the hidden field of that name, as no person can."""
        next(one for form in self._page.forms for one in form.fields if one.get("name") == name)["value"] = (
            value
        )

    async def forge(self, url: str) -> None:
        """Send a form of another site to that address."""
        self._show(await self._client.post(url, headers={"Sec-Fetch-Site": "cross-site"}))

    def _values(self, form: _Form) -> dict[str, Any]:
        sent: dict[str, Any] = {}
        for one in form.fields:
            name, identifier = one.get("name"), str(one.get("id"))
            if not name:
                continue
            if one.get("type") in ("radio", "checkbox"):
                if "checked" in one or identifier in self._checked:
                    sent.setdefault(name, []).append(one.get("value") or "")
            else:
                sent[name] = self._typed.get(identifier, one.get("value") or "")
        return sent

    def _show(self, answer: httpx2.Response) -> None:
        self.status = answer.status_code
        self._page = _Page(answer.text)
        self._typed, self._checked = {}, set()
