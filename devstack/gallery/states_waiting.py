"""Pages on which nobody is asked anything, and how registrations end."""

from datetime import UTC, datetime, timedelta

from devstack.gallery import world
from devstack.gallery.registry import THEMES, claim, state
from devstack.gallery.stage import Stage
from domain.messages import Abandon, GiveMemberNumber


@state
async def busy(stage: Stage) -> None:
    stage.served.registrations.busy = True
    await stage.at()


@state
async def checking(stage: Stage) -> None:
    stage.served.registrations.insee_late = True
    await stage.at(THEMES, claim(world.INSEE_SIRET))


@state
async def insee_unavailable(stage: Stage) -> None:
    stage.served.registrations.insee_down = True
    await stage.at(THEMES, claim(world.INSEE_SIRET))


@state
async def review(stage: Stage) -> None:
    await stage.at(THEMES, claim(world.NOT_PUBLIC_SIRET))


@state
async def thanks(stage: Stage) -> None:
    await stage.at(email=world.KNOWN)


@state
async def thanks_too_soon(stage: Stage) -> None:
    await stage.at(email=world.KNOWN)
    await stage.press("Renvoyer le mail")


@state
async def thanks_sent_again(stage: Stage) -> None:
    registration = await stage.registration(email=world.KNOWN)
    stage.served.registrations.pass_time(registration, minutes=2)
    await stage.open("/inscription")
    await stage.press("Renvoyer le mail")


@state
async def thanks_sent_often_enough(stage: Stage) -> None:
    await stage.ask_again_too_often(await stage.registration(email=world.KNOWN))
    await stage.open("/inscription")


@state
async def thanks_link_open_elsewhere(stage: Stage) -> None:
    registration = await stage.registration(email=world.KNOWN)
    await stage.served.links.open(stage.served.links.token(registration))
    await stage.open("/inscription")


async def correct(stage: Stage, address: str = "claire.d@masociete.com") -> None:
    await stage.at(email=world.KNOWN)
    await stage.unfold()
    await stage.fill(email=address)


@state
async def thanks_corrected(stage: Stage) -> None:
    await correct(stage, world.HAS_ACCOUNT)
    await stage.press("Corriger mon adresse")


@state
async def thanks_correction_too_many(stage: Stage) -> None:
    await correct(stage)
    stage.served.limits.until = datetime.now(UTC) + timedelta(minutes=20)
    await stage.press("Corriger mon adresse")


@state
async def thanks_correction_outdated(stage: Stage) -> None:
    await correct(stage)
    await stage.outdate()
    await stage.press("Corriger mon adresse")


@state
async def thanks_correction_wrong(stage: Stage) -> None:
    await correct(stage, "claire@")
    await stage.press("Corriger mon adresse")


@state
async def thanks_mail_refused(stage: Stage) -> None:
    stage.served.registrations.mail = "refused"
    await stage.at(email=world.KNOWN)


@state
async def thanks_mail_limited(stage: Stage) -> None:
    stage.served.registrations.mail = "suppressed"
    await stage.at(email=world.KNOWN)


@state
async def review_too_many_numbers(stage: Stage) -> None:
    wrong = [GiveMemberNumber(number=f"000000 00{number}") for number in range(6)]
    await stage.at(THEMES, claim(world.MEMBER_SIRET), *wrong)


@state
async def thanks_unavailable(stage: Stage) -> None:
    await correct(stage)
    stage.served.registrations.down = True
    await stage.press("Corriger mon adresse")


@state
async def give_up(stage: Stage) -> None:
    await stage.at()
    await stage.follow("Fermer le formulaire")


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
    registration = await stage.registration(THEMES, claim(world.NOT_PUBLIC_SIRET))
    stage.served.registrations.refuse(registration)
    await stage.served.registrations.send(registration, claim(world.NOT_PUBLIC_SIRET))
    stage.served.registrations.refuse(registration)
    await stage.open("/inscription/fin")


@state
async def end_registered(stage: Stage) -> None:
    registration = await stage.registration(email=world.KNOWN)
    links = stage.served.links
    await links.choose_password(links.token(registration), world.PASSWORD)
    await stage.open("/inscription/fin")
