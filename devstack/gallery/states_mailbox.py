"""The order « mailbox first » (`AKTO_CONFIRM_EMAIL_FIRST`, `domain/order.py`): where its pages are others.

Everybody waits for the link, and the browser that began is told the same whatever follows from it.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from devstack.gallery import world
from devstack.gallery.registry import THEMES, claim, state
from devstack.gallery.stage import STRANGER, Stage
from domain.messages import CorrectEmail
from domain.policy import Policy


def _first(stage: Stage) -> None:
    stage.served.registrations.policy = Policy(confirm_email_first=True)


async def _began(stage: Stage, email: str = STRANGER) -> UUID:
    _first(stage)
    return await stage.registration(email=email)


@state
async def mailbox_first(stage: Stage) -> None:
    await _began(stage)
    await stage.open("/inscription")


@state
async def mailbox_first_too_soon(stage: Stage) -> None:
    await mailbox_first(stage)
    await stage.press("Renvoyer le mail")


@state
async def mailbox_first_sent_again(stage: Stage) -> None:
    registration = await _began(stage)
    stage.served.registrations.pass_time(registration, minutes=2)
    await stage.open("/inscription")
    await stage.press("Renvoyer le mail")


@state
async def mailbox_first_sent_often_enough(stage: Stage) -> None:
    await stage.ask_again_too_often(await _began(stage))
    await stage.open("/inscription")


async def _correct(stage: Stage, address: str = "claire.durand@inconnue.example") -> None:
    await mailbox_first(stage)
    await stage.unfold()
    await stage.fill(email=address)


@state
async def mailbox_first_corrected(stage: Stage) -> None:
    await _correct(stage)
    await stage.press("Corriger mon adresse")


@state
async def mailbox_first_correction_wrong(stage: Stage) -> None:
    await _correct(stage, "claire@")
    await stage.press("Corriger mon adresse")


@state
async def mailbox_first_correction_too_many(stage: Stage) -> None:
    await _correct(stage)
    stage.served.limits.until = datetime.now(UTC) + timedelta(minutes=20)
    await stage.press("Corriger mon adresse")


@state
async def mailbox_first_mail_refused(stage: Stage) -> None:
    stage.served.registrations.mail = "refused"
    await mailbox_first(stage)


@state
async def mailbox_first_mail_limited(stage: Stage) -> None:
    stage.served.registrations.mail = "suppressed"
    await mailbox_first(stage)


@state
async def mailbox_first_open_elsewhere(stage: Stage) -> None:
    registration = await _began(stage)
    await stage.served.links.open(stage.served.links.token(registration))
    await stage.open("/inscription")


@state
async def mailbox_first_link(stage: Stage) -> None:
    await stage.link(await _began(stage))


@state
async def mailbox_first_link_of_a_contact(stage: Stage) -> None:
    await stage.link(await _began(stage, world.KNOWN))


@state
async def mailbox_first_form(stage: Stage) -> None:
    await mailbox_first_link(stage)
    await stage.press("Continuer mon inscription")


@state
async def mailbox_first_identity_again(stage: Stage) -> None:
    await mailbox_first_form(stage)
    await stage.press("Précédent")


@state
async def mailbox_first_password(stage: Stage) -> None:
    await mailbox_first_form(stage)
    await stage.press("Suivant")
    await stage.check("Adhérent")
    await stage.fill(siret=world.INSEE_SIRET)
    await stage.press("Suivant")
    await stage.fill(idcc="1979")
    await stage.press("Suivant")


@state
async def mailbox_first_link_replaced(stage: Stage) -> None:
    registration = await _began(stage)
    token = stage.served.links.token(registration)
    await stage.served.registrations.send(registration, CorrectEmail(email="claire.durand@inconnue.example"))
    await stage.open(f"/lien?jeton={token}")


@state
async def mailbox_first_review(stage: Stage) -> None:
    registration = await _began(stage)
    await stage.served.links.open(stage.served.links.token(registration))
    for message in (THEMES, claim(world.NOT_PUBLIC_SIRET)):
        await stage.served.registrations.send(registration, message, 1)
    await stage.cookie("inscription", stage.served.mint.make("resume", registration, 1))
    await stage.open("/inscription")
