"""Pages on which nobody is asked anything, and how registrations end."""

from devstack.gallery import world
from devstack.gallery.registry import THEMES, claim, state
from devstack.gallery.stage import Stage
from domain.messages import Abandon, GiveMemberNumber


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
async def thanks_correction_wrong(stage: Stage) -> None:
    await stage.at(email=world.KNOWN)
    await stage.unfold()
    await stage.fill(email="claire@")
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
    await stage.at(email=world.KNOWN)
    await stage.unfold()
    await stage.fill(email="claire.d@masociete.com")
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
