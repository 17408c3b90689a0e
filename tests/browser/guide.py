"""The guide's screens and words, each asserted character for character.

The strings stand here once more on purpose: a test that took them from the product would agree with
whatever the product says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from playwright.async_api import expect

from tests.browser.visitor import Visit

FORM_TITLE = "Formulaire d'inscription"
IDENTIFY = "Identifiez vous"
COMPLEMENT = "Complément d'informations"
LEAD = "Vous êtes (ou votre client est) :"
CONTACT_URL = "https://www.akto.fr/contact/"
THEMES = (
    "Contribution formation (contribution légale, conventionnelle.)",
    "Instruction des dossiers (accord de prise en charge, demande pièces.)",
    "Instruction des factures (demande de pièces, avoir etc.)",
    "Règlement des dossiers (avis de virement)",
)
CRITERIA = ("8 caractères", "1 lettre", "1 chiffre")
LAST_CHANGE = "La dernière modification du mot de passe date du "


@dataclass(frozen=True)
class FormScreen:
    """What every form screen of the guide has: title, close, circle, label, and the way on and back."""

    path: str
    circle: str
    label: str
    back: bool = True


IDENTITY = FormScreen("/inscription/identite", "1", IDENTIFY, back=False)
INTERESTS = FormScreen("/inscription/thematiques", "2", IDENTIFY)
ESTABLISHMENT = FormScreen("/inscription/etablissement", "3", IDENTIFY)
NUMBER = FormScreen("/inscription/numero", "3", IDENTIFY)
AGREEMENT = FormScreen("/inscription/idcc", "4", COMPLEMENT)


async def on(visit: Visit, screen: FormScreen) -> None:
    """The screen is shown, with what the guide shows on each of them."""
    await visit.at(screen.path)
    await visit.says(FORM_TITLE, "×")
    page = visit.page
    await expect(page.locator("h1")).to_contain_text(FORM_TITLE)
    await expect(page.locator(".step-number")).to_have_text(f"Étape {screen.circle}")
    await visit.says(screen.circle, screen.label)
    await expect(page.locator(".step-label")).to_have_text(screen.label)
    await expect(visit.button("Suivant")).to_be_visible()
    await expect(visit.button("Précédent")).to_have_count(1 if screen.back else 0)
    await expect(visit.link("Fermer le formulaire")).to_be_visible()


async def on_login_page(visit: Visit) -> None:
    """Where the guide begins."""
    await visit.at("/connexion")
    await visit.says("Créer mon compte")
    await visit.mentions(
        "cette étape est à réaliser, même si vous aviez déjà un compte sur votre ancien espace client AKTO"
    )
    await expect(visit.link("Créer mon compte")).to_be_visible()


async def on_identity(visit: Visit) -> None:
    """The first screen."""
    await on(visit, IDENTITY)
    await visit.says(LEAD, "civilité", "Madame", "Monsieur", "Nom", "Prénom", "Adresse e-mail")
    group = visit.page.get_by_role("group", name="civilité", exact=True)
    for name in ("Madame", "Monsieur"):
        await expect(group.get_by_role("radio", name=name, exact=True)).to_be_visible()
    for label in ("Nom", "Prénom", "Adresse e-mail"):
        await expect(visit.page.get_by_role("textbox", name=label, exact=True)).to_be_editable()


async def on_themes(visit: Visit) -> None:
    """The second screen."""
    await on(visit, INTERESTS)
    legend = "Je souhaite être destinataire de toutes les informations relatives à ces thématiques :"
    await visit.says("En tant qu'utilisateur du portail :", legend, *THEMES)
    group = visit.page.get_by_role("group", name=legend, exact=True)
    await expect(group.get_by_role("checkbox")).to_have_count(len(THEMES))
    for theme in THEMES:
        await expect(group.get_by_role("checkbox", name=theme, exact=True)).to_be_visible()


async def on_establishment(visit: Visit, recap: Mapping[str, str]) -> None:
    """The third screen, with the recap of who one is."""
    await on(visit, ESTABLISHMENT)
    await visit.says(LEAD, "Mon établissement", "Je suis", "Je suis rattaché(e) à *", "Type", "SIRET")
    await visit.says("Adhérent", "Organisme de formation", "Modifier")
    assert await visit.pairs(".recap") == list(recap.items())
    assert list(recap) == ["Civilité", "Nom", "Prénom", "Adresse e-mail"]
    attached = visit.page.get_by_role("group", name="Je suis rattaché(e) à *", exact=True)
    kinds = attached.get_by_role("group", name="Type", exact=True)
    for name in ("Adhérent", "Organisme de formation"):
        await expect(kinds.get_by_role("radio", name=name, exact=True)).to_be_visible()
    await expect(attached.get_by_role("textbox", name="SIRET", exact=True)).to_be_editable()


async def on_number(visit: Visit, label: str = "Numéro d'adhérent") -> None:
    """Recognised: the number is asked for."""
    await on(visit, NUMBER)
    await visit.says(LEAD, "Votre numéro", label, CONTACT_URL, "Je n'ai pas ce numéro")
    await visit.mentions("123456 001", f"Si vous n'avez pas ce numéro, contactez AKTO sur {CONTACT_URL}")
    await expect(visit.page.get_by_role("textbox", name=label, exact=True)).to_be_editable()
    await expect(visit.link(CONTACT_URL)).to_have_attribute("href", CONTACT_URL)


async def on_idcc(visit: Visit) -> None:
    """Not recognised, but active at INSEE: the IDCC is asked for."""
    await on(visit, AGREEMENT)
    await visit.says(LEAD, "Saisir votre IDCC", "Aucune convention collective")
    assert (await visit.visible()).count(COMPLEMENT) >= 2, "the pill and the heading say it"
    await visit.mentions("0573", "Identifiant De la Convention Collective")
    await expect(visit.field("Saisir votre IDCC")).to_be_editable()


async def on_thanks(visit: Visit, address: str) -> None:
    """The thank-you page."""
    await visit.at("/inscription/merci")
    await visit.tells("Merci !")
    await visit.says("Un mail de confirmation vous a été envoyé", address, "Terminer")
    await visit.mentions("n'oubliez pas de consulter vos spams")


async def on_password(visit: Visit, address: str) -> None:
    """The password's page, empty; no token in the address bar."""
    await visit.at("/mot-de-passe")
    assert "jeton" not in visit.page.url
    assert "?" not in visit.page.url
    await visit.says(
        "Changer votre mot de passe",
        f"Saisissez un nouveau mot de passe pour {address}. Assurez-vous d'inclure au moins :",
        *CRITERIA,
        "* Nouveau mot de passe",
        "* Confirmer le nouveau mot de passe",
        "Changer le mot de passe",
    )
    await expect(visit.page.locator("[data-criterion]")).to_have_count(len(CRITERIA))
    for label in ("* Nouveau mot de passe", "* Confirmer le nouveau mot de passe"):
        await expect(visit.field(label)).to_have_attribute("type", "password")
    await expect(visit.page.get_by_text("Correct", exact=True)).to_be_hidden()
    await expect(visit.page.get_by_text("Correspondance", exact=True)).to_be_hidden()
    await visit.keeps_quiet_about(LAST_CHANGE)


async def on_home(
    visit: Visit, person: Mapping[str, str], establishments: Sequence[Sequence[str]], themes: Sequence[str]
) -> None:
    """« Mon Espace »: identity, each establishment with its state and how it was proved, themes."""
    await visit.at("/mon-espace")
    await visit.says("Mon Espace", "Mon identité", "Mes établissements", "Mes thématiques")
    assert await visit.pairs("[aria-labelledby=identite]") == list(person.items())
    shown = []
    for one in await visit.page.locator(".attachments > li").all():
        texts = [await one.locator("h3").inner_text(), (await one.locator(".tag").inner_text()).strip()]
        texts += [
            " ".join((await paragraph.inner_text()).split()) for paragraph in await one.locator("p").all()
        ]
        shown.append(texts)
    assert sorted(shown) == sorted(map(list, establishments))
    listed = await visit.page.locator("[aria-labelledby=thematiques] li").all()
    assert [await one.inner_text() for one in listed] == list(themes)
