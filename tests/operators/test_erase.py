"""Erasing one person: everything of theirs goes, nothing of anybody else's."""

import asyncio
from uuid import UUID

import pytest

from devstack.populate import Crowd
from domain.messages import Abandon
from starter.operators.executions import described
from tests.operators.conftest import Operator, address_of
from tests.rows import rows_naming
from tests.waiting import eventually

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

WHY = ("--reason", "demande écrite du 25")


async def _settled(crowd: Crowd, *texts: str) -> dict[str, int]:
    """The rows that hold one of these, once no mail follows any more from what was written."""

    async def still() -> dict[str, int] | None:
        first = await rows_naming(crowd.pool, *texts)
        await asyncio.sleep(2)
        return (
            first if first == await rows_naming(crowd.pool, *texts) and "letters_due" not in first else None
        )

    return await eventually(still, within=60)


async def _gone(crowd: Crowd, *registrations: UUID) -> bool:
    """The server deletes behind the call, in its own time: half a minute where it had to terminate first."""
    for _ in range(200):
        if not any([await described(crowd.client, one) for one in registrations]):
            return True
        await asyncio.sleep(0.5)
    return False


async def test_a_person_with_an_account(operator: Operator, crowd: Crowd) -> None:
    registration, neighbour = await crowd.to_confirm(), await crowd.to_confirm()
    address, theirs = address_of(registration), address_of(neighbour)
    before = await _settled(crowd, address, str(registration))
    assert {"accounts", "account_events", "links", "mail_ledger", "pending_credentials"} <= set(before)
    neighbours = await _settled(crowd, theirs, str(neighbour))

    dry = (await operator.types("erase", address, *WHY, "--dry-run", "--json")).json
    assert dry["workflows"] == [f"registration-{registration}"]
    assert dry["rows"]["accounts"] == 1
    declined = await operator.types("erase", address, *WHY, answer="n\n")
    assert declined.code == 1
    assert await rows_naming(crowd.pool, address, str(registration)) == before

    said = await operator.types("erase", *WHY, "--by", "Sam", "--yes", answer=f"{address}\n")
    assert said.code == 0
    assert "effacé" in said.out
    assert await _gone(crowd, registration)
    # One event asks the real portal to do the same; it names ids alone.
    assert await rows_naming(crowd.pool, address, str(registration)) == {"account_events": 1}
    assert await rows_naming(crowd.pool, address) == {}
    [event] = await crowd.pool.fetch(
        "SELECT type FROM account_events WHERE body ->> 'registration_id' = $1", str(registration)
    )
    assert event["type"] == "account.erased"
    [audit] = await crowd.pool.fetch("SELECT actor, reason, subject FROM audit WHERE action = 'erase'")
    assert audit["actor"] == "Sam (déclaré)"
    assert "accounts 1" in audit["subject"]
    assert await rows_naming(crowd.pool, theirs, str(neighbour)) == neighbours
    assert await described(crowd.client, neighbour) is not None

    again = await operator.types("find", address)
    assert again.code == 1


async def test_an_open_registration_is_ended_and_removed_an_ended_one_too(
    operator: Operator, crowd: Crowd
) -> None:
    under_way, ended = await crowd.link(), await crowd.link()
    handle = crowd.client.get_workflow_handle(f"registration-{ended}")
    await handle.execute_update(Abandon.NAME, Abandon())
    await handle.result()
    for registration in (under_way, ended):
        said = await operator.types("erase", address_of(registration), *WHY, "--yes")
        assert said.code == 0
        found = await described(crowd.client, registration)
        assert found is None or not found.execution.open
        assert await rows_naming(crowd.pool, str(registration)) == {}
    assert await _gone(crowd, under_way, ended)


async def test_nobody(operator: Operator) -> None:
    said = await operator.types("erase", "personne@inconnue.example", *WHY, "--yes")
    assert said.code == 0
    assert "rien à effacer" in said.out
    assert (await operator.types("erase", "personne@inconnue.example", "--yes")).code == 2
