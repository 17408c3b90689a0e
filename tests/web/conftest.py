"""The whole application over `fakes.py`, and a browser of the test client's kind."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from uuid import UUID

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from devstack.gallery.served import Served, serve
from devstack.gallery.world import FakeRegistrations
from infrastructure.tokens import parse

IDENTITY = {
    "civility": "madame",
    "last_name": "DUPONT",
    "first_name": "CLAIRE",
    "email": "claire@inconnue.example",
}


@dataclass
class Field:
    """A form control as drawn."""

    name: str
    value: str
    kind: str
    attributes: dict[str, str | None]


@dataclass
class DrawnForm:
    """A form as drawn: where it goes and what it would send untouched."""

    action: str
    fields: list[Field] = field(default_factory=list)

    def values(self) -> dict[str, list[str]]:
        """What the browser would send."""
        sent: dict[str, list[str]] = {}
        for one in self.fields:
            if one.kind in ("radio", "checkbox") and "checked" not in one.attributes:
                continue
            if one.name:
                sent.setdefault(one.name, []).append(one.value)
        return sent


class Page(HTMLParser):
    """A page taken apart: its text, its title, its forms, its links."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer
        self.status = answer.status_code
        self.path = answer.url.path
        self.forms: list[DrawnForm] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._texts: list[str] = []
        self.title = ""
        self._in: list[str] = []
        # Where a line may break is not seen.
        self.feed(answer.text.replace("<wbr>", ""))
        self.text = " ".join(" ".join(self._texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element."""
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if tag not in ("input", "meta", "link", "path", "br"):
            self._in.append(tag)
        if tag == "form":
            self.forms.append(DrawnForm(attributes.get("action") or ""))
        elif tag == "input" and self.forms:
            name, value = attributes.get("name") or "", attributes.get("value") or ""
            self.forms[-1].fields.append(Field(name, value, attributes.get("type") or "text", attributes))

    def handle_endtag(self, tag: str) -> None:
        """Leave the element."""
        while self._in and self._in.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Keep the text that is shown."""
        if "title" in self._in:
            self.title += data
        elif "script" not in self._in:
            self._texts.append(unescape(data))

    def form(self, action: str) -> DrawnForm:
        """The form that goes there."""
        return next(form for form in self.forms if form.action == action)

    def by_id(self, name: str) -> dict[str, str | None]:
        """The element of that id."""
        return next(attributes for _, attributes in self.elements if attributes.get("id") == name)

    @property
    def ids(self) -> set[str]:
        """Every id of the page."""
        return {str(attributes["id"]) for _, attributes in self.elements if attributes.get("id")}


@dataclass
class Browser:
    """The application, what stands below it, and a browser without scripts."""

    served: Served
    client: TestClient

    @property
    def registrations(self) -> FakeRegistrations:
        """What stands below the pages."""
        return self.served.registrations

    def get(self, path: str) -> Page:
        """Open a page, redirects followed."""
        return Page(self.client.get(path))

    def post(self, path: str, values: dict[str, list[str]], follow: bool = True) -> Page:
        """Send exactly that."""
        return Page(self.client.post(path, data=values, follow_redirects=follow))

    def send(self, page: Page, action: str, **typed: str | list[str]) -> Page:
        """Send a form of the page with these fields filled in, redirects followed."""
        values = page.form(action).values()
        for name, value in typed.items():
            values[name] = value if isinstance(value, list) else [value]
        return self.post(action, values)

    @property
    def registration(self) -> UUID:
        """The registration this browser holds."""
        token = parse(self.client.cookies["inscription"])
        assert token is not None
        return token.registration

    # ---- ways through the journey

    def identified(self, **typed: str) -> Page:
        """After the first form."""
        page = self.get("/inscription/identite")
        return self.send(page, "/inscription/identite", **{**IDENTITY, **typed})

    def at_establishment(self) -> Page:
        """After the themes."""
        return self.send(self.identified(), "/inscription/thematiques", themes=["invoices"])

    def claimed(self, siret: str, kind: str = "member") -> Page:
        """After the establishment."""
        return self.send(self.at_establishment(), "/inscription/etablissement", kind=kind, siret=siret)


def says(page: Page, *strings: str) -> None:
    """The page shows each string, character for character."""
    for string in strings:
        assert string in page.text, string


def assert_told(page: Page, *names: str) -> None:
    """A summary with links to fields, each with its message tied to it."""
    assert page.title.startswith("Erreur : ")
    assert "Il y a un problème" in page.text
    for name in names:
        links = [a for tag, a in page.elements if tag == "a" and a.get("href") == f"#{name}"]
        assert links, name
        assert {name, f"{name}-error"} <= page.ids
    for _, attributes in page.elements:
        for target in (attributes.get("aria-describedby") or "").split():
            assert target in page.ids


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A fresh application and a fresh browser."""
    served = serve()
    with TestClient(
        served.app,
        base_url=served.base_url,
        headers={"Sec-Fetch-Site": "same-origin"},
        client=("192.0.2.7", 4321),
    ) as client:
        yield Browser(served, client)
