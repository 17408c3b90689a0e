"""The IDCC: suggested, confirmed or replaced by the person; outside AKTO's table an operator is told."""

from uuid import UUID

import httpx2

from domain.messages import GiveIdcc, GoBack, Step
from tests.waiting import eventually
from tests.workflow.world import ONLY_INSEE, World

NOT_AKTO = "00000014100010"
FRESH = "00000011700010"


async def told(world: World, registration: UUID) -> None:
    """Operators find it: attributes are written where the journey rests."""

    async def found() -> bool:
        attributes = await world.attributes(registration)
        return attributes.get("RegistrationAttention") == "idcc_outside_table"

    await eventually(found)


async def test_suggested_and_confirmed(world: World) -> None:
    await world.pool.execute("DELETE FROM insee_answers")
    registration = await world.to_establishment(world.address())
    view = await world.claim(registration, ONLY_INSEE)
    assert view.establishment is not None
    assert view.establishment.suggested_idccs == ("1979",)
    view = await world.registrations.send(registration, GiveIdcc(idcc="1979"))
    assert view.step == "email_link"
    assert "RegistrationAttention" not in await world.attributes(registration)


async def test_no_suggestion_stops_nobody(world: World) -> None:
    await world.pool.execute("DELETE FROM insee_answers")
    faults = f"{world.sirene_url}/recherche-entreprises/faults"
    async with httpx2.AsyncClient() as http:
        await http.put(faults, json={"mode": "slow"})
        try:
            registration = await world.to_establishment(world.address())
            view = await world.claim(registration, FRESH)
        finally:
            await http.put(faults, json={"mode": "none"})
    assert (view.step, view.busy) == ("idcc", False)
    assert view.establishment is not None
    assert view.establishment.suggested_idccs == ()
    assert (await world.registrations.send(registration, GiveIdcc(idcc="1501"))).step == "email_link"


async def test_outside_the_table_is_accepted_and_told_to_operators(world: World) -> None:
    address = world.address()
    registration = await world.to_establishment(address)
    assert (await world.claim(registration, NOT_AKTO)).step == "idcc"
    view = await world.registrations.send(registration, GiveIdcc(idcc="0 1486"))
    assert (view.step, view.errors) == ("email_link", ())
    await told(world, registration)
    await world.finish(registration, address)
    assert await world.outcome(registration) == "registered"
    await told(world, registration)
    row = await world.pool.fetchrow(
        "SELECT t.idcc, t.confirmed FROM attachments t JOIN accounts a ON a.id = t.account_id"
        " WHERE registration_id = $1",
        registration,
    )
    assert row is not None
    assert tuple(row) == ("1486", False)


async def test_corrected_after_all_nobody_is_told(world: World) -> None:
    registration = await world.to_establishment(world.address())
    await world.claim(registration, NOT_AKTO)
    await world.registrations.send(registration, GoBack(leaving=Step.IDCC))
    assert (await world.claim(registration, ONLY_INSEE)).step == "idcc"
    await world.registrations.send(registration, GiveIdcc(idcc="1761"))
    assert (await world.registrations.view(registration)).answers.idcc == "0573"
    assert "RegistrationAttention" not in await world.attributes(registration)
