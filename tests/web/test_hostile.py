"""Hostile words through the pages: no page breaks, none is changed by them, none reaches a registration."""

import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.messages import Identify
from tests.web.conftest import IDENTITY, Browser, Page

MARKUP = '"><img src=x onerror=alert(1)><script>alert(1)</script>'
HOSTILE = [
    MARKUP,
    "{{ 7 * 7 }}{% raw %}",
    "Martin\r\nBcc: tout@exemple.example",
    "Mar\u202etin\u2066",
    "Mar\u200btin\x00",
    "https://gagnez.example/500",
    "=HYPERLINK(1)",
    "\U000e0041\ud7ff\ufffe",
    "é" * 400,
    "é" * 20_000,
]
FIELDS = [
    ("/inscription/identite", "last_name"),
    ("/inscription/identite", "first_name"),
    ("/inscription/identite", "email"),
    ("/inscription/etablissement", "siret"),
    ("/inscription/numero", "number"),
    ("/inscription/idcc", "idcc"),
    ("/connexion", "email"),
    ("/reprendre", "email"),
    ("/mot-de-passe-oublie", "email"),
]
ANY = st.one_of(
    st.text(max_size=60),
    st.text(alphabet=st.sampled_from(string.punctuation + "\r\n\x00\u202e\u200b<>"), max_size=600),
)


def shown(browser: Browser, path: str) -> Page:
    """The page with the form, wherever the journey has to go for it."""
    browser.client.cookies.clear()
    if path == "/inscription/etablissement":
        return browser.at_establishment()
    if path == "/inscription/numero":
        return browser.claimed("00000001800010")
    if path == "/inscription/idcc":
        return browser.claimed("00000010900017")
    return browser.get(path)


def sent(browser: Browser, path: str, name: str, value: str) -> Page:
    """The form with this value in this field, all others as they should be."""
    page = shown(browser, path)
    rest = IDENTITY if path == "/inscription/identite" else {}
    if path == "/inscription/etablissement":
        rest = {"kind": "member"}
    return browser.send(page, path, **{**rest, name: value})


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize(("path", "name"), FIELDS)
def test_hostile_words_are_shown_as_words(browser: Browser, path: str, name: str, value: str) -> None:
    page = sent(browser, path, name, value)

    assert page.status < 500
    tags = [tag for tag, _ in page.elements]
    assert tags.count("script") == 1
    assert "img" not in tags or MARKUP not in value
    assert not [attributes for _, attributes in page.elements if any(a.startswith("on") for a in attributes)]
    assert "<script>alert" not in page.answer.text
    names = {one for message in browser.registrations.received if isinstance(message, Identify)
             for one in (message.last_name, message.first_name, message.email)}  # fmt: skip
    assert value not in names


@pytest.mark.parametrize(("path", "name"), FIELDS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=ANY)
def test_any_text_gets_an_answer(browser: Browser, path: str, name: str, value: str) -> None:
    page = sent(browser, path, name, value)

    assert page.status < 500
    assert [tag for tag, _ in page.elements].count("script") == 1
