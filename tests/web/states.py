"""Every page in each of its states, as a real browser is brought there.

A state is a coroutine that leaves the browser's page on it; the registrations behind it are real rules on a
played world (`fakes.py`), so that nothing is shown that the product would not show.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from playwright.async_api import Page

from domain.messages import (
    Abandon,
    ChooseThemes,
    ClaimEstablishment,
    GiveMemberNumber,
    Identify,
    Kind,
    NoMemberNumber,
    OperatorCancel,
    PersonMessage,
    Theme,
)
from domain.people import Civility
from tests.web import fakes
from tests.web.conftest import Served

STRANGER = "claire.dupont@inconnue.example"


@dataclass
class Stage:
    """A page of a browser, and the world behind it."""

    page: Page
    served: Served

    async def open(self, path: str) -> None:
        """Open a page of the portal."""
        await self.page.goto(self.served.base_url + path)

    async def cookie(self, name: str, value: str) -> None:
        """Give the browser a cookie."""
        await self.page.context.add_cookies([{"name": name, "value": value, "url": self.served.base_url}])

    async def registration(self, *messages: PersonMessage, email: str = STRANGER) -> UUID:
        """A registration that has had these messages, held by this browser."""
        registration, registrations = uuid4(), self.served.registrations
        await registrations.start(
            registration,
            Identify(civility=Civility.MADAME, last_name="DUPONT", first_name="CLAIRE", email=email),
        )
        for message in messages:
            await registrations.send(registration, message)
        await self.cookie("inscription", self.served.mint.make("resume", registration))
        return registration

    async def at(self, *messages: PersonMessage, email: str = STRANGER) -> UUID:
        """The same, and its page opened."""
        registration = await self.registration(*messages, email=email)
        await self.open("/inscription")
        return registration

    async def link(self, registration: UUID) -> None:
        """Open the link that was mailed."""
        await self.open(f"/lien?jeton={self.served.links.token(registration)}")

    async def fill(self, **values: str) -> None:
        """Type into fields."""
        for name, value in values.items():
            await self.page.locator(f"#{name}").fill(value)

    async def press(self, name: str) -> None:
        """Press a button."""
        await self.page.get_by_role("button", name=name, exact=True).click()


THEMES = ChooseThemes(themes=(Theme.INVOICES,))


def claim(siret: str) -> ClaimEstablishment:
    """The establishment's form."""
    return ClaimEstablishment(kind=Kind.MEMBER, siret=siret)


State = Callable[[Stage], Awaitable[object]]
STATES: dict[str, State] = {}


def state(enter: State) -> State:
    """Name a state after its function."""
    STATES[enter.__name__] = enter
    return enter


# ---- login and « Mon Espace »


@state
async def login(stage: Stage) -> None:
    await stage.open("/connexion")


@state
async def login_welcome(stage: Stage) -> None:
    await stage.open("/connexion?bienvenue=1")


@state
async def login_wrong(stage: Stage) -> None:
    await stage.open("/connexion")
    await stage.fill(email=STRANGER, password="faux")
    await stage.press("Se connecter")


@state
async def login_empty(stage: Stage) -> None:
    await stage.open("/connexion")
    await stage.press("Se connecter")


@state
async def login_locked(stage: Stage) -> None:
    stage.served.login.locked_until = datetime.now(UTC) + timedelta(minutes=14)
    await stage.open("/connexion")
    await stage.fill(email=STRANGER, password="faux")
    await stage.press("Se connecter")


@state
async def home(stage: Stage) -> None:
    await stage.open("/connexion")
    await stage.fill(email=fakes.KNOWN, password=fakes.PASSWORD)
    await stage.press("Se connecter")


@state
async def forgotten(stage: Stage) -> None:
    await stage.open("/mot-de-passe-oublie")


@state
async def resume(stage: Stage) -> None:
    await stage.open("/reprendre")


@state
async def resume_held(stage: Stage) -> None:
    await stage.registration()
    await stage.open("/reprendre")


@state
async def privacy(stage: Stage) -> None:
    await stage.open("/confidentialite")


# ---- the form


@state
async def identity(stage: Stage) -> None:
    await stage.open("/inscription")


@state
async def identity_wrong(stage: Stage) -> None:
    await stage.open("/inscription")
    await stage.fill(last_name="Dup0nt", email="claire")
    await stage.press("Suivant")


@state
async def identity_unavailable(stage: Stage) -> None:
    await stage.open("/inscription")
    await stage.page.get_by_label("Madame").check()
    await stage.fill(last_name="DUPONT", first_name="CLAIRE", email=STRANGER)
    stage.served.registrations.down = True
    await stage.press("Suivant")


@state
async def identity_too_many(stage: Stage) -> None:
    await stage.open("/inscription")
    await stage.page.get_by_label("Madame").check()
    await stage.fill(last_name="DUPONT", first_name="CLAIRE", email=STRANGER)
    stage.served.limits.until = datetime.now(UTC) + timedelta(minutes=20)
    await stage.press("Suivant")


@state
async def identity_again(stage: Stage) -> None:
    await stage.at()
    await stage.press("Précédent")


@state
async def themes(stage: Stage) -> None:
    await stage.at()


@state
async def step_done(stage: Stage) -> None:
    await stage.at()
    await stage.open("/inscription/thematiques?avis=etape")


@state
async def establishment(stage: Stage) -> None:
    await stage.at(THEMES)


@state
async def establishment_wrong(stage: Stage) -> None:
    await stage.at(THEMES)
    await stage.fill(siret="732829320")
    await stage.press("Suivant")


@state
async def establishment_closed(stage: Stage) -> None:
    await stage.at(THEMES, claim(fakes.CLOSED_SIRET))


@state
async def establishment_unknown(stage: Stage) -> None:
    await stage.at(THEMES, claim(fakes.UNKNOWN_SIRET))


@state
async def establishment_other_kind(stage: Stage) -> None:
    other = ClaimEstablishment(kind=Kind.TRAINING_ORGANISATION, siret=fakes.MEMBER_SIRET)
    await stage.at(THEMES, other)


@state
async def establishment_unavailable(stage: Stage) -> None:
    await stage.at(THEMES)
    await stage.page.get_by_label("Adhérent").check()
    await stage.fill(siret=fakes.MEMBER_SIRET)
    stage.served.registrations.down = True
    await stage.press("Suivant")


@state
async def establishment_refused(stage: Stage) -> None:
    registration = await stage.registration(THEMES, claim(fakes.NOT_PUBLIC_SIRET))
    stage.served.registrations.refuse(registration)
    await stage.open("/inscription")


@state
async def number(stage: Stage) -> None:
    await stage.at(THEMES, claim(fakes.MEMBER_SIRET))


@state
async def number_wrong(stage: Stage) -> None:
    await stage.at(THEMES, claim(fakes.MEMBER_SIRET))
    await stage.fill(number="000000 000")
    await stage.press("Suivant")


@state
async def number_missing(stage: Stage) -> None:
    await stage.at(THEMES, claim(fakes.MEMBER_SIRET), NoMemberNumber())


@state
async def idcc(stage: Stage) -> None:
    await stage.at(THEMES, claim(fakes.INSEE_SIRET))


@state
async def idcc_list(stage: Stage) -> None:
    await stage.at(THEMES, claim(fakes.INSEE_SIRET))
    await stage.page.locator("summary").click()


@state
async def idcc_wrong(stage: Stage) -> None:
    await stage.at(THEMES, claim(fakes.INSEE_SIRET))
    await stage.fill(idcc="commerce")
    await stage.press("Suivant")


# ---- waiting


@state
async def checking(stage: Stage) -> None:
    stage.served.registrations.insee_late = True
    await stage.at(THEMES, claim(fakes.INSEE_SIRET))


@state
async def insee_unavailable(stage: Stage) -> None:
    stage.served.registrations.insee_down = True
    await stage.at(THEMES, claim(fakes.INSEE_SIRET))


@state
async def review(stage: Stage) -> None:
    await stage.at(THEMES, claim(fakes.NOT_PUBLIC_SIRET))


@state
async def thanks(stage: Stage) -> None:
    await stage.at(email=fakes.KNOWN)


@state
async def thanks_too_soon(stage: Stage) -> None:
    await stage.at(email=fakes.KNOWN)
    await stage.press("Renvoyer le mail")


@state
async def thanks_sent_again(stage: Stage) -> None:
    registration = await stage.registration(email=fakes.KNOWN)
    stage.served.registrations.pass_time(registration, minutes=2)
    await stage.open("/inscription")
    await stage.press("Renvoyer le mail")


@state
async def thanks_correction_wrong(stage: Stage) -> None:
    await stage.at(email=fakes.KNOWN)
    await stage.page.locator("summary").click()
    await stage.fill(email="claire@")
    await stage.press("Corriger mon adresse")


@state
async def thanks_mail_refused(stage: Stage) -> None:
    stage.served.registrations.mail = "refused"
    await stage.at(email=fakes.KNOWN)


@state
async def thanks_mail_limited(stage: Stage) -> None:
    stage.served.registrations.mail = "suppressed"
    await stage.at(email=fakes.KNOWN)


# ---- leaving and ends


@state
async def give_up(stage: Stage) -> None:
    await stage.at()
    await stage.page.get_by_role("link", name="Fermer le formulaire").click()


@state
async def end_abandoned(stage: Stage) -> None:
    await stage.registration(Abandon())
    await stage.open("/inscription/fin")


@state
async def end_expired(stage: Stage) -> None:
    registration = await stage.registration()
    stage.served.registrations.pass_time(registration, days=8)
    await stage.open("/inscription/fin")


@state
async def end_refused(stage: Stage) -> None:
    registration = await stage.registration(THEMES, claim(fakes.NOT_PUBLIC_SIRET))
    stage.served.registrations.refuse(registration)
    await stage.served.registrations.send(registration, claim(fakes.NOT_PUBLIC_SIRET))
    stage.served.registrations.refuse(registration)
    await stage.open("/inscription/fin")


@state
async def end_registered(stage: Stage) -> None:
    registration = await stage.registration(email=fakes.KNOWN)
    links = stage.served.links
    await links.choose_password(links.token(registration), fakes.PASSWORD)
    await stage.open("/inscription/fin")


# ---- links


@state
async def password(stage: Stage) -> None:
    await stage.link(await stage.registration(email=fakes.KNOWN))


@state
async def password_claimed(stage: Stage) -> None:
    number = GiveMemberNumber(number=fakes.NUMBER)
    stage.served.links.last_changed = datetime(2022, 6, 21, 14, 33, tzinfo=UTC)
    await stage.link(await stage.registration(THEMES, claim(fakes.MEMBER_SIRET), number))


@state
async def password_typed(stage: Stage) -> None:
    await stage.link(await stage.registration(email=fakes.KNOWN))
    await stage.fill(password=fakes.PASSWORD, confirmation=fakes.PASSWORD)


@state
async def password_wrong(stage: Stage) -> None:
    await stage.link(await stage.registration(email=fakes.KNOWN))
    await stage.fill(password="abc", confirmation="abd")
    await stage.press("Changer le mot de passe")


@state
async def password_guessable(stage: Stage) -> None:
    await stage.link(await stage.registration(email=fakes.KNOWN))
    await stage.fill(password="dupont2026", confirmation="dupont2026")
    await stage.press("Changer le mot de passe")


@state
async def password_unavailable(stage: Stage) -> None:
    await stage.link(await stage.registration(email=fakes.KNOWN))
    await stage.fill(password=fakes.PASSWORD, confirmation=fakes.PASSWORD)
    stage.served.registrations.down = True
    await stage.press("Changer le mot de passe")


@state
async def password_form_missing(stage: Stage) -> None:
    registration = await stage.registration(email=fakes.KNOWN)
    stage.served.registrations.contacts_gone = True
    await stage.link(registration)
    await stage.fill(password=fakes.PASSWORD, confirmation=fakes.PASSWORD)
    await stage.press("Changer le mot de passe")


@state
async def link_expired(stage: Stage) -> None:
    registration = await stage.registration(email=fakes.KNOWN)
    stage.served.registrations.offset += timedelta(hours=25)
    await stage.link(registration)


@state
async def link_sent_again(stage: Stage) -> None:
    await link_expired(stage)
    await stage.press("Recevoir un nouveau lien")


@state
async def link_used(stage: Stage) -> None:
    registration = await stage.registration(email=fakes.KNOWN)
    token = stage.served.links.token(registration)
    await stage.served.links.choose_password(token, fakes.PASSWORD)
    await stage.open(f"/lien?jeton={token}")


@state
async def link_ended(stage: Stage) -> None:
    registration = await stage.registration(email=fakes.KNOWN)
    cancel = OperatorCancel(by="Test", reason="Demande de la personne")
    stage.served.registrations.apply(registration, cancel)
    await stage.link(registration)


@state
async def link_invalid(stage: Stage) -> None:
    await stage.open("/lien?jeton=abc")


@state
async def link_missing(stage: Stage) -> None:
    await stage.open("/mot-de-passe")


@state
async def not_me(stage: Stage) -> None:
    registration = await stage.registration(email=fakes.KNOWN)
    await stage.open(f"/pas-moi?jeton={stage.served.mint.make('disown', registration)}")


@state
async def not_me_done(stage: Stage) -> None:
    await not_me(stage)
    await stage.press("Ce n'est pas moi, annuler")


# ---- the whole site


@state
async def not_found(stage: Stage) -> None:
    await stage.open("/nulle-part")


@state
async def unavailable(stage: Stage) -> None:
    await stage.registration()
    stage.served.registrations.down = True
    await stage.open("/inscription/thematiques")
