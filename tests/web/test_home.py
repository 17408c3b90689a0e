"""« Mon Espace » from inside: other themes, another password; closed to who is not logged in."""

from datetime import UTC, datetime, timedelta

import pytest

from devstack.gallery import world as fakes
from domain.messages import Theme
from tests.web.conftest import Browser, Page, assert_told, says
from tests.web.test_account import logged_in

THEMES = "/mon-espace/thematiques"
PASSWORD = "/mon-espace/mot-de-passe"
OTHER = "Nuage-9-bleuet"


def changed(browser: Browser, **typed: str) -> Page:
    """The form of another password, sent."""
    page = browser.get(PASSWORD)
    values = {"present": fakes.PASSWORD, "password": OTHER, "confirmation": OTHER, **typed}
    return browser.send(page, PASSWORD, **values)


@pytest.mark.parametrize("path", ["/mon-espace", THEMES, PASSWORD])
def test_closed_without_a_session(browser: Browser, path: str) -> None:
    page = browser.get(path)

    assert page.path == "/connexion"


@pytest.mark.parametrize("path", [THEMES, PASSWORD])
def test_a_session_that_ended_meanwhile_changes_nothing(browser: Browser, path: str) -> None:
    logged_in(browser)
    page = browser.get(path)
    browser.served.login.sessions.clear()
    page = browser.send(page, path)

    assert page.path == "/connexion"
    says(page, "Votre session a expiré.")
    assert browser.served.resets.chosen == []


def test_themes_are_ticked_as_they_stand_and_can_be_changed(browser: Browser) -> None:
    logged_in(browser)
    page = browser.get(THEMES)
    assert page.form(THEMES).values()["themes"] == ["contribution", "payments"]
    page = browser.send(page, THEMES, themes=["cases"])

    assert page.path == "/mon-espace"
    says(page, "Vos thématiques sont enregistrées.")
    assert browser.served.login.home_shown.themes == (Theme.CASES,)


def test_no_theme_at_all(browser: Browser) -> None:
    logged_in(browser)
    says(browser.send(browser.get(THEMES), THEMES, themes=[]), "Vous n'avez choisi aucune thématique.")


def test_a_theme_we_do_not_offer(browser: Browser) -> None:
    logged_in(browser)
    assert browser.send(browser.get(THEMES), THEMES, themes=["autre"]).status == 400


def test_themes_while_the_database_is_away(browser: Browser) -> None:
    logged_in(browser)
    page = browser.get(THEMES)
    browser.served.login.consents_down = True
    page = browser.send(page, THEMES, themes=["cases"])

    assert page.status == 503
    assert page.form(THEMES).values()["themes"] == ["cases"]


def test_another_password(browser: Browser) -> None:
    logged_in(browser)
    before = browser.client.cookies["session"]
    says(browser.get(PASSWORD), "Changer votre mot de passe", "* Mot de passe actuel")
    page = changed(browser)

    assert page.path == "/mon-espace"
    says(page, "Votre mot de passe est changé.")
    assert browser.served.resets.chosen == [OTHER]
    assert browser.client.cookies["session"] != before, "the session is another one"
    assert before not in browser.served.login.sessions


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({"present": ""}, ["present"]),
        ({"present": "faux"}, ["present"]),
        ({"password": "abc", "confirmation": "abd"}, ["password", "confirmation"]),
        ({"password": "dupont2026", "confirmation": "dupont2026"}, ["password"]),
    ],
)
def test_mistakes(browser: Browser, typed: dict[str, str], fields: list[str]) -> None:
    logged_in(browser)
    page = changed(browser, **typed)

    assert page.status == 422
    assert_told(page, *fields)
    values = page.form(PASSWORD).values()
    assert values["present"] == values["password"] == values["confirmation"] == [""]
    assert browser.served.resets.chosen == []


def test_too_many_tries(browser: Browser) -> None:
    logged_in(browser)
    browser.served.login.locked_until = datetime.now(UTC) + timedelta(minutes=10)
    page = changed(browser)

    assert page.status == 429
    says(page, "Trop de tentatives. Réessayez à partir de")
    assert browser.served.resets.chosen == []


def test_unavailable(browser: Browser) -> None:
    logged_in(browser)
    page = browser.get(PASSWORD)
    browser.served.resets.down = True
    typed = {"present": fakes.PASSWORD, "password": OTHER, "confirmation": OTHER}
    page = browser.send(page, PASSWORD, **typed)

    assert page.status == 503
    assert OTHER not in page.answer.text
