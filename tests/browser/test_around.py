"""Around the journey, on the real stack: resume elsewhere, forgotten password, « Mon Espace » from inside."""

import pytest
from playwright.async_api import expect

from tests.browser import guide, steps
from tests.browser.backstage import Backstage
from tests.browser.visitor import Visit, Visitors
from tests.waiting import eventually

pytestmark = pytest.mark.browser

CONTACT_OF = "00000002600013"
OTHER = "Nuage-9-bleuet"


async def ask(visit: Visit, link: str, email: str) -> None:
    """From the login page to the answer."""
    await visit.open("/connexion")
    await visit.follow(link)
    await visit.field("Adresse e-mail").fill(email)
    await visit.press("Recevoir un lien")
    await visit.tells("Consultez votre boîte mail")


async def test_a_registration_goes_on_elsewhere(any_visit: Visit, visitors: Visitors) -> None:
    visit, email = any_visit, visitors.stranger()
    await steps.to_establishment(visit, email)
    elsewhere = await visitors.come(scripts=visit.scripts)

    async def arrived() -> bool:
        # A registration is found a moment after it began.
        await ask(elsewhere, "Reprendre mon inscription", email)
        return bool([one for one in await visit.mails.to(email) if one.kind == "resume"])

    await eventually(arrived, within=20, pause=1.0)
    mail = next(one for one in await visit.mails.to(email) if one.kind == "resume")
    await elsewhere.page.goto(mail.link("reprendre"))
    await elsewhere.at(guide.ESTABLISHMENT.path)
    assert "jeton" not in elsewhere.page.url
    await elsewhere.says("DUPONT", "CLAIRE", email)


async def test_whether_there_is_anything_is_not_said(
    visit: Visit, visitors: Visitors, backstage: Backstage
) -> None:
    known, nobody = await visitors.known_contact(CONTACT_OF), visitors.stranger()
    await backstage.account(known)
    for link in ("Mot de passe oublié", "Reprendre mon inscription"):
        answers = []
        for email in (known, nobody):
            await ask(visit, link, email)
            answers.append((await visit.visible())[-1])
        assert answers[0] == answers[1]
    assert not await visit.mails.to(nobody)


async def test_a_forgotten_password(any_visit: Visit, visitors: Visitors, backstage: Backstage) -> None:
    visit, email = any_visit, await visitors.known_contact(CONTACT_OF)
    await backstage.account(email)
    elsewhere = await visitors.come(scripts=visit.scripts)
    await elsewhere.open("/connexion")
    await steps.log_in(elsewhere, email)
    await elsewhere.at("/mon-espace")
    await ask(visit, "Mot de passe oublié", email)
    link = (await visit.mails.one(email, "password_forgotten")).link("nouveau-mot-de-passe")
    await visit.page.goto(link)
    await visit.at("/nouveau-mot-de-passe")
    assert "jeton" not in visit.page.url
    await visit.mentions(f"Saisissez un nouveau mot de passe pour {email}.", guide.LAST_CHANGE)
    if visit.scripts:
        await steps.see_criteria_turn(visit, OTHER)
    await steps.choose_password(visit, OTHER)
    await visit.at("/connexion")
    await visit.tells("Votre mot de passe est changé, connectez-vous.")
    await steps.log_in(visit, email, OTHER)
    await visit.at("/mon-espace")

    await elsewhere.page.reload()
    await elsewhere.at("/connexion")
    await visit.mails.one(email, "password_changed")
    await elsewhere.page.goto(link)
    await elsewhere.tells("Ce lien ne sert plus")
    await elsewhere.follow("Recevoir un nouveau lien")
    await elsewhere.at("/mot-de-passe-oublie")


async def test_themes_and_password_from_inside(
    any_visit: Visit, visitors: Visitors, backstage: Backstage
) -> None:
    visit, email = any_visit, await visitors.known_contact(CONTACT_OF)
    await backstage.account(email)
    await visit.open("/connexion")
    await steps.log_in(visit, email)
    await visit.follow("Modifier mes thématiques")
    await visit.field(guide.THEMES[1]).check()
    await visit.press("Enregistrer")
    await visit.at("/mon-espace")
    await visit.tells("Vos thématiques sont enregistrées.")
    await visit.says(guide.THEMES[1])

    elsewhere = await visitors.come(scripts=visit.scripts)
    await elsewhere.open("/connexion")
    await steps.log_in(elsewhere, email)
    await visit.follow("Changer mon mot de passe")
    await visit.field("* Mot de passe actuel").fill("faux")
    await steps.choose_password(visit, OTHER)
    await visit.tells("Il y a un problème", "Votre mot de passe actuel n'est pas correct.")
    await expect(visit.field("* Nouveau mot de passe")).to_have_value("")
    await visit.field("* Mot de passe actuel").fill(steps.PASSWORD)
    await steps.choose_password(visit, OTHER)
    await visit.at("/mon-espace")
    await visit.tells("Votre mot de passe est changé. Vos autres appareils ont été déconnectés.")
    await elsewhere.page.reload()
    await elsewhere.at("/connexion")
    await visit.mails.one(email, "password_changed")
