"""Behind the links of mails: the password, and every reason why there is none to choose."""

from datetime import UTC, datetime, timedelta

from devstack.gallery import world
from devstack.gallery.registry import claim, scripted, state
from devstack.gallery.stage import Stage
from domain.messages import ChooseThemes, CorrectEmail, GiveMemberNumber, OperatorCancel, Theme
from domain.view import Outcome


@state
async def password(stage: Stage) -> None:
    await stage.link(await stage.registration(email=world.KNOWN))


@state
async def password_claimed(stage: Stage) -> None:
    number = GiveMemberNumber(number=world.NUMBER)
    stage.served.links.last_changed = datetime(2022, 6, 21, 14, 33, tzinfo=UTC)
    themes = ChooseThemes(themes=(Theme.CONTRIBUTION, Theme.PAYMENTS))
    await stage.link(await stage.registration(themes, claim(world.MEMBER_SIRET), number))


@scripted
async def password_typed(stage: Stage) -> None:
    await stage.link(await stage.registration(email=world.KNOWN))
    await stage.fill(password=world.PASSWORD, confirmation=world.PASSWORD)


@state
async def password_wrong(stage: Stage) -> None:
    await stage.link(await stage.registration(email=world.KNOWN))
    await stage.fill(password="abc", confirmation="abd")
    await stage.press("Changer le mot de passe")


@state
async def password_guessable(stage: Stage) -> None:
    await stage.link(await stage.registration(email=world.KNOWN))
    await stage.fill(password="dupont2026", confirmation="dupont2026")
    await stage.press("Changer le mot de passe")


@state
async def password_unavailable(stage: Stage) -> None:
    await stage.link(await stage.registration(email=world.KNOWN))
    await stage.fill(password=world.PASSWORD, confirmation=world.PASSWORD)
    stage.served.registrations.down = True
    await stage.press("Changer le mot de passe")


@state
async def password_form_missing(stage: Stage) -> None:
    registration = await stage.registration(email=world.KNOWN)
    stage.served.registrations.contacts_gone = True
    await stage.link(registration)
    await stage.fill(password=world.PASSWORD, confirmation=world.PASSWORD)
    await stage.press("Changer le mot de passe")


@state
async def link_expired(stage: Stage) -> None:
    registration = await stage.registration(email=world.KNOWN)
    stage.served.registrations.offset += timedelta(hours=25)
    await stage.link(registration)


@state
async def link_sent_again(stage: Stage) -> None:
    await link_expired(stage)
    await stage.press("Recevoir un nouveau lien")


@state
async def link_used(stage: Stage) -> None:
    registration = await stage.registration(email=world.KNOWN)
    token = stage.served.links.token(registration)
    await stage.served.links.choose_password(token, world.PASSWORD)
    await stage.open(f"/lien?jeton={token}")


@state
async def link_ended(stage: Stage) -> None:
    registration = await stage.registration(email=world.KNOWN)
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
    registration = await stage.registration(email=world.KNOWN)
    await stage.open(f"/pas-moi?jeton={stage.served.mint.make('disown', registration)}")


@state
async def not_me_done(stage: Stage) -> None:
    await not_me(stage)
    await stage.press("Ce n'est pas moi, annuler")


@state
async def link_sent_too_soon(stage: Stage) -> None:
    await link_sent_again(stage)
    await stage.open("/mot-de-passe")
    await stage.browser.press("Recevoir un nouveau lien")


@state
async def link_replaced(stage: Stage) -> None:
    registration = await stage.registration(email=world.KNOWN)
    token = stage.served.links.token(registration)
    await stage.served.registrations.send(registration, CorrectEmail(email="claire.d@masociete.com"))
    await stage.open(f"/lien?jeton={token}")


async def _ended(stage: Stage, outcome: Outcome) -> None:
    registration = await stage.registration(email=world.KNOWN)
    token = stage.served.links.token(registration)
    registrations = stage.served.registrations
    registrations.apply(registration, OperatorCancel(by="Test", reason="Demande de la personne"))
    registrations.facts[registration] = registrations.facts[registration].with_(closing=outcome)
    await stage.open(f"/lien?jeton={token}")


@state
async def link_registration_expired(stage: Stage) -> None:
    await _ended(stage, Outcome.EXPIRED)


@state
async def link_registration_refused(stage: Stage) -> None:
    await _ended(stage, Outcome.REFUSED)


@state
async def link_already_account(stage: Stage) -> None:
    await _ended(stage, Outcome.SUPERSEDED)


@state
async def link_has_account(stage: Stage) -> None:
    await _ended(stage, Outcome.ALREADY_REGISTERED)


@state
async def password_outdated(stage: Stage) -> None:
    await password(stage)
    await stage.fill(password=world.PASSWORD, confirmation=world.PASSWORD)
    await stage.outdate()
    await stage.press("Changer le mot de passe")


@state
async def not_me_behind_link(stage: Stage) -> None:
    await password(stage)
    await stage.follow("Ce n'est pas moi")
