"""What every form does when it is sent: once, twice, wrong, or at a time when nobody answers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from devstack.gallery import world as fakes
from domain.messages import ClaimEstablishment, GoBack, Identify, Kind, Step
from tests.web.conftest import IDENTITY, Browser, assert_told, says


def sent(browser: Browser, model: type[Any]) -> list[Any]:
    """The messages of that kind that reached the registration."""
    return [message for message in browser.registrations.received if isinstance(message, model)]


def test_an_accepted_form_leads_on_by_get(browser: Browser) -> None:
    page = browser.get("/inscription/identite")
    values = {**page.form("/inscription/identite").values(), **{k: [v] for k, v in IDENTITY.items()}}

    answer = browser.post("/inscription/identite", values, follow=False)

    assert answer.status == 303
    assert answer.answer.headers["location"] == "/inscription/thematiques"
    cookie = answer.answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert "secure" not in cookie


def test_a_double_click_is_one_registration(browser: Browser) -> None:
    page = browser.get("/inscription/identite")
    values = {**page.form("/inscription/identite").values(), **{k: [v] for k, v in IDENTITY.items()}}

    first = browser.post("/inscription/identite", values)
    browser.client.cookies.delete("inscription")
    second = browser.post("/inscription/identite", values)

    assert (first.path, second.path) == ("/inscription/thematiques", "/inscription/thematiques")
    assert len(browser.registrations.facts) == 1
    assert {once for _, _, once in browser.served.limits.taken} == {values["submission"][0]}


@pytest.mark.parametrize("path", ["identite", "etablissement", "numero", "idcc", "merci", "examen", "fin"])
def test_another_step_leads_to_the_current_one(browser: Browser, path: str) -> None:
    browser.identified()

    assert browser.get(f"/inscription/{path}").path == "/inscription/thematiques"


@pytest.mark.parametrize("path", ["thematiques", "etablissement", "numero", "idcc", "merci", "annuler"])
def test_without_a_registration_the_form_begins(browser: Browser, path: str) -> None:
    assert browser.get(f"/inscription/{path}").path == "/inscription/identite"


def test_a_step_that_was_answered_in_another_tab(browser: Browser) -> None:
    old = browser.identified()
    browser.send(old, "/inscription/thematiques", themes=["invoices"])

    values = {**old.form("/inscription/thematiques").values(), "submission": ["autre"]}
    page = browser.post("/inscription/thematiques", values)

    assert page.path == "/inscription/etablissement"
    says(page, "Cette étape a déjà été validée")


def test_back_shows_what_was_typed(browser: Browser) -> None:
    themes = browser.identified()
    identity = browser.send(themes, "/inscription/precedent")
    values = identity.form("/inscription/identite").values()

    assert identity.path == "/inscription/identite"
    assert [values[name] for name in IDENTITY] == [[value] for value in IDENTITY.values()]
    again = browser.send(identity, "/inscription/identite", first_name="CLARA")
    assert again.path == "/inscription/thematiques"
    assert len(browser.registrations.facts) == 1


def test_back_twice_goes_back_once(browser: Browser) -> None:
    page = browser.at_establishment()
    browser.send(page, "/inscription/precedent")
    again = browser.send(page, "/inscription/precedent")

    assert again.path == "/inscription/thematiques"
    assert [message.leaving for message in sent(browser, GoBack)] == [Step.ESTABLISHMENT] * 2


def test_change_beside_the_recap_leads_to_the_identity(browser: Browser) -> None:
    page = browser.send(browser.at_establishment(), "/inscription/modifier-identite")

    assert page.path == "/inscription/identite"


# ---- mistakes


def test_all_mistakes_of_the_identity_at_once(browser: Browser) -> None:
    page = browser.get("/inscription/identite")
    page = browser.send(page, "/inscription/identite", last_name="Dup0nt", first_name="", email="claire")

    assert page.status == 422
    assert_told(page, "civility", "last_name", "first_name", "email")
    says(page, "Choisissez Madame ou Monsieur.", "Indiquez votre prénom.")
    assert page.form("/inscription/identite").values()["last_name"] == ["Dup0nt"]
    assert not browser.registrations.facts
    assert not browser.served.limits.taken, "a mistake counts for nothing"


def test_what_no_message_could_carry_is_a_mistake_too(browser: Browser) -> None:
    page = browser.get("/inscription/identite")
    page = browser.send(page, "/inscription/identite", **{**IDENTITY, "last_name": "x" + " " * 500 + "y"})

    assert page.status == 422
    says(page, "Le nom ne peut pas dépasser 100 caractères.")


def test_a_mistake_is_another_submission(browser: Browser) -> None:
    page = browser.get("/inscription/identite")
    wrong = browser.send(page, "/inscription/identite", **{**IDENTITY, "email": "x"})
    before, after = (one.form("/inscription/identite").values() for one in (page, wrong))

    assert before["submission"] != after["submission"]
    assert before["registration"] == after["registration"]


def test_no_kind_and_a_siren(browser: Browser) -> None:
    page = browser.at_establishment()
    page = browser.send(page, "/inscription/etablissement", siret="732 829 320")

    assert page.status == 422
    assert_told(page, "kind", "siret")
    says(page, "Vous avez indiqué un SIREN", "Nom DUPONT")
    assert page.form("/inscription/etablissement").values()["siret"] == ["732 829 320"]


@pytest.mark.parametrize(
    ("siret", "words"),
    [
        (fakes.CLOSED_SIRET, "fermé depuis le 31/03/2024"),
        (fakes.UNKNOWN_SIRET, "L'INSEE ne connaît pas ce SIRET"),
    ],
)
def test_what_insee_says_of_a_siret(browser: Browser, siret: str, words: str) -> None:
    page = browser.claimed(siret)

    assert page.status == 422
    assert_told(page, "siret")
    says(page, words)
    again = browser.get("/inscription")
    assert again.status == 200
    assert_told(again, "siret")


def test_the_other_kind_is_one_button(browser: Browser) -> None:
    page = browser.claimed(fakes.MEMBER_SIRET, kind="training_organisation")
    says(page, "AKTO connaît cet établissement comme adhérent", "Continuer comme adhérent")
    switch = next(form for form in page.forms if form.values().get("kind") == ["member"])

    assert browser.post(switch.action, switch.values()).path == "/inscription/numero"
    assert sent(browser, ClaimEstablishment)[-1].kind is Kind.MEMBER


def test_a_wrong_number(browser: Browser) -> None:
    page = browser.send(browser.claimed(fakes.MEMBER_SIRET), "/inscription/numero", number="000000 000")

    assert page.status == 422
    assert_told(page, "number")
    assert page.form("/inscription/numero").values()["number"] == ["000000 000"]
    right = browser.send(page, "/inscription/numero", number="123456001".replace("456", "456 0")[:10])
    assert right.path == "/inscription/numero"
    assert browser.send(right, "/inscription/numero", number=fakes.NUMBER).path == "/inscription/merci"


def test_no_number(browser: Browser) -> None:
    page = browser.send(browser.claimed(fakes.MEMBER_SIRET), "/inscription/sans-numero")

    assert page.path == "/inscription/numero"
    says(page, "https://www.akto.fr/contact/", "conservée 30 jours")
    assert not page.title.startswith("Erreur")


def test_no_agreement(browser: Browser) -> None:
    page = browser.claimed(fakes.INSEE_SIRET)
    both = browser.send(page, "/inscription/idcc", idcc="0573", no_agreement="1")
    assert_told(both, "idcc")

    assert browser.send(both, "/inscription/idcc", idcc="").path == "/inscription/merci"
    assert browser.registrations.facts[browser.registration].idcc == "9999"


def test_a_suggested_agreement_is_confirmed_by_the_person(browser: Browser) -> None:
    page = browser.claimed(fakes.SUGGESTED_SIRET)
    says(page, "Convention 1486", "Convention 1979 – Hôtels, cafés, restaurants", "À confirmer")
    assert not page.form("/inscription/idcc").values().get("suggested"), "nothing is ticked for the person"

    for wrong in ({"suggested": ["1486", "1979"]}, {"suggested": "1979", "idcc": "1486"}):
        assert_told(browser.send(page, "/inscription/idcc", **wrong), "idcc")
    none = browser.send(page, "/inscription/idcc", suggested="1979", no_agreement="1")
    assert_told(none, "idcc")
    assert_told(browser.send(page, "/inscription/idcc", idcc=""), "idcc")

    fine = browser.send(page, "/inscription/idcc", suggested="1979", idcc=" 1979 ")
    assert fine.path == "/inscription/merci"
    assert browser.registrations.facts[browser.registration].idcc == "1979"


def test_without_a_suggestion_nothing_is_shown(browser: Browser) -> None:
    assert "annuaire" not in browser.claimed(fakes.INSEE_SIRET).text


@pytest.mark.parametrize(
    "change",
    [
        {"role": ["admin"]},
        {"email": ["a@b.fr", "c@d.fr"]},
        {"civility": ["docteur"]},
        {"submission": ["é"]},
        {"registration": ["x.y.0.z"]},
    ],
    ids=["unknown", "repeated", "no such choice", "submission", "registration"],
)
def test_a_form_that_we_did_not_draw(browser: Browser, change: dict[str, list[str]]) -> None:
    page = browser.get("/inscription/identite")
    values = {**page.form("/inscription/identite").values(), **{k: [v] for k, v in IDENTITY.items()}}
    page = browser.post("/inscription/identite", {**values, **change})

    assert page.status == 400
    says(page, "Ce formulaire n'a pas pu être lu")
    assert not browser.registrations.facts


def test_themes_are_not_repeated(browser: Browser) -> None:
    page = browser.send(browser.identified(), "/inscription/thematiques", themes=["invoices", "invoices"])

    assert page.status == 400


# ---- not now


def test_unavailable_keeps_what_was_typed_and_the_submission(browser: Browser) -> None:
    drawn = browser.get("/inscription/identite")
    browser.registrations.down = True
    page = browser.send(drawn, "/inscription/identite", **IDENTITY)
    values = page.form("/inscription/identite").values()

    assert page.status == 503
    assert page.answer.headers["retry-after"]
    says(page, "Le service est momentanément indisponible", "est toujours là")
    assert [values[name] for name in IDENTITY] == [[value] for value in IDENTITY.values()]
    hidden = ("submission", "registration")
    assert [values[name] for name in hidden] == [
        drawn.form("/inscription/identite").values()[name] for name in hidden
    ]
    browser.registrations.down = False
    assert browser.send(page, "/inscription/identite").path == "/inscription/thematiques"
    assert len(sent(browser, Identify)) == 1


@pytest.mark.parametrize(
    ("siret", "path", "typed"),
    [
        ("", "/inscription/thematiques", {"themes": ["payments", "cases"]}),
        ("", "/inscription/etablissement", {"kind": "member", "siret": fakes.MEMBER_SIRET}),
        (fakes.MEMBER_SIRET, "/inscription/numero", {"number": fakes.NUMBER}),
        (fakes.INSEE_SIRET, "/inscription/idcc", {"idcc": "573"}),
    ],
)
def test_each_form_survives_an_outage(browser: Browser, siret: str, path: str, typed: Any) -> None:
    if path.endswith("thematiques"):
        drawn = browser.identified()
    else:
        drawn = browser.claimed(siret) if siret else browser.at_establishment()
    browser.registrations.down = True
    page = browser.send(drawn, path, **typed)
    values = page.form(path).values()

    assert page.status == 503
    assert {name: sorted(values[name]) for name in typed} == {
        name: sorted(value) if isinstance(value, list) else [value] for name, value in typed.items()
    }
    assert values["submission"] == drawn.form(path).values()["submission"]


def test_an_uncounted_start_is_no_start(browser: Browser) -> None:
    drawn = browser.get("/inscription/identite")
    browser.served.limits.down = True
    page = browser.send(drawn, "/inscription/identite", **IDENTITY)

    assert page.status == 503
    assert not browser.registrations.facts


def test_too_many_starts_says_until_when(browser: Browser) -> None:
    drawn = browser.get("/inscription/identite")
    browser.served.limits.until = datetime.now(UTC) + timedelta(minutes=10)
    page = browser.send(drawn, "/inscription/identite", **IDENTITY)

    assert page.status == 429
    assert 590 < int(page.answer.headers["retry-after"]) <= 601
    says(page, "Réessayez à partir de")
    assert page.form("/inscription/identite").values()["last_name"] == ["DUPONT"]


def test_pages_say_not_now_without_an_engine(browser: Browser) -> None:
    browser.identified()
    browser.registrations.down = True

    for path in ("/inscription", "/inscription/thematiques", "/inscription/merci", "/inscription/annuler"):
        page = browser.get(path)
        assert page.status == 503, path
        says(page, "Le service est momentanément indisponible")
