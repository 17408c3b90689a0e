"""The form screens of the guide."""

from datetime import UTC, datetime, timedelta

from devstack.gallery import world
from devstack.gallery.registry import THEMES, claim, state
from devstack.gallery.stage import STRANGER, Stage
from domain.messages import ClaimEstablishment, Kind, NoMemberNumber


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
    await stage.check("Madame")
    await stage.fill(last_name="DUPONT", first_name="CLAIRE", email=STRANGER)
    stage.served.registrations.down = True
    await stage.press("Suivant")


@state
async def identity_too_many(stage: Stage) -> None:
    await stage.open("/inscription")
    await stage.check("Madame")
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
    await stage.at(THEMES, claim(world.CLOSED_SIRET))


@state
async def establishment_unknown(stage: Stage) -> None:
    await stage.at(THEMES, claim(world.UNKNOWN_SIRET))


@state
async def establishment_other_kind(stage: Stage) -> None:
    other = ClaimEstablishment(kind=Kind.TRAINING_ORGANISATION, siret=world.MEMBER_SIRET)
    await stage.at(THEMES, other)


@state
async def establishment_unavailable(stage: Stage) -> None:
    await stage.at(THEMES)
    await stage.check("Adhérent")
    await stage.fill(siret=world.MEMBER_SIRET)
    stage.served.registrations.down = True
    await stage.press("Suivant")


@state
async def establishment_refused(stage: Stage) -> None:
    registration = await stage.registration(THEMES, claim(world.NOT_PUBLIC_SIRET))
    stage.served.registrations.refuse(registration)
    await stage.open("/inscription")


@state
async def number(stage: Stage) -> None:
    await stage.at(THEMES, claim(world.MEMBER_SIRET))


@state
async def number_wrong(stage: Stage) -> None:
    await stage.at(THEMES, claim(world.MEMBER_SIRET))
    await stage.fill(number="000000 000")
    await stage.press("Suivant")


@state
async def number_missing(stage: Stage) -> None:
    await stage.at(THEMES, claim(world.MEMBER_SIRET), NoMemberNumber())


@state
async def idcc(stage: Stage) -> None:
    await stage.at(THEMES, claim(world.INSEE_SIRET))


@state
async def idcc_list(stage: Stage) -> None:
    await stage.at(THEMES, claim(world.INSEE_SIRET))
    await stage.unfold()


@state
async def idcc_wrong(stage: Stage) -> None:
    await stage.at(THEMES, claim(world.INSEE_SIRET))
    await stage.fill(idcc="commerce")
    await stage.press("Suivant")


@state
async def identity_unknown(stage: Stage) -> None:
    await stage.registration()
    stage.served.registrations.facts.clear()
    await stage.open("/inscription")


@state
async def themes_unavailable(stage: Stage) -> None:
    await stage.at()
    await stage.check("Instruction des factures (demande de pièces, avoir etc.)")
    stage.served.registrations.down = True
    await stage.press("Suivant")


@state
async def establishment_too_many(stage: Stage) -> None:
    await stage.at(THEMES)
    await stage.check("Adhérent")
    await stage.fill(siret=world.MEMBER_SIRET)
    stage.served.limits.until = datetime.now(UTC) + timedelta(minutes=40)
    await stage.press("Suivant")


@state
async def number_unavailable(stage: Stage) -> None:
    await stage.at(THEMES, claim(world.MEMBER_SIRET))
    await stage.fill(number=world.NUMBER)
    stage.served.registrations.down = True
    await stage.press("Suivant")


@state
async def idcc_unavailable(stage: Stage) -> None:
    await stage.at(THEMES, claim(world.INSEE_SIRET))
    await stage.fill(idcc="1979")
    stage.served.registrations.down = True
    await stage.press("Suivant")


@state
async def form_too_long(stage: Stage) -> None:
    await stage.open("/inscription")
    await stage.fill(last_name="D" * 40_000)
    await stage.press("Suivant")


@state
async def identity_outdated(stage: Stage) -> None:
    await stage.open("/inscription")
    await stage.check("Madame")
    await stage.fill(last_name="DUPONT", first_name="CLAIRE", email=STRANGER)
    await stage.outdate()
    await stage.press("Suivant")


@state
async def establishment_outdated(stage: Stage) -> None:
    await stage.at(THEMES)
    await stage.check("Adhérent")
    await stage.fill(siret=world.MEMBER_SIRET)
    await stage.outdate()
    await stage.press("Suivant")


@state
async def establishment_back_outdated(stage: Stage) -> None:
    await stage.at(THEMES)
    await stage.outdate()
    await stage.press("Précédent")


@state
async def number_of_an_organisation(stage: Stage) -> None:
    of = ClaimEstablishment(kind=Kind.TRAINING_ORGANISATION, siret=world.ORGANISATION_SIRET)
    await stage.at(THEMES, of)


@state
async def idcc_suggested(stage: Stage) -> None:
    await stage.at(THEMES, claim(world.SUGGESTED_SIRET))


@state
async def idcc_several(stage: Stage) -> None:
    await stage.at(THEMES, claim(world.SUGGESTED_SIRET))
    await stage.fill(idcc="0573")
    await stage.check("Aucune convention collective")
    await stage.press("Suivant")


@state
async def idcc_of_a_nameless_establishment(stage: Stage) -> None:
    await stage.at(THEMES, claim(world.NAMELESS_SIRET))
