"""The guide's words on each screen, character for character; what every page keeps."""

from collections.abc import Callable
from datetime import UTC, datetime

from devstack.gallery import world as fakes
from devstack.gallery.served import serve
from domain.messages import Kind
from tests.web.conftest import IDENTITY, Browser, Page, says

FORM = ("Formulaire d'inscription", "×", "Suivant")
LEAD = "Vous êtes (ou votre client est) :"


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


def test_every_page_of_the_journey_can_be_cancelled(browser: Browser) -> None:
    ways: list[Callable[[], Page]] = [
        browser.identified,
        browser.at_establishment,
        lambda: browser.claimed(fakes.MEMBER_SIRET),
        lambda: browser.claimed(fakes.INSEE_SIRET),
        lambda: browser.claimed(fakes.NOT_PUBLIC_SIRET),
        lambda: browser.identified(email=fakes.KNOWN),
    ]
    for way in ways:
        browser.client.cookies.clear()
        page = way()
        links = [attributes.get("href") for tag, attributes in page.elements if tag == "a"]
        assert "/inscription/annuler" in links, page.path
        says(page, "Annuler mon inscription")


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
