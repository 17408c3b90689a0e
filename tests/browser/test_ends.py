"""Whatever does not go as the guide shows has its honest page: mistakes, dead ends, second times."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from domain.policy import Policy
from tests.browser import guide, steps
from tests.browser.backstage import Backstage
from tests.browser.visitor import Visit, Visitors

pytestmark = pytest.mark.browser

CONTACT_OF = "00000002600013"


async def test_a_wrong_password_and_an_unknown_address_get_one_answer(
    visit: Visit, visitors: Visitors, backstage: Backstage
) -> None:
    known = await visitors.known_contact(CONTACT_OF)
    await backstage.account(known)
    answers = []
    for email in (known, visitors.stranger()):
        await visit.open("/connexion")
        await steps.log_in(visit, email, "Tilleul-8-cascade")
        await visit.at("/connexion")
        await visit.tells("Il y a un problème", "L'adresse e-mail ou le mot de passe n'est pas correct.")
        await expect(visit.field("Adresse e-mail")).to_have_value(email)
        await expect(visit.field("Mot de passe")).to_have_value("")
        answers.append((await visit.visible())[-1])
    assert answers[0] == answers[1]


async def test_an_address_with_an_account_is_told_by_mail_alone(
    visit: Visit, visitors: Visitors, backstage: Backstage
) -> None:
    contact, holder = await visitors.known_contact(CONTACT_OF), await visitors.known_contact(CONTACT_OF)
    await backstage.account(holder)
    pages = []
    for email in (contact, holder):
        await visit.page.context.clear_cookies()
        await steps.identify(visit, email)
        await guide.on_thanks(visit, email)
        pages.append([text.replace(email, "…") for text in await visit.visible()])
    assert pages[0] == pages[1]
    mail = await visit.mails.one(holder, "already_account")
    assert "vous avez déjà un compte" in " ".join(mail.text.split())
    assert f"{visit.portal}/connexion" in mail.text
    assert "jeton=" not in mail.text.replace("/pas-moi?jeton=", "")
    assert [one.kind for one in await visit.mails.to(contact)] == ["confirmation"]


async def test_a_link_that_was_used(visit: Visit, visitors: Visitors, backstage: Backstage) -> None:
    email = await visitors.known_contact(CONTACT_OF)
    await backstage.account(email)
    link = (await visit.mails.one(email, "confirmation")).link("lien")
    answer = await visit.page.goto(link)
    assert answer is not None
    assert answer.status == 410
    await visit.tells("Compte déjà activé")
    await visit.follow("Se connecter")
    await guide.on_login_page(visit)


async def test_a_link_that_was_cut_or_invented(visit: Visit, visitors: Visitors) -> None:
    email = await visitors.known_contact(CONTACT_OF)
    await steps.identify(visit, email)
    link = (await visit.mails.one(email, "confirmation")).link("lien")
    for wrong in (link[:-5], link[:-50], f"{visit.portal}/lien?jeton=abc", f"{visit.portal}/lien"):
        answer = await visit.page.goto(wrong)
        assert answer is not None
        assert answer.status == 404
        await visit.tells("Ce lien n'est pas valable")
    await visit.page.goto(link)
    await guide.on_password(visit, email)


async def test_a_link_that_expired_is_renewed(visit: Visit, visitors: Visitors, backstage: Backstage) -> None:
    email = await visitors.known_contact(CONTACT_OF)
    await backstage.start(email, Policy(link_hours=0, resend_seconds=0))
    link = (await visit.mails.one(email, "confirmation")).link("lien")
    answer = await visit.page.goto(link)
    assert answer is not None
    assert answer.status == 410
    await visit.tells("Ce lien a expiré", "Recevoir un nouveau lien")
    await visit.press("Recevoir un nouveau lien")
    await visit.tells("Un nouveau lien vous a été envoyé")
    await visit.mails.count(email, "confirmation", 2)


async def test_a_registration_that_expired(visit: Visit, visitors: Visitors, backstage: Backstage) -> None:
    email = await visitors.known_contact(CONTACT_OF)
    await steps.identify(visit, email)
    await guide.on_thanks(visit, email)
    link = (await visit.mails.one(email, "confirmation")).link("lien")
    [registration] = await backstage.registrations(email)
    await backstage.skip(registration, timedelta(days=8))
    assert (await backstage.handle(registration).result()).outcome == "expired"

    await visit.page.reload()
    await visit.tells("Cette inscription n'est plus valable", "Recommencer mon inscription")
    await visit.page.goto(link)
    await visit.tells("Cette inscription a expiré")
    await visit.follow("Recommencer mon inscription")
    await guide.on_identity(visit)
    await visit.mails.one(email, "expired")


async def test_a_registration_that_is_cancelled(visit: Visit, visitors: Visitors) -> None:
    await steps.to_establishment(visit, visitors.stranger())
    await visit.follow("Fermer le formulaire")
    await visit.tells("Annuler mon inscription ?")
    await visit.follow("Continuer mon inscription")
    await visit.at(guide.ESTABLISHMENT.path)
    await visit.follow("Fermer le formulaire")
    await visit.press("Annuler mon inscription")
    await visit.tells("Votre inscription est annulée")
    await visit.follow("Recommencer mon inscription")
    await guide.on_identity(visit)
    await expect(visit.field("Nom")).to_have_value("")


async def test_mistakes_are_told_at_their_field(any_visit: Visit, visitors: Visitors) -> None:
    visit = any_visit
    await visit.open(guide.IDENTITY.path)
    await visit.press("Suivant")
    await visit.tells(
        "Il y a un problème",
        "Choisissez Madame ou Monsieur.",
        "Indiquez votre nom.",
        "Indiquez votre prénom.",
        "Indiquez votre adresse e-mail.",
    )
    await expect(visit.page).to_have_title(
        "Erreur : Votre identité – Formulaire d'inscription – Mon Espace AKTO"
    )
    for label in ("Nom", "Prénom", "Adresse e-mail"):
        await expect(visit.field(label)).to_have_attribute("aria-invalid", "true")
    if visit.scripts:
        await expect(visit.page.locator(".summary")).to_be_focused()
    await visit.link("Indiquez votre prénom.").click()
    await expect(visit.page.locator("#first_name:target, #first_name:focus")).to_be_visible()
    await steps.identify(visit, visitors.stranger())
    await guide.on_themes(visit)


async def test_a_siret_that_leads_nowhere_is_corrected(any_visit: Visit, visitors: Visitors) -> None:
    visit, email = any_visit, visitors.stranger()
    await steps.to_establishment(visit, email)
    for typed, told in (
        ("000 000 182", "Vous avez indiqué un SIREN (9 chiffres). Ajoutez les 5 chiffres de votre "
         "établissement : le SIRET en compte 14."),
        ("00000018200015", "Ce SIRET comporte une erreur de saisie. Vérifiez chacun des 14 chiffres."),
        ("00000018200014", "D'après l'INSEE, cet établissement est fermé depuis le 30/06/2021. Indiquez un "
         "établissement ouvert."),
        ("00000023200017", "L'INSEE ne connaît pas ce SIRET. Vérifiez-le ou contactez AKTO."),
    ):  # fmt: skip
        await steps.claim(visit, typed)
        await visit.at(guide.ESTABLISHMENT.path)
        await visit.tells("Il y a un problème", told)
        shown = await visit.field("SIRET").input_value()
        assert shown.replace(" ", "") == typed.replace(" ", "")
    await steps.claim(visit, "00000018200022")
    await guide.on_idcc(visit)
    await visit.says("CAFE DE LA GARE")


async def test_the_other_type_is_offered(visit: Visit, visitors: Visitors) -> None:
    await steps.to_establishment(visit, visitors.stranger())
    await steps.claim(visit, "00000004200010", "Organisme de formation")
    await visit.at(guide.ESTABLISHMENT.path)
    await visit.tells("AKTO connaît cet établissement comme adhérent. Changez le type pour continuer.")
    await visit.press("Continuer comme adhérent")
    await guide.on_number(visit)


async def test_who_has_no_number_is_told_where_to_get_it(visit: Visit, visitors: Visitors) -> None:
    email = visitors.stranger()
    await steps.to_establishment(visit, email)
    await steps.claim(visit, "00000004200010")
    await guide.on_number(visit)
    await visit.press("Je n'ai pas ce numéro")
    await visit.at(guide.NUMBER.path)
    await visit.tells("Votre inscription est conservée 30 jours.", guide.CONTACT_URL)
    # Later, in the same browser.
    await visit.open("/reprendre")
    await visit.follow("Continuer mon inscription")
    await visit.field("Numéro d'adhérent").fill("123459 001")
    await visit.press("Suivant")
    await guide.on_thanks(visit, email)


@pytest.mark.parametrize(
    "siret", ["00000005900014", "00000022400014"], ids=["no number on file", "not public"]
)
async def test_a_review_is_said_and_can_be_left(visit: Visit, visitors: Visitors, siret: str) -> None:
    email = visitors.stranger()
    await steps.to_establishment(visit, email)
    await steps.claim(visit, siret)
    await visit.at("/inscription/examen")
    await visit.tells("Votre demande est en cours d'examen", email)
    await visit.press("Précédent : indiquer un autre établissement")
    await visit.at(guide.ESTABLISHMENT.path)
    await steps.claim(visit, "00000004200010")
    await guide.on_number(visit)


async def test_the_address_can_be_corrected(visit: Visit, visitors: Visitors) -> None:
    wrong, right = await visitors.known_contact(CONTACT_OF), await visitors.known_contact(CONTACT_OF)
    await steps.identify(visit, wrong)
    old = (await visit.mails.one(wrong, "confirmation")).link("lien")
    await visit.page.get_by_text("Corriger l'adresse e-mail", exact=True).click()
    await visit.field("Adresse e-mail").fill(right)
    await visit.press("Corriger mon adresse")
    await guide.on_thanks(visit, right)
    await visit.tells("Votre adresse e-mail a été corrigée.")
    await visit.page.goto((await visit.mails.one(right, "confirmation")).link("lien"))
    await guide.on_password(visit, right)
    await visit.page.goto(old)
    await visit.tells("Ce lien a été remplacé")


async def test_it_was_not_me(visit: Visit, visitors: Visitors, backstage: Backstage) -> None:
    email = await visitors.known_contact(CONTACT_OF)
    await steps.identify(visit, email)
    mail = await visit.mails.one(email, "confirmation")
    owner = await visitors.come()
    await owner.page.goto(mail.link("pas-moi"))
    await owner.at("/pas-moi")
    assert "jeton" not in owner.page.url
    await owner.press("Ce n'est pas moi, annuler")
    await owner.tells("C'est noté")
    await owner.page.goto(mail.link("lien"))
    await owner.tells("Cette inscription est annulée")
    [registration] = await backstage.registrations(email)
    assert (await backstage.handle(registration).result()).outcome == "abandoned"
