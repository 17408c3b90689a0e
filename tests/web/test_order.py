"""The mailbox before the branch, on the pages: the same for everybody before the link, and after it whose."""

import re
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from devstack.gallery import world as fakes
from domain.policy import Policy
from tests.web.conftest import IDENTITY, Browser, Page, says

UNKNOWN = IDENTITY["email"]
#: Drawn anew at each page, or typed.
_DRAWN = re.compile(
    r"k?[\w-]+\.[\w-]{22}\.\d+\.[\w-]{43}|[0-9a-f]{32}|(?:[\w.]|<wbr>)+@(?:[\w.]|<wbr>)+|\d{2}[:h ]+\d{2}"
)
PATHS = (
    "/inscription",
    "/inscription/identite",
    "/inscription/thematiques",
    "/inscription/etablissement",
    "/inscription/numero",
    "/inscription/idcc",
    "/inscription/merci",
    "/inscription/verification",
    "/inscription/examen",
    "/inscription/fin",
    "/inscription/annuler",
    "/mot-de-passe",
)
FORMS: tuple[tuple[str, dict[str, list[str]]], ...] = (
    ("/inscription/renvoyer", {}),
    ("/inscription/precedent", {"leaving": ["email_link"]}),
    ("/inscription/precedent", {"leaving": ["themes"]}),
    ("/inscription/thematiques", {"themes": ["invoices"]}),
    ("/inscription/etablissement", {"kind": ["member"], "siret": [fakes.MEMBER_SIRET]}),
    ("/inscription/numero", {"number": [fakes.NUMBER]}),
    ("/inscription/idcc", {"idcc": ["1486"]}),
    ("/inscription/sans-numero", {}),
    ("/inscription/modifier-identite", {}),
)


@pytest.fixture
def first(browser: Browser) -> Browser:
    """A browser before a portal that confirms the mailbox first."""
    browser.registrations.policy = Policy(confirm_email_first=True)
    return browser


def link(browser: Browser) -> str:
    """The address that the newest confirmation mail brought."""
    return f"/lien?jeton={browser.served.links.token(browser.registration)}"


def elsewhere(browser: Browser) -> Browser:
    """Another browser, before the same portal."""
    client = TestClient(
        browser.served.app, base_url=browser.served.base_url, headers={"Sec-Fetch-Site": "same-origin"}
    )
    return Browser(browser.served, client)


def without_drawn(html: str) -> str:
    """The page without what is drawn at each, and the address, which may break where people would."""
    return _DRAWN.sub("…", html.replace("<wbr>", ""))


def seen(browser: Browser) -> list[tuple[str, str, int, str, list[str], str]]:
    """Every page and every form: where it led, with what status, headers and bytes."""
    found = []
    for number, (path, values) in enumerate([*((path, None) for path in PATHS), *FORMS]):
        if values is None:
            answer = browser.client.get(path)
        else:
            drawn = browser.get("/inscription/merci").forms[0].values()["form_token"]
            sent = {**values, "submission": [f"{number:032x}"], "form_token": drawn}
            answer = browser.client.post(path, data=sent)
        page = Page(answer)
        hops = [hop.headers.get("set-cookie", "") for hop in [*answer.history, answer]]
        cookies = [_DRAWN.sub("…", hop) for hop in hops]
        found.append((path, page.path, page.status, page.title, cookies, without_drawn(answer.text)))
    return found


def before_the_link(browser: Browser, email: str) -> list[object]:
    """The first form's answer, then everything there is to see and to send."""
    page = browser.identified(email=email)
    first = [page.path, page.status, without_drawn(page.answer.text)]
    found = [*first, *seen(browser)]
    browser.client.cookies.clear()
    return found


@pytest.mark.parametrize("email", [fakes.KNOWN, fakes.HAS_ACCOUNT])
def test_before_the_link_everybody_sees_the_same(first: Browser, email: str) -> None:
    told = before_the_link(first, email)
    assert told == before_the_link(first, UNKNOWN)
    assert told[0] == "/inscription/merci"


def test_the_waiting_page_says_what_the_link_is_for(first: Browser) -> None:
    page = first.identified()
    says(page, "Vérification de votre adresse e-mail", "Un mail de confirmation vous a été envoyé", UNKNOWN)
    assert "Votre inscription est complète" not in page.text


def test_a_contact_s_link_leads_to_the_password(first: Browser) -> None:
    first.identified(email=fakes.KNOWN)
    page = first.get(link(first))
    says(page, "Changer votre mot de passe")
    page = first.send(page, "/mot-de-passe", password=fakes.PASSWORD, confirmation=fakes.PASSWORD)
    assert page.path == "/connexion"


def through_the_form(browser: Browser, page: Page) -> Page:
    """From behind the link to the password's page."""
    says(page, "Votre adresse est confirmée", "Votre demande", "CLAIRE DUPONT", "Ce n'est pas moi")
    page = browser.send(page, "/lien/continuer")
    assert page.path == "/inscription/thematiques"
    page = browser.send(page, "/inscription/thematiques", themes=["invoices"])
    page = browser.send(page, "/inscription/etablissement", kind="member", siret=fakes.MEMBER_SIRET)
    return browser.send(page, "/inscription/numero", number=fakes.NUMBER)


@pytest.mark.parametrize("same", [True, False], ids=["the same browser", "another one"])
def test_anybody_else_s_link_leads_to_the_form_then_to_the_password(first: Browser, same: bool) -> None:
    first.identified()
    holder = first if same else elsewhere(first)
    page = through_the_form(holder, holder.get(link(first)))
    assert page.path == "/mot-de-passe"
    # Days later the link's own cookie is long gone, and the link too old.
    holder.client.cookies.delete("lien")
    first.registrations.offset += timedelta(days=3)
    page = holder.get("/mot-de-passe")
    says(page, "SIRET 000 000 018 00010")
    page = holder.send(page, "/mot-de-passe", password=fakes.PASSWORD, confirmation=fakes.PASSWORD)
    assert page.path == "/connexion"


def test_back_and_forth_behind_the_link(first: Browser) -> None:
    first.identified()
    page = first.send(first.get(link(first)), "/lien/continuer")
    page = first.send(page, "/inscription/precedent")
    assert page.path == "/inscription/identite"
    page = first.send(page, "/inscription/identite", last_name="DURAND")
    assert page.path == "/inscription/thematiques"
    page = first.send(first.send(page, "/inscription/precedent"), "/inscription/identite", email=fakes.KNOWN)
    assert page.path == "/inscription/merci"
    says(page, fakes.KNOWN)
    assert "Ce lien a été remplacé" in first.get("/mot-de-passe").text
    says(first.get(link(first)), "Changer votre mot de passe")


def after_the_link(browser: Browser, email: str) -> list[object]:
    """What the browser that began sees while another one goes on from the link."""
    browser.identified(email=email)
    other = elsewhere(browser)
    page = other.get(link(browser))
    if email == UNKNOWN:
        assert through_the_form(other, page).path == "/mot-de-passe"
    browser.registrations.offset += timedelta(minutes=2)
    found = seen(browser)
    browser.client.cookies.clear()
    return list(found)


def test_the_browser_that_began_gets_nothing_of_either_branch(first: Browser) -> None:
    told = after_the_link(first, UNKNOWN)
    assert told == after_the_link(first, fakes.KNOWN)
    assert {one[1] for one in told if isinstance(one, tuple)} <= {
        "/inscription/merci",
        "/inscription/annuler",
        "/mot-de-passe",
    }


def test_a_reminder_of_the_form_goes_on_where_it_is_opened(first: Browser) -> None:
    first.identified()
    first.get(link(first))
    registration = first.registration
    mailed = first.served.mint.make("resume", registration, 1)
    other = elsewhere(first)
    assert other.get(f"/reprendre?jeton={mailed}").path == "/inscription/thematiques"
    began = first.served.mint.make("resume", registration)
    assert other.get(f"/reprendre?jeton={began}").path == "/inscription/thematiques"
    assert elsewhere(first).get(f"/reprendre?jeton={began}").path == "/inscription/merci"


def test_what_began_opens_no_password_page(first: Browser) -> None:
    first.identified(email=fakes.KNOWN)
    first.get(link(first))
    first.client.cookies.delete("lien")
    page = first.get("/mot-de-passe")
    assert page.status == 404
    says(page, "Ouvrez le lien reçu par e-mail")
