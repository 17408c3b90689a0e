"""What an operator sees in the real Temporal UI: what waits, for whom, and what unblocks it."""

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from unittest.mock import patch
from urllib.parse import quote
from uuid import UUID

import pytest
from playwright.async_api import FrameLocator, expect
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from devstack import populate
from devstack.populate import Crowd
from devstack.stack import Stack
from starter.operators import queries
from tests.browser import guide, steps
from tests.browser.backstage import Backstage
from tests.browser.visitor import Visit, Visitors
from tests.waiting import eventually

pytestmark = pytest.mark.browser

RECOGNISED = "00000004200010"
WITHOUT_NUMBER = "00000005900014"


@pytest.fixture
async def operator(visitors: Visitors) -> Visit:
    """An operator at the engine's own web interface."""
    visit = await visitors.come(width=1280)
    # A page of that interface is megabytes of script, and asks a worker for the card.
    visit.page.set_default_timeout(40_000)
    expect.set_options(timeout=20_000)
    return visit


async def _list(operator: Visit, query: str, registration: str) -> None:
    """Open the list of registrations by a link that filters it, until that one is listed."""
    ui, namespace = operator.product.addresses["temporal_ui"], operator.product.engine.namespace
    address = f"{ui}/namespaces/{namespace}/workflows?query={quote(query)}"

    async def is_listed() -> bool:
        await operator.page.goto(address)
        try:
            await operator.page.get_by_role("link", name=registration).wait_for(timeout=10_000)
        except PlaywrightTimeoutError:
            return False
        return True

    # The engine's list follows its histories a moment later, and the page does not load again by itself.
    await eventually(is_listed, within=60)


def _details(operator: Visit) -> FrameLocator:
    """The card, which the interface shows in a frame of its own."""
    return operator.page.frame_locator("iframe").last


async def test_a_registration_that_waits_for_its_link(
    operator: Visit, visit: Visit, visitors: Visitors, backstage: Backstage
) -> None:
    email, other = await visitors.known_contact(RECOGNISED), visitors.stranger()
    await steps.identify(visit, email)
    await guide.on_thanks(visit, email)
    await visit.page.context.clear_cookies()
    await steps.identify(visit, other)
    await guide.on_themes(visit)
    [waiting], [answering] = await backstage.registrations(email), await backstage.registrations(other)

    page = operator.page
    await _list(operator, 'RegistrationStep="email_link"', waiting)
    await expect(page.get_by_text(answering)).to_have_count(0)
    await page.get_by_role("link", name=waiting).click()
    await expect(page.get_by_text("Mail : confirmation").first).to_be_visible()
    await expect(page.get_by_text("Prochain contrôle des échéances").first).to_be_visible()

    await page.get_by_role("tab", name="User Metadata").click()
    await expect(page.frame_locator("iframe").first.get_by_text("Inscription – Mon Espace")).to_be_visible()
    card = _details(operator).locator("body")
    for text in (
        "Lien de confirmation – la personne doit ouvrir le lien reçu et choisir un mot de passe.",
        "De qui",
        "Échéance",
        "Prochaine relance",
        "operator_resend",
        "operator_extend",
    ):
        await expect(card).to_contain_text(text)
    frames = [await frame.evaluate("document.body.innerText") + frame.url for frame in page.frames]
    assert not [text for text in frames if email in text or "DUPONT" in text]

    # The table holds only the rows that are in view, the oldest at its end.
    await page.set_viewport_size({"width": 1280, "height": 2400})
    await page.get_by_role("tab", name="Event History").click()
    await page.get_by_role("row", name="Workflow Execution Update Accepted").first.click()
    accepted = page.locator(".cm-content", has_text="last_name").first
    for text in (f'"email": "{email}"', '"last_name": "DUPONT"', '"first_name": "CLAIRE"'):
        await expect(accepted).to_contain_text(text)


#: How each reason to wait comes about, and what the first screen of the registration must say of it: what
#: is awaited, from whom, what happens by itself, and the command beside the button.
REASONS: dict[Callable[[Crowd], Awaitable[UUID]], tuple[str, str, str, str]] = {
    Crowd.themes: (
        "la personne doit remplir cette étape",
        "la personne",
        "expiration à l’échéance",
        "extend",
    ),
    Crowd.number: (
        "la personne doit remplir cette étape",
        "la personne",
        "expiration à l’échéance",
        "extend",
    ),
    Crowd.no_number: ("n’a pas son numéro", "la personne", "expiration à l’échéance", "extend"),
    Crowd.refused: ("peut la corriger une fois", "la personne", "expiration à l’échéance", "extend"),
    Crowd.insee_down: ("l’INSEE ne répond pas", "l’INSEE", "continue dès la réponse", "retry"),
    Crowd.review_no_number: (
        "n’a pas de numéro enregistré",
        "un opérateur d’AKTO",
        "n’expire jamais",
        "approve",
    ),
    Crowd.review_not_public: (
        "ne publie pas cet établissement",
        "un opérateur d’AKTO",
        "n’expire jamais",
        "refuse",
    ),
    Crowd.link: ("ouvrir le lien reçu", "la personne", "relances", "resend"),
    Crowd.password: ("choisir un mot de passe", "la personne", "relances", "resend"),
    Crowd.bounced: ("le message a été refusé", "corriger l’adresse", "expire à l’échéance", "resend"),
}


@pytest.fixture(scope="session")
async def crowd(product: Stack, backstage: Backstage) -> AsyncIterator[Crowd]:
    """People in every state."""
    async with AsyncExitStack() as closing:
        # Only while it connects: the tests that follow have stacks of their own.
        with patch.dict(os.environ, product.environ):
            found = await populate.crowd_of(backstage.settings, closing)
        yield found


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.__name__)
async def test_the_first_screen_says_why_it_waits(
    operator: Visit, crowd: Crowd, reason: Callable[[Crowd], Awaitable[UUID]]
) -> None:
    if reason is Crowd.insee_down:
        await crowd.insee(populate.UNREACHABLE.siret)
    registration = await reason(crowd)
    what, who, then, command = REASONS[reason]
    await open_card(operator, crowd, registration)
    card = _details(operator).locator("body")
    await expect(card).to_contain_text(what)
    for row, words in (
        ("De qui", who), ("Depuis", "UTC"), ("Échéance", ""), ("Ensuite, sans intervention", then),
        ("Pour débloquer", f"operator_{command}"),
        ("En ligne de commande", f"python -m starter {command} {registration}"),
    ):  # fmt: skip
        await expect(card.get_by_role("row", name=re.compile(f"^{row}"))).to_contain_text(words)
    # The button that the card names is there, with its words.
    await operator.page.get_by_role("button", name="More Actions").click()
    await operator.page.get_by_role("menuitem", name="Send an Update").click()
    await expect(operator.page.get_by_role("dialog")).to_be_visible()


async def open_card(operator: Visit, crowd: Crowd, registration: UUID) -> None:
    """Open the page of a registration at its card."""
    ui, namespace = operator.product.addresses["temporal_ui"], operator.product.engine.namespace
    workflow = f"registration-{registration}"
    run = (await crowd.client.get_workflow_handle(workflow).describe()).run_id
    await operator.page.goto(f"{ui}/namespaces/{namespace}/workflows/{workflow}/{run}/user-metadata")


async def test_links_install_the_views(operator: Visit) -> None:
    ui, namespace = operator.product.addresses["temporal_ui"], operator.product.engine.namespace
    for view in queries.VIEWS:
        await operator.page.goto(queries.link(str(ui), namespace, view))
        await expect(operator.page.get_by_role("button", name=view.name)).to_be_visible()
    kept = await operator.page.evaluate("localStorage.getItem('saved-workflow-queries')")
    assert [view.name for view in queries.VIEWS if view.name not in kept] == []


async def test_a_review_asks_for_attention(
    operator: Visit, visit: Visit, visitors: Visitors, backstage: Backstage
) -> None:
    email = visitors.stranger()
    await steps.to_establishment(visit, email)
    await steps.claim(visit, WITHOUT_NUMBER)
    await visit.at("/inscription/examen")
    [registration] = await backstage.registrations(email)

    attention = 'RegistrationWaitingOn="operator" AND RegistrationAttention IS NOT NULL'
    await _list(operator, attention, registration)
    await operator.page.get_by_role("link", name=registration).click()
    await operator.page.get_by_role("tab", name="User Metadata").click()
    card = _details(operator).locator("body")
    await expect(card).to_contain_text("Examen par un opérateur – une décision.")
    # The interface's Markdown sets typographic apostrophes.
    await expect(card).to_contain_text("AKTO connaît l’établissement mais n’a pas de numéro enregistré.")
    await expect(card).to_contain_text("operator_approve")

    await operator.page.get_by_role("tab", name="Search Attributes").click()
    shown = operator.page.get_by_role("textbox", name="Search Attributes")
    await expect(shown).to_contain_text('"RegistrationAttention": "review_no_number_on_file"')
    await expect(shown).to_contain_text('"RegistrationStep": "review"')
