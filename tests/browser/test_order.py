"""`AKTO_CONFIRM_EMAIL_FIRST`: the same waiting page for everybody, then each branch to « Mon Espace »."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from devstack import stack
from devstack.stack import Stack
from tests.browser import guide, steps
from tests.browser.conftest import UNHURRIED
from tests.browser.visitor import Visit, Visitors

pytestmark = pytest.mark.browser

MEMBER, NUMBER = "00000001800010", "123456 001"
#: Drawn at each page.
_DRAWN = re.compile(r"[0-9a-f]{32}|k?[\w-]+\.[\w-]{22}\.\d+\.[\w-]{43}|\d{2} h \d{2}|\d{2}:\d{2}")


@pytest_asyncio.fixture(scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A stack of its own, with the setting on."""
    folder = tmp_path_factory.mktemp("first")
    async with stack.private(folder, AKTO_CONFIRM_EMAIL_FIRST="true", **UNHURRIED) as running:
        yield running


async def on_waiting(visit: Visit, email: str) -> str:
    """The waiting page; returns its bytes without what is drawn and typed."""
    await visit.at("/inscription/merci")
    await visit.tells("Vérification de votre adresse e-mail", "Un mail de confirmation vous a été envoyé")
    await visit.says(email, "Terminer")
    return _DRAWN.sub("…", (await visit.page.content()).replace("<wbr>", "").replace(email, "…"))


async def into_account(visit: Visit, email: str) -> None:
    """From the password's page to « Mon Espace »."""
    await guide.on_password(visit, email)
    await steps.choose_password(visit)
    await visit.at("/connexion")
    await visit.tells("Votre compte est créé, connectez-vous.")
    await steps.log_in(visit, email)
    await visit.at("/mon-espace")
    await visit.mentions("SIRET 000 000 018 00010")


async def test_a_contact(any_visit: Visit, visitors: Visitors) -> None:
    visit, email = any_visit, await visitors.known_contact(MEMBER)
    await steps.identify(visit, email)
    await on_waiting(visit, email)
    mail = await visit.mails.one(email, "confirmation")
    await visit.page.goto(mail.link("lien"))
    await into_account(visit, email)


async def test_anybody_else(any_visit: Visit, visitors: Visitors) -> None:
    visit, email = any_visit, visitors.stranger()
    await steps.identify(visit, email)
    await on_waiting(visit, email)
    mail = await visit.mails.one(email, "confirmation")
    await visit.page.goto(mail.link("lien"))
    await visit.at("/mot-de-passe")
    await visit.tells("Votre adresse est confirmée", "Votre demande", "Ce n'est pas moi")
    await visit.press("Continuer mon inscription")
    await guide.on_themes(visit)
    await visit.press("Précédent")
    await visit.at(guide.IDENTITY.path)
    await visit.press("Suivant")
    await visit.at(guide.INTERESTS.path)
    await steps.choose_themes(visit)
    await steps.claim(visit, MEMBER)
    await visit.at(guide.NUMBER.path)
    await visit.field("Numéro d'adhérent").fill(NUMBER)
    await visit.press("Suivant")
    await into_account(visit, email)
    await visit.mails.one(email, "welcome")
    assert [one.kind for one in await visit.mails.to(email)] == ["confirmation", "welcome"]


async def test_before_the_link_and_for_who_began_after_it(visitors: Visitors) -> None:
    pages = []
    for email in (await visitors.known_contact(MEMBER), visitors.stranger()):
        began, other = await visitors.come(), await visitors.come()
        await steps.identify(began, email)
        before = await on_waiting(began, email)
        await other.page.goto((await other.mails.one(email, "confirmation")).link("lien"))
        await other.at("/mot-de-passe")
        for path in (guide.INTERESTS.path, guide.ESTABLISHMENT.path, "/inscription"):
            await began.open(path)
            await began.at("/inscription/merci")
        after = _DRAWN.sub("…", (await began.page.content()).replace("<wbr>", "").replace(email, "…"))
        pages.append((before, after))
    assert pages[0] == pages[1]
