"""Every form carries a token of its browser; without, it is shown again and nothing is lost."""

import time
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from starlette.routing import Route

from devstack.gallery import world as fakes
from devstack.gallery.plain import Plain
from devstack.gallery.served import serve
from devstack.gallery.stage import Stage
from devstack.gallery.states import SCRIPTED, STATES
from domain.messages import OpenLink
from infrastructure.tokens import parse
from starter.web import build_router
from tests.web.conftest import IDENTITY, Browser, Page, says
from tests.web.test_account import logged_in
from tests.web.test_letters import reset_page
from tests.web.test_links import followed

FIELD = "form_token"
AGAIN = "depuis trop longtemps"
PASSWORD = "Nuage-9-bleuet"
Draw = Callable[[Browser], Page]


def browser_id(browser: Browser) -> UUID:
    """What the browser's cookie says it is."""
    token = parse(browser.client.cookies["navigateur"])
    assert token is not None
    return token.registration


def sent_without(browser: Browser, page: Page, action: str, **typed: str | list[str]) -> Page:
    """The form with these fields and no token."""
    values = {name: value for name, value in page.form(action).values().items() if name != FIELD}
    return browser.post(action, {**values, **{n: [v] if isinstance(v, str) else v for n, v in typed.items()}})


@pytest.mark.parametrize("name", sorted(set(STATES) - set(SCRIPTED)))
async def test_every_form_of_every_page_carries_it(name: str) -> None:
    served = serve()
    async with Plain(served) as plain:
        await STATES[name](Stage(plain, served))
        forms = plain.html.count('<form method="post"')
        assert plain.html.count(f'name="{FIELD}" value="link') == forms == plain.html.count("<form")


# ---- what is typed is shown again


def at(path: str) -> Draw:
    return lambda browser: browser.get(path)


def on_thanks(browser: Browser) -> Page:
    return browser.identified(email=fakes.KNOWN)


def after(first: Draw, path: str) -> Draw:
    def draw(browser: Browser) -> Page:
        first(browser)
        return browser.get(path)

    return draw


def inside(path: str) -> Draw:
    return after(logged_in, path)


def acts(browser: Browser) -> list[object]:
    """What reached a registration, but that a link was looked at."""
    return [one for one in browser.registrations.received if not isinstance(one, OpenLink)]


TYPED: dict[str, tuple[Draw, dict[str, str | list[str]]]] = {
    "/inscription/identite": (at("/inscription/identite"), dict(IDENTITY)),
    "/inscription/thematiques": (Browser.identified, {"themes": ["cases", "payments"]}),
    "/inscription/etablissement": (
        Browser.at_establishment,
        {"kind": "member", "siret": fakes.MEMBER_SIRET},
    ),
    "/inscription/numero": (lambda browser: browser.claimed(fakes.MEMBER_SIRET), {"number": "123456 001"}),
    "/inscription/idcc": (lambda browser: browser.claimed(fakes.INSEE_SIRET), {"idcc": "1979"}),
    "/inscription/corriger-adresse": (on_thanks, {"email": "autre@inconnue.example"}),
    "/reprendre": (at("/reprendre"), {"email": "moi@inconnue.example"}),
    "/mot-de-passe-oublie": (at("/mot-de-passe-oublie"), {"email": "moi@inconnue.example"}),
    "/connexion": (at("/connexion"), {"email": fakes.KNOWN, "password": PASSWORD}),
    "/mot-de-passe": (followed, {"password": PASSWORD, "confirmation": PASSWORD}),
    "/nouveau-mot-de-passe": (reset_page, {"password": PASSWORD, "confirmation": PASSWORD}),
    "/mon-espace/thematiques": (inside("/mon-espace/thematiques"), {"themes": ["cases"]}),
    "/mon-espace/mot-de-passe": (
        inside("/mon-espace/mot-de-passe"),
        {"present": fakes.PASSWORD, "password": PASSWORD, "confirmation": PASSWORD},
    ),
}
SECRET = {"present", "password", "confirmation"}


@pytest.mark.parametrize("action", TYPED)
def test_without_it_the_same_form_with_what_was_typed(browser: Browser, action: str) -> None:
    draw, typed = TYPED[action]
    drawn = draw(browser)
    received, hits = acts(browser), list(browser.served.limits.taken)

    page = sent_without(browser, drawn, action, **typed)

    assert (page.status, page.path) == (422, action)
    says(page, AGAIN, "Rien n'est perdu")
    assert page.title.startswith("Erreur : ")
    values = page.form(action).values()
    for name, value in typed.items():
        if name not in SECRET:
            assert values[name] == (value if isinstance(value, list) else [value]), name
    assert PASSWORD not in page.answer.text
    assert values["submission"] == drawn.form(action).values()["submission"], "nothing was sent yet"
    assert acts(browser) == received
    assert browser.served.limits.taken == hits
    assert not browser.served.letters.asked
    assert not browser.served.resets.chosen

    done = browser.send(page, action, **typed)
    assert AGAIN not in done.text
    assert done.status == 200 or action == "/connexion", "the form that is shown again can be sent"


BUTTONS: dict[str, tuple[Draw, str]] = {
    "/inscription/precedent": (Browser.at_establishment, "/inscription/etablissement"),
    "/inscription/modifier-identite": (Browser.at_establishment, "/inscription/etablissement"),
    "/inscription/sans-numero": (lambda browser: browser.claimed(fakes.MEMBER_SIRET), "/inscription/numero"),
    "/inscription/annuler": (after(Browser.identified, "/inscription/annuler"), ""),
    "/inscription/renvoyer": (on_thanks, "/inscription/merci"),
    "/inscription/nouvelle": (on_thanks, "/inscription/merci"),
    "/lien/pas-moi": (after(followed, "/lien/pas-moi"), ""),
    "/deconnexion": (logged_in, "/mon-espace"),
}


@pytest.mark.parametrize("action", BUTTONS)
def test_a_button_without_it_does_nothing_and_says_so(browser: Browser, action: str) -> None:
    draw, stands_on = BUTTONS[action]
    drawn = draw(browser)
    received = acts(browser)

    page = sent_without(browser, drawn, action)

    assert (page.status, page.path) == (200, stands_on or action)
    says(page, AGAIN, "votre demande n'a pas été prise en compte")
    assert acts(browser) == received
    assert AGAIN not in browser.send(page, action).text


def test_no_form_is_forgotten_here() -> None:
    routes = [route for route in build_router().routes if isinstance(route, Route)]
    posted = {route.path for route in routes if "POST" in (route.methods or ())}

    # Those three are buttons on pages of links; `test_one_rule_for_all` knocks at every door.
    assert posted - set(TYPED) - set(BUTTONS) == {"/lien/renvoyer", "/lien/continuer", "/pas-moi"}


def test_one_rule_for_all(browser: Browser) -> None:
    browser.identified()
    received = acts(browser)
    for route in build_router().routes:
        assert isinstance(route, Route)
        if "POST" in (route.methods or ()):
            page = browser.post(route.path, {"submission": ["a" * 32]})
            assert page.status not in (403, 405), route.path
            assert page.status < 500, route.path
    assert acts(browser) == received


# ---- which tokens are outdated


@pytest.mark.parametrize("forged", ["", "x", "é", "link.AAAA.0.x", "\0" * 40, "x" * 5000])
def test_what_is_no_token(browser: Browser, forged: str) -> None:
    page = browser.send(browser.get("/reprendre"), "/reprendre", email="moi@ici.example", form_token=forged)

    assert page.status == 422
    says(page, AGAIN)


def test_another_browsers_token(browser: Browser) -> None:
    drawn = browser.get("/reprendre")
    browser.client.cookies.clear()
    assert AGAIN in browser.send(drawn, "/reprendre", email="moi@ici.example").text, "no cookie at all"
    browser.get("/reprendre")
    assert AGAIN in browser.send(drawn, "/reprendre", email="moi@ici.example").text, "another one's"
    assert not browser.served.letters.asked


@pytest.mark.parametrize(("hours", "fine"), [(0, True), (24, True), (25, False), (-1, True), (-2, False)])
def test_it_grows_old(browser: Browser, hours: int, fine: bool) -> None:
    drawn, hour = browser.get("/reprendre"), int(time.time() // 3600)
    old = browser.served.app.state.mint.make("page", browser_id(browser), hour - hours)
    page = browser.send(drawn, "/reprendre", email="moi@ici.example", form_token=old)

    assert (page.path == "/reprendre/envoye") is fine


def test_a_planted_cookie_is_worth_nothing(browser: Browser) -> None:
    browser.client.cookies.set("navigateur", browser.served.app.state.mint.make("resume", uuid4()))
    browser.get("/confidentialite")
    page = browser.get("/reprendre")

    assert browser.send(page, "/reprendre", email="moi@ici.example").path == "/reprendre/envoye"


def test_inside_it_is_bound_to_the_session(browser: Browser) -> None:
    drawn = inside("/mon-espace/thematiques")(browser)
    before = list(browser.served.login.home_shown.themes)
    logged_in(browser)
    page = browser.send(drawn, "/mon-espace/thematiques", themes=["cases"])

    assert page.status == 422
    says(page, AGAIN)
    assert page.form("/mon-espace/thematiques").values()["themes"] == ["cases"]
    assert list(browser.served.login.home_shown.themes) == before


def test_the_first_page_that_draws_a_form_gives_the_cookie(browser: Browser) -> None:
    assert "navigateur" not in browser.get("/confidentialite").answer.cookies
    answer = browser.get("/mot-de-passe-oublie").answer
    cookie = answer.headers["set-cookie"].lower()

    assert cookie.startswith("navigateur=")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age" not in cookie
    assert "set-cookie" not in browser.get("/connexion").answer.headers, "once is enough"


def test_two_tabs_and_the_back_button(browser: Browser) -> None:
    first, second = browser.get("/inscription/identite"), browser.get("/reprendre")
    assert browser.send(second, "/reprendre", email="moi@ici.example").path == "/reprendre/envoye"
    sent = browser.send(first, "/inscription/identite", **IDENTITY)
    assert sent.path == "/inscription/thematiques"
    assert browser.send(sent, "/inscription/precedent").path == "/inscription/identite"
