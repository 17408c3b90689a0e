"""The links of mails: scanned, expired, replaced, used, followed by somebody else, or not there at all."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from devstack.gallery import world as fakes
from domain.messages import CorrectEmail, Disown, OpenLink, OperatorCancel, Step
from domain.view import Outcome
from tests.web.conftest import Browser, Page, assert_told, says


def followed(browser: Browser) -> Page:
    """A known contact's link, opened."""
    browser.identified(email=fakes.KNOWN)
    return browser.get(f"/lien?jeton={browser.served.links.token(browser.registration)}")


def chosen(browser: Browser, page: Page, password: str = fakes.PASSWORD, again: str | None = None) -> Page:
    """The password's form, sent."""
    typed = {"password": password, "confirmation": password if again is None else again}
    return browser.send(page, "/mot-de-passe", **typed)


def test_the_token_leaves_the_address_at_once(browser: Browser) -> None:
    browser.identified(email=fakes.KNOWN)
    token = browser.served.links.token(browser.registration)
    answer = browser.client.get(f"/lien?jeton={token}", follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (303, "/mot-de-passe")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "max-age=3600" in cookie
    assert token not in browser.get("/mot-de-passe").answer.text


SCANNERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/103.0.0.0",
    "Microsoft Office/16.0 (Microsoft Outlook 16.0.10730; Pro)",
    "Barracuda Sentinel (EE)",
    "Mimecast URL Scanner",
    "",
)


def test_scanners_use_nothing_up(browser: Browser) -> None:
    browser.identified(email=fakes.KNOWN)
    link = f"/lien?jeton={browser.served.links.token(browser.registration)}"
    for number in range(23):
        method, agent = "HEAD" if number < 3 else "GET", SCANNERS[number % len(SCANNERS)]
        with TestClient(browser.served.app, base_url=browser.served.base_url) as scanner:
            answer = scanner.request(method, link, headers={"User-Agent": agent})
        assert (answer.status_code, answer.url.path) == (200, "/mot-de-passe")

    browser.get(link)

    page = chosen(browser, browser.get("/mot-de-passe"))
    assert page.path == "/connexion"


def test_a_password_makes_the_account_and_logs_nobody_in(browser: Browser) -> None:
    page = chosen(browser, followed(browser))

    assert page.path == "/connexion"
    assert page.answer.url.query == b"bienvenue=1"
    says(page, "Votre compte est créé, connectez-vous.")
    assert page.text.index("Se connecter") < page.text.index("Créer mon compte")
    assert "lien" not in browser.client.cookies
    assert browser.get("/mon-espace").path == "/connexion"


def test_the_password_sent_twice_is_one_account(browser: Browser) -> None:
    page = followed(browser)
    cookie = browser.client.cookies["lien"]
    chosen(browser, page)
    browser.client.cookies.set("lien", cookie)

    assert chosen(browser, page).path == "/connexion"


def test_another_password_afterwards_is_told_that_the_account_exists(browser: Browser) -> None:
    page = followed(browser)
    cookie = browser.client.cookies["lien"]
    chosen(browser, page)
    browser.client.cookies.set("lien", cookie)
    page = chosen(browser, page, "Autre-chose-9")

    assert page.status == 410
    says(page, "compte est déjà activé, connectez-vous", "Se connecter")


@pytest.mark.parametrize(
    ("password", "again", "fields"),
    [
        ("", "", ["password"]),
        ("abc", "abc", ["password"]),
        (fakes.PASSWORD, "autre", ["confirmation"]),
        ("abc", "abd", ["password", "confirmation"]),
        ("dupont2026", "dupont2026", ["password"]),
        ("motdepasse1", "motdepasse1", ["password"]),
    ],
)
def test_a_password_that_will_not_do(browser: Browser, password: str, again: str, fields: list[str]) -> None:
    page = chosen(browser, followed(browser), password, again)

    assert page.status == 422
    assert_told(page, *fields)
    values = page.form("/mot-de-passe").values()
    assert values["password"] == values["confirmation"] == [""]
    if password:
        assert password not in page.answer.text
    assert chosen(browser, page).path == "/connexion"


def test_unavailable_keeps_the_submission_and_no_password(browser: Browser) -> None:
    drawn = followed(browser)
    browser.registrations.down = True
    page = chosen(browser, drawn)

    assert page.status == 503
    says(page, "Rien n'est perdu", "Changer le mot de passe")
    assert fakes.PASSWORD not in page.answer.text
    hidden = [one.form("/mot-de-passe").values()["submission"] for one in (drawn, page)]
    assert hidden[0] == hidden[1]


def test_an_expired_link_is_renewed_by_one_button(browser: Browser) -> None:
    browser.identified(email=fakes.KNOWN)
    browser.registrations.offset += timedelta(hours=25)
    page = browser.get(f"/lien?jeton={browser.served.links.token(browser.registration)}")

    assert page.status == 410
    says(page, "Ce lien a expiré")
    done = browser.send(page, "/lien/renvoyer")
    assert done.path == "/lien/envoye"
    says(done, "Un nouveau lien vous a été envoyé")
    assert len(browser.registrations.facts[browser.registration].links) == 2


def test_an_expired_link_renewed_too_soon(browser: Browser) -> None:
    browser.identified(email=fakes.KNOWN)
    browser.registrations.offset += timedelta(hours=25)
    link = f"/lien?jeton={browser.served.links.token(browser.registration)}"
    browser.send(browser.get(link), "/lien/renvoyer")
    page = browser.send(browser.get(link), "/lien/renvoyer")

    assert page.status == 422
    says(page, "Attendez une minute")


def test_a_replaced_link(browser: Browser) -> None:
    browser.identified(email=fakes.KNOWN)
    old = browser.served.links.token(browser.registration)
    browser.registrations.apply(browser.registration, CorrectEmail(email="claire.d@masociete.com"))
    page = browser.get(f"/lien?jeton={old}")

    assert page.status == 410
    says(page, "Ce lien a été remplacé", "Contacter AKTO")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "k.AAAAAAAAAAAAAAAAAAAAAA.1.zzzz"])
def test_an_invalid_link(browser: Browser, token: str) -> None:
    page = browser.get(f"/lien?jeton={token}")

    assert page.status == 404
    says(page, "Ce lien n'est pas valable", "Contacter AKTO")


def test_the_password_page_without_a_link(browser: Browser) -> None:
    page = browser.get("/mot-de-passe")

    assert page.status == 404
    says(page, "Ouvrez le lien reçu par e-mail")


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.EXPIRED, "a expiré"),
        (Outcome.ABANDONED, "est annulée"),
        (Outcome.REFUSED, "n'a pas été acceptée"),
        (Outcome.SUPERSEDED, "déjà un compte"),
        (Outcome.ALREADY_REGISTERED, "déjà un compte"),
    ],
)
def test_a_link_of_a_registration_that_is_over(browser: Browser, outcome: Outcome, words: str) -> None:
    browser.identified(email=fakes.KNOWN)
    cancel = OperatorCancel(by="Test", reason="Demande de la personne")
    browser.registrations.apply(browser.registration, cancel)
    facts = browser.registrations.facts[browser.registration]
    browser.registrations.facts[browser.registration] = facts.with_(closing=outcome)
    page = browser.get(f"/lien?jeton={browser.served.links.token(browser.registration)}")

    assert page.status == 410
    says(page, words, "Contacter AKTO")


def test_the_contact_was_forgotten_meanwhile(browser: Browser) -> None:
    page = followed(browser)
    browser.registrations.contacts_gone = True
    browser.client.cookies.delete("inscription")
    page = chosen(browser, page)
    says(page, "Il manque quelques informations")

    assert browser.send(page, "/lien/continuer").path == "/inscription/thematiques"


def test_resume_on_another_device(browser: Browser) -> None:
    browser.identified()
    registration = browser.registration
    browser.client.cookies.clear()
    page = browser.get(f"/reprendre?jeton={browser.served.mint.make('resume', registration)}")

    assert page.path == "/inscription/thematiques"
    assert page.answer.url.query == b""
    assert browser.registration == registration
    assert browser.get("/reprendre?jeton=x.y.0.z").status == 404


def test_resume_without_a_link_says_how(browser: Browser) -> None:
    says(browser.get("/reprendre"), "Reprendre mon inscription", "Recevoir un lien")
    browser.identified()
    says(browser.get("/reprendre"), "Continuer mon inscription")


def test_a_resume_link_of_a_registration_that_is_over_says_so(browser: Browser) -> None:
    browser.identified()
    registration = browser.registration
    browser.registrations.pass_time(registration, days=8)
    browser.client.cookies.clear()
    page = browser.get(f"/reprendre?jeton={browser.served.mint.make('resume', registration)}")

    assert page.path == "/inscription/fin"
    says(page, "Cette inscription n'est plus valable", "Recommencer mon inscription", "Contacter AKTO")


def test_not_me_from_a_mail(browser: Browser) -> None:
    browser.identified(email=fakes.KNOWN)
    token = browser.served.mint.make("disown", browser.registration, 1)
    page = browser.get(f"/pas-moi?jeton={token}")

    assert page.path == "/pas-moi"
    assert page.answer.url.query == b""
    assert not [one for one in browser.registrations.received if isinstance(one, Disown)]
    says(browser.send(page, "/pas-moi"), "C'est noté")
    assert browser.registrations.facts[browser.registration].closing is Outcome.ABANDONED


def test_not_me_from_the_password_page(browser: Browser) -> None:
    followed(browser)
    # A cookie of another mail must not decide which registration is meant.
    other = browser.registration
    browser.client.cookies.set("pas-moi", browser.served.mint.make("disown", other, 1))
    page = browser.get("/lien/pas-moi")
    says(browser.send(page, "/lien/pas-moi"), "C'est noté")

    assert browser.registrations.facts[other].closing is Outcome.ABANDONED
    assert "lien" not in browser.client.cookies


def test_opening_moves_no_screen_of_the_browser_that_filled_the_form_in(browser: Browser) -> None:
    followed(browser)
    browser.client.cookies.delete("lien")

    assert [one for one in browser.registrations.received if isinstance(one, OpenLink)]
    assert fakes.standing(browser.registrations, browser.registration) is Step.PASSWORD
    assert browser.get("/inscription").path == "/inscription/merci"
