"""The login page, « Mon Espace », and the way out."""

from datetime import UTC, datetime, timedelta

from devstack.gallery import world as fakes
from tests.web.conftest import Browser, Page, assert_told, says


def logged_in(browser: Browser) -> Page:
    """After a right password."""
    page = browser.get("/connexion")
    return browser.send(page, "/connexion", email=fakes.KNOWN, password=fakes.PASSWORD)


def test_home(browser: Browser) -> None:
    page = logged_in(browser)

    assert page.path == "/mon-espace"
    says(page, "Civilité Madame", "Nom DUPONT", "Prénom CLAIRE", f"Adresse e-mail {fakes.KNOWN}")
    says(page, "LES JARDINS DE L'EST confirmé Adhérent SIRET 000 000 018 00010")
    says(page, "FORMATION PLUS confirmé Organisme de formation SIRET 000 000 059 00014")
    says(page, "ATELIERS DU CANAL à confirmer", "Déclaré par vous (IDCC 0573)")
    says(page, "Contribution formation (contribution légale, conventionnelle.)")
    says(page, "La dernière modification du mot de passe date du 02/11/2026 10:30.")


def test_log_out(browser: Browser) -> None:
    page = browser.send(logged_in(browser), "/deconnexion")

    assert page.path == "/connexion"
    says(page, "Vous êtes déconnecté(e).")
    assert not browser.served.login.sessions
    assert browser.get("/mon-espace").path == "/connexion"


def test_a_session_that_has_ended(browser: Browser) -> None:
    logged_in(browser)
    browser.served.login.sessions.clear()

    says(browser.get("/mon-espace"), "Votre session a expiré.")


def test_a_wrong_password(browser: Browser) -> None:
    page = browser.get("/connexion")
    page = browser.send(page, "/connexion", email=fakes.KNOWN, password="faux")

    assert page.status == 422
    assert_told(page, "email")
    says(page, "L'adresse e-mail ou le mot de passe n'est pas correct.")
    values = page.form("/connexion").values()
    assert values["email"] == [fakes.KNOWN]
    assert values["password"] == [""]
    assert "faux" not in page.answer.text
    assert page.text.index("Se connecter") < page.text.index("Créer mon compte")


def test_nothing_typed(browser: Browser) -> None:
    page = browser.send(browser.get("/connexion"), "/connexion")

    assert page.status == 422
    assert_told(page, "email", "password")


def test_too_many_tries(browser: Browser) -> None:
    browser.served.login.locked_until = datetime.now(UTC) + timedelta(minutes=10)
    page = logged_in(browser)

    assert page.status == 429
    assert page.answer.headers["retry-after"]
    says(page, "Trop de tentatives. Réessayez à partir de")


def test_unavailable(browser: Browser) -> None:
    browser.served.login.down = True
    page = logged_in(browser)

    assert page.status == 503
    says(page, "Le service est momentanément indisponible")
    assert page.form("/connexion").values()["email"] == [fakes.KNOWN]
    assert fakes.PASSWORD not in page.answer.text


def test_privacy(browser: Browser) -> None:
    says(browser.get("/confidentialite"), "Vos données")
