"""« Reprendre mon inscription », « Mot de passe oublié »: one answer for every address; and their links."""

from datetime import UTC, datetime, timedelta

import pytest

from devstack.gallery import world as fakes
from tests.web.conftest import Browser, Page, assert_told, says

PAGES = ["/reprendre", "/mot-de-passe-oublie"]
OTHER = "Nuage-9-bleuet"


def asked(browser: Browser, path: str, email: str) -> Page:
    """The form, sent."""
    return browser.send(browser.get(path), path, email=email)


def reset_page(browser: Browser) -> Page:
    """Behind the link of the mail."""
    return browser.get(f"/nouveau-mot-de-passe?jeton={browser.served.resets.token()}")


def chosen(browser: Browser, page: Page, password: str = OTHER, again: str | None = None) -> Page:
    """The password's form, sent."""
    typed = {"password": password, "confirmation": password if again is None else again}
    return browser.send(page, "/nouveau-mot-de-passe", **typed)


@pytest.mark.parametrize("path", PAGES)
def test_every_address_gets_the_same_answer(browser: Browser, path: str) -> None:
    answers = [asked(browser, path, email) for email in (fakes.KNOWN, "personne@inconnue.example")]

    assert [page.path for page in answers] == [f"{path}/envoye"] * 2
    assert answers[0].answer.content == answers[1].answer.content
    says(answers[0], "Consultez votre boîte mail", "Consultez vos spams", "Contacter AKTO")
    assert [address for _, address in browser.served.letters.asked] == [
        fakes.KNOWN,
        "personne@inconnue.example",
    ]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("email", ["", "claire@", "x" * 500])
def test_an_address_that_cannot_be_one(browser: Browser, path: str, email: str) -> None:
    page = asked(browser, path, email)

    assert page.status == 422
    assert_told(page, "email")
    assert page.form(path).values()["email"] == [email]
    assert not browser.served.letters.asked


@pytest.mark.parametrize("path", PAGES)
def test_too_many(browser: Browser, path: str) -> None:
    browser.served.limits.until = datetime.now(UTC) + timedelta(minutes=20)
    page = asked(browser, path, fakes.KNOWN)

    assert page.status == 429
    assert page.answer.headers["retry-after"]
    says(page, "réessayez à partir de")
    assert page.form(path).values()["email"] == [fakes.KNOWN]
    assert not browser.served.letters.asked


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("what", ["limits", "letters"])
def test_nothing_is_sent_uncounted_and_nothing_is_said_that_is_not_done(
    browser: Browser, path: str, what: str
) -> None:
    getattr(browser.served, what).down = True
    page = asked(browser, path, fakes.KNOWN)

    assert page.status == 503
    says(page, "Rien n'est perdu")
    assert page.form(path).values()["email"] == [fakes.KNOWN]
    assert not browser.served.letters.asked


@pytest.mark.parametrize("path", PAGES)
def test_counted_by_client_and_by_mailbox(browser: Browser, path: str) -> None:
    asked(browser, path, "Claire+essai@Inconnue.example")

    assert [(name, whom) for name, whom, _ in browser.served.limits.taken] == [
        ("letters", "192.0.2.7"),
        ("letters_mailbox", "claire@inconnue.example"),
    ]


def test_resume_is_offered_at_the_login_page(browser: Browser) -> None:
    links = [a.get("href") for tag, a in browser.get("/connexion").elements if tag == "a"]

    assert {"/reprendre", "/mot-de-passe-oublie"} <= set(links)


def test_another_password_behind_the_link(browser: Browser) -> None:
    page = reset_page(browser)

    assert page.path == "/nouveau-mot-de-passe"
    assert page.answer.url.query == b""
    says(page, "Changer votre mot de passe", f"pour {fakes.KNOWN}", "* Nouveau mot de passe")
    says(page, "La dernière modification du mot de passe date du 21/06/2022 16:33.")
    done = chosen(browser, page)
    assert done.path == "/connexion"
    says(done, "Votre mot de passe est changé, connectez-vous.")
    assert done.text.index("Se connecter") < done.text.index("Créer mon compte")
    assert browser.served.resets.chosen == [OTHER]
    assert "nouveau-mot-de-passe" not in browser.client.cookies


def test_the_link_serves_once(browser: Browser) -> None:
    chosen(browser, reset_page(browser))
    page = reset_page(browser)

    assert page.status == 410
    says(page, "Ce lien ne sert plus", "Recevoir un nouveau lien", "Contacter AKTO")


@pytest.mark.parametrize("path", ["/nouveau-mot-de-passe", "/nouveau-mot-de-passe?jeton=abc"])
def test_no_link_or_a_cut_one(browser: Browser, path: str) -> None:
    page = browser.get(path)

    assert page.status == 404
    says(page, "Recevoir un nouveau lien", "Contacter AKTO")


def test_a_resume_token_opens_no_password_page(browser: Browser) -> None:
    browser.identified()
    token = browser.served.mint.make("resume", browser.registration)

    assert browser.get(f"/nouveau-mot-de-passe?jeton={token}").status == 404


@pytest.mark.parametrize(
    ("password", "again", "fields"),
    [
        ("", "", ["password"]),
        ("abc", "abd", ["password", "confirmation"]),
        (OTHER, "autre", ["confirmation"]),
        ("dupont2026", "dupont2026", ["password"]),
    ],
)
def test_a_password_that_will_not_do(browser: Browser, password: str, again: str, fields: list[str]) -> None:
    page = chosen(browser, reset_page(browser), password, again)

    assert page.status == 422
    assert_told(page, *fields)
    assert page.form("/nouveau-mot-de-passe").values()["password"] == [""]
    assert chosen(browser, page).path == "/connexion"


def test_unavailable(browser: Browser) -> None:
    page = reset_page(browser)
    browser.served.resets.down = True
    page = chosen(browser, page)

    assert page.status == 503
    says(page, "Rien n'est perdu", "Changer le mot de passe")
    assert OTHER not in page.answer.text
