"""The guide's words on each screen, and what every form does when it is sent: once, wrong, late, or in vain."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.messages import ClaimEstablishment, GoBack, Identify, Kind, Step
from tests.web import fakes
from tests.web.conftest import IDENTITY, Browser, Page, serve

FORM = ("Formulaire d'inscription", "×", "Suivant")
LEAD = "Vous êtes (ou votre client est) :"


def says(page: Page, *strings: str) -> None:
    """The page shows each string, character for character."""
    for string in strings:
        assert string in page.text, string


def sent(browser: Browser, model: type[Any]) -> list[Any]:
    """The messages of that kind that reached the registration."""
    return [message for message in browser.registrations.received if isinstance(message, model)]


# ---- the guide's words, screen by screen


def test_login_page(browser: Browser) -> None:
    page = browser.get("/")

    assert page.path == "/connexion"
    says(
        page,
        "Créer mon compte",
        "A noter : cette étape est à réaliser, même si vous aviez déjà un compte sur votre ancien espace "
        "client AKTO",
        "Mot de passe oublié",
        "Reprendre mon inscription",
    )
    assert page.text.index("Créer mon compte") < page.text.index("Se connecter")


def test_identity(browser: Browser) -> None:
    page = browser.get("/inscription")

    assert page.path == "/inscription/identite"
    says(page, *FORM, "Étape 1 Identifiez vous", LEAD)
    says(page, "civilité", "Madame", "Monsieur", "Nom", "Prénom", "Adresse e-mail")
    assert "Précédent" not in page.text
    assert [
        page.by_id(name)["autocomplete"] for name in ("civility", "last_name", "first_name", "email")
    ] == [
        "honorific-prefix",
        "family-name",
        "given-name",
        "email",
    ]


def test_themes(browser: Browser) -> None:
    page = browser.identified()

    assert page.path == "/inscription/thematiques"
    says(page, *FORM, "Précédent", "Étape 2 Identifiez vous", "En tant qu'utilisateur du portail :")
    says(
        page,
        "Je souhaite être destinataire de toutes les informations relatives à ces thématiques :",
        "Contribution formation (contribution légale, conventionnelle.)",
        "Instruction des dossiers (accord de prise en charge, demande pièces.)",
        "Instruction des factures (demande de pièces, avoir etc.)",
        "Règlement des dossiers (avis de virement)",
    )
    assert "themes" not in page.form("/inscription/thematiques").values(), "nothing is ticked beforehand"


def test_establishment(browser: Browser) -> None:
    page = browser.at_establishment()

    assert page.path == "/inscription/etablissement"
    says(page, *FORM, "Précédent", "Étape 3 Identifiez vous", LEAD, "Mon établissement")
    says(page, "Je suis", "Modifier", "Civilité Madame", "Nom DUPONT", "Prénom CLAIRE")
    says(page, "Adresse e-mail claire@inconnue.example", "Je suis rattaché(e) à *", "Type")
    says(page, "Adhérent", "Organisme de formation", "SIRET")


def test_number_of_a_member(browser: Browser) -> None:
    page = browser.claimed(fakes.MEMBER_SIRET)

    assert page.path == "/inscription/numero"
    says(page, *FORM, "Précédent", "Étape 3 Identifiez vous", LEAD, "Votre numéro", "Numéro d'adhérent")
    says(page, "123456 001", "https://www.akto.fr/contact/", "Je n'ai pas ce numéro")


def test_number_of_a_training_organisation(browser: Browser) -> None:
    browser.claimed(fakes.MEMBER_SIRET)
    facts = browser.registrations.facts[browser.registration]
    assert facts.claim is not None
    claim = facts.claim.model_copy(update={"kind": Kind.TRAINING_ORGANISATION})
    drafts = type(facts.drafts)(facts.drafts.identity, facts.drafts.themes, claim)
    browser.registrations.facts[browser.registration] = facts.with_(claim=claim, drafts=drafts)

    says(browser.get("/inscription/numero"), "Numéro d'organisme de formation")


def test_idcc(browser: Browser) -> None:
    page = browser.claimed(fakes.INSEE_SIRET)

    assert page.path == "/inscription/idcc"
    says(page, *FORM, "Précédent", "Étape 4 Complément d'informations", LEAD, "Saisir votre IDCC", "0573")
    says(page, "Identifiant De la Convention Collective", "Aucune convention collective")
    says(page, "ATELIERS DU CANAL", "LILLE")


def test_thanks(browser: Browser) -> None:
    page = browser.identified(email=fakes.KNOWN)

    assert page.path == "/inscription/merci"
    says(page, "Merci", "Un mail de confirmation vous a été envoyé", "n'oubliez pas de consulter vos spams")
    says(page, "Terminer", fakes.KNOWN, "Renvoyer le mail", "Corriger l'adresse e-mail")
    assert ("a", "/connexion") in [(tag, attributes.get("href")) for tag, attributes in page.elements]


def test_password(browser: Browser) -> None:
    browser.identified(email=fakes.KNOWN)
    browser.served.links.last_changed = datetime(2022, 6, 21, 14, 33, tzinfo=UTC)
    page = browser.get(f"/lien?jeton={browser.served.links.token(browser.registration)}")

    assert page.path == "/mot-de-passe"
    says(page, "Changer votre mot de passe")
    says(page, f"Saisissez un nouveau mot de passe pour {fakes.KNOWN} . Assurez-vous d'inclure au moins :")
    says(page, "8 caractères", "1 lettre", "1 chiffre", "* Nouveau mot de passe", "Correct")
    says(page, "* Confirmer le nouveau mot de passe", "Correspondance", "Changer le mot de passe")
    says(page, "La dernière modification du mot de passe date du 21/06/2022 16:33.")
    says(page, "Madame CLAIRE DUPONT", "Ce n'est pas moi")


# ---- sent once, and only the screen that is asked


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
    browser.client.cookies.clear()
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


# ---- waiting


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

    assert browser.send(page, "/inscription/thematiques").status in (200, 410)


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


def test_not_found_and_not_allowed(browser: Browser) -> None:
    assert browser.get("/nulle-part").status == 404
    says(browser.get("/nulle-part"), "Cette page n'existe pas")
    assert browser.get("/deconnexion").status == 405


def test_every_page_is_kept_by_nobody_and_runs_nothing_inline(browser: Browser) -> None:
    for page in (browser.get("/connexion"), browser.get("/inscription"), browser.identified()):
        assert page.answer.headers["cache-control"] == "no-store"
        assert all(not name.startswith("on") for _, attributes in page.elements for name in attributes)
        assert all("style" not in attributes for _, attributes in page.elements)
        assert "<style" not in page.answer.text
        scripts = [attributes for tag, attributes in page.elements if tag == "script"]
        assert [str(one["src"]).startswith("/static/") for one in scripts] == [True]


def test_a_whole_page_is_light(browser: Browser) -> None:
    page = browser.claimed(fakes.INSEE_SIRET)
    files = {str(a.get("src") or a.get("href")) for _, a in page.elements}
    weight = len(page.answer.content) + sum(
        len(browser.client.get(file).content) for file in files if file.startswith("/static/")
    )

    assert weight < 60 * 1024


def test_cookies_over_tls() -> None:
    from starlette.testclient import TestClient

    served = serve("https://monespace.example")
    headers = {"Sec-Fetch-Site": "same-origin"}
    with TestClient(served.app, base_url=served.base_url, headers=headers, client=("192.0.2.7", 1)) as client:
        browser = Browser(served, client)
        page = browser.get("/inscription/identite")
        values = {**page.form("/inscription/identite").values(), **{k: [v] for k, v in IDENTITY.items()}}
        answer = browser.post("/inscription/identite", values, follow=False)

    cookie = answer.answer.headers["set-cookie"]
    assert cookie.startswith("__Host-inscription=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
