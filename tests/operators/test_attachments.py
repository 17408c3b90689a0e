"""Attachments « à confirmer »: listed, confirmed, refused, each decision with its line and its event."""

import json
from uuid import UUID, uuid4

import pytest

from devstack.populate import Crowd
from tests.operators.conftest import Operator

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

WHY = ("--reason", "convention vérifiée")
STANDS = "SELECT confirmed FROM attachments WHERE id = $1"
AUDIT = "SELECT action, actor, reason, outcome, registration_id FROM audit WHERE subject LIKE $1"
EVENTS = "SELECT type, body FROM account_events WHERE body ->> 'attachment_id' = $1 ORDER BY id"


async def _waiting(operator: Operator, registration: UUID) -> str:
    listed = (await operator.types("attachments", "list", "--json", "--limit", "1000")).json
    assert listed["count"] == len(listed["attachments"])
    [found] = [one for one in listed["attachments"] if one["registration_id"] == str(registration)]
    assert found["proof"] == "idcc_declared"
    return str(found["id"])


@pytest.mark.parametrize(("decision", "event"), [("confirm", "confirmed"), ("refuse", "refused")])
async def test_a_decision(operator: Operator, crowd: Crowd, decision: str, event: str) -> None:
    registration = await crowd.to_confirm()
    attachment = await _waiting(operator, registration)
    assert attachment in (await operator.types("attachments", "list", "--limit", "1000")).out

    command = ("attachments", decision, attachment, *WHY, "--by", "Sam")
    dry = await operator.types(*command, "--dry-run")
    assert (dry.code, dry.out) == (0, "serait fait\n")
    assert await crowd.pool.fetchval(STANDS, UUID(attachment)) is False
    assert await crowd.pool.fetch(AUDIT, f"{attachment}%") == []

    assert (await operator.types(*command)).out == "fait\n"
    assert await crowd.pool.fetchval(STANDS, UUID(attachment)) is (True if decision == "confirm" else None)
    [written] = await crowd.pool.fetch(AUDIT, f"{attachment}%")
    assert tuple(written) == (f"attachment_{decision}", "Sam (déclaré)", WHY[1], "done", registration)
    created, decided = await crowd.pool.fetch(EVENTS, attachment)
    assert (created["type"], decided["type"]) == ("attachment.created", f"attachment.{event}")
    assert json.loads(decided["body"])["siret"] == json.loads(created["body"])["siret"]

    again = await operator.types(*command)
    assert again.code == 1
    assert ("déjà confirmé" if decision == "confirm" else "Aucun rattachement") in again.out


async def test_a_confirmed_one_may_still_be_refused(operator: Operator, crowd: Crowd) -> None:
    attachment = await _waiting(operator, await crowd.to_confirm())
    await operator.types("attachments", "confirm", attachment, *WHY)
    assert (await operator.types("attachments", "refuse", attachment, *WHY)).code == 0


async def test_an_unknown_one_and_no_reason(operator: Operator) -> None:
    assert (await operator.types("attachments", "confirm", uuid4(), *WHY)).code == 1
    assert (await operator.types("attachments", "confirm", uuid4())).code == 2
    assert (await operator.types("attachments", "confirm", uuid4(), "--reason", "x")).code == 2
