"""Pages on which one waits, and the honest ends."""

from datetime import timedelta

from devstack.gallery import world as fakes
from tests.web.conftest import Browser, assert_told, says


def test_insee_unavailable_loses_nothing_and_goes_on(browser: Browser) -> None:
    browser.registrations.insee_down = True
    page = browser.claimed(fakes.INSEE_SIRET)

    assert page.path == "/inscription/verification"
    says(page, "Vérification en cours", "Rien n'est perdu", "Vous pouvez fermer cette page")
    says(page, "nous vous écrirons à claire@inconnue.example")
    assert '<noscript><meta http-equiv="refresh"' in page.answer.text
    browser.registrations.insee_down = False
    assert browser.get("/inscription/verification").path == "/inscription/idcc"


def test_review(browser: Browser) -> None:
    page = browser.claimed(fakes.NOT_PUBLIC_SIRET)

    assert page.path == "/inscription/examen"
    says(page, "en cours d'examen", "claire@inconnue.example")
    assert browser.send(page, "/inscription/precedent").path == "/inscription/etablissement"


def test_sending_again(browser: Browser) -> None:
    page = browser.identified(email=fakes.KNOWN)
    soon = browser.send(page, "/inscription/renvoyer")
    assert soon.status == 422
    says(soon, "Attendez une minute", "Vous pourrez demander un nouvel envoi à partir de")

    browser.registrations.offset += timedelta(minutes=2)
    later = browser.send(browser.get("/inscription/merci"), "/inscription/renvoyer")
    assert later.path == "/inscription/merci"
    says(later, "Un nouveau mail vient de vous être envoyé.")


def test_correcting_the_address(browser: Browser) -> None:
    page = browser.identified(email=fakes.KNOWN)
    wrong = browser.send(page, "/inscription/corriger-adresse", email="claire@")
    assert wrong.status == 422
    assert_told(wrong, "email")

    done = browser.send(wrong, "/inscription/corriger-adresse", email="claire@inconnue.example")
    assert done.path == "/inscription/thematiques"
    says(done, "Votre adresse e-mail a été corrigée.")
    assert [name for name, _, _ in browser.served.limits.taken] == ["starts", "starts"]


def test_a_mailbox_that_does_not_exist(browser: Browser) -> None:
    browser.registrations.mail = "refused"
    page = browser.identified(email=fakes.KNOWN)

    assert_told(page, "email")
    assert "Un mail de confirmation vous a été envoyé" not in page.text


def test_an_address_with_an_account_looks_like_a_contact(browser: Browser) -> None:
    known = browser.identified(email=fakes.KNOWN).text
    browser.send(browser.get("/inscription/merci"), "/inscription/nouvelle")
    account = browser.identified(email=fakes.HAS_ACCOUNT).text

    assert account == known.replace(fakes.KNOWN, fakes.HAS_ACCOUNT)


def test_somebody_else_at_the_same_browser(browser: Browser) -> None:
    page = browser.identified(email=fakes.KNOWN)
    page = browser.send(page, "/inscription/nouvelle")

    assert page.path == "/inscription/identite"
    assert page.form("/inscription/identite").values()["last_name"] == [""]


# ---- ends


def test_giving_up_asks_first(browser: Browser) -> None:
    browser.identified()
    page = browser.get("/inscription/annuler")
    says(page, "Annuler mon inscription", "Continuer")

    end = browser.send(page, "/inscription/annuler")
    assert end.path == "/inscription/fin"
    says(end, "Votre inscription est annulée", "Recommencer")
    assert browser.get("/inscription/thematiques").path == "/inscription/fin"
    assert browser.get("/inscription").path == "/inscription/identite"


def test_expired(browser: Browser) -> None:
    page = browser.identified()
    browser.registrations.pass_time(browser.registration, days=8)
    end = browser.send(page, "/inscription/thematiques")

    says(end, "n'est plus valable", "Contacter AKTO")


def test_late_by_less_than_the_grace(browser: Browser) -> None:
    page = browser.identified()
    browser.registrations.offset += timedelta(days=7, seconds=30)

    says(browser.send(page, "/inscription/thematiques"), "n'est plus valable")


def test_a_registration_nobody_knows_any_more(browser: Browser) -> None:
    browser.identified()
    browser.registrations.facts.clear()
    page = browser.get("/inscription/thematiques")

    assert page.path == "/inscription/identite"
    says(page, "n'est plus disponible")


def test_a_cookie_that_we_did_not_make(browser: Browser) -> None:
    browser.identified()
    registration = browser.registration
    browser.client.cookies.clear()
    browser.client.cookies.set("inscription", browser.served.mint.make("form", registration))

    assert browser.get("/inscription").path == "/inscription/identite"
