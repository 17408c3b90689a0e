"""The steps of the journey, as a person takes them; what each screen says is `guide.py`'s business."""

from playwright.async_api import expect

from tests.browser import guide
from tests.browser.visitor import Visit

PASSWORD = "Tilleul-7-cascade"
SUFFICIENT = "Tilleul7"


async def identify(visit: Visit, email: str, last_name: str = "DUPONT", first_name: str = "CLAIRE") -> None:
    """Fill in the first form, from wherever one is."""
    if visit.path != guide.IDENTITY.path:
        await visit.open(guide.IDENTITY.path)
    await fill_identity(visit, email, last_name, first_name)
    await visit.press("Suivant")


async def fill_identity(
    visit: Visit, email: str, last_name: str = "DUPONT", first_name: str = "CLAIRE"
) -> None:
    """Type the first form, without sending it."""
    await visit.field("Madame").check()
    await visit.field("Nom").fill(last_name)
    await visit.field("Prénom").fill(first_name)
    await visit.field("Adresse e-mail").fill(email)


async def choose_themes(visit: Visit, *themes: str) -> None:
    """Tick these themes."""
    for theme in themes:
        await visit.field(theme).check()
    await visit.press("Suivant")


async def claim(visit: Visit, siret: str, kind: str = "Adhérent") -> None:
    """Give an establishment."""
    await visit.field(kind).check()
    await visit.field("SIRET").fill(siret)
    await visit.press("Suivant")


async def to_establishment(visit: Visit, email: str) -> None:
    """Up to the establishment's form, as a stranger."""
    await identify(visit, email)
    await visit.at(guide.INTERESTS.path)
    await choose_themes(visit)
    await visit.at(guide.ESTABLISHMENT.path)


async def choose_password(visit: Visit, password: str = PASSWORD) -> None:
    """Type the password twice and send it."""
    await visit.field("* Nouveau mot de passe").fill(password)
    await visit.field("* Confirmer le nouveau mot de passe").fill(password)
    await visit.press("Changer le mot de passe")


async def see_criteria_turn(visit: Visit, password: str = PASSWORD) -> None:
    """Type the password slowly enough to see each criterion met, then « Correct » and « Correspondance »."""
    page, met = visit.page, visit.page.locator("[data-criterion].met")
    correct, same = page.get_by_text("Correct", exact=True), page.get_by_text("Correspondance", exact=True)
    first = visit.field("* Nouveau mot de passe")
    await first.fill("a")
    await expect(met).to_have_text(["1 lettre : validé"])
    await first.fill("a1")
    await expect(met).to_have_text(["1 lettre : validé", "1 chiffre : validé"])
    await expect(correct).to_be_hidden()
    await first.fill(password)
    await expect(met).to_have_count(len(guide.CRITERIA))
    await expect(correct).to_be_visible()
    await expect(same).to_be_hidden()
    second = visit.field("* Confirmer le nouveau mot de passe")
    await second.fill(password[:-1])
    await expect(same).to_be_hidden()
    await second.fill(password)
    await expect(same).to_be_visible()
    await visit.says("Correct", "Correspondance")


async def log_in(visit: Visit, email: str, password: str = PASSWORD) -> None:
    """Log in from the login page."""
    await visit.field("Adresse e-mail").fill(email)
    await visit.field("Mot de passe").fill(password)
    await visit.press("Se connecter")


async def log_out(visit: Visit) -> None:
    """Log out; « Mon Espace » is closed again, for the back button too."""
    await visit.press("Se déconnecter")
    await visit.at("/connexion")
    await visit.tells("Vous êtes déconnecté(e).")
    await visit.open("/mon-espace")
    await visit.at("/connexion")
