"""Somebody who presses « renvoyer » fifty times: the mailbox gets what the limits allow and no more."""

from datetime import timedelta
from uuid import uuid4

import pytest

from domain.messages import ResendLink
from domain.policy import Policy
from starter.registrations import Refused
from tests.waiting import eventually
from tests.workflow.world import World

DECIDED = "SELECT status FROM mail_ledger WHERE registration_id = $1 AND status <> 'sending'"

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


async def test_fifty_in_a_row(world: World) -> None:
    address = world.address()
    registration = await world.by_number(address)
    await world.mail(address, "confirmation")
    accepted, codes = 0, set[str]()
    for number in range(50):
        if number % 5 == 0:
            await world.skip(registration, timedelta(seconds=61))
        try:
            await world.registrations.send(registration, ResendLink(submission=uuid4().hex))
        except Refused as refused:
            codes |= refused.codes
        else:
            accepted += 1
    assert accepted == Policy().resends
    assert codes == {"resend_too_soon", "resend_too_many"}

    async def settled() -> list[str] | None:
        rows = await world.pool.fetch(DECIDED, registration)
        return [row["status"] for row in rows] if len(rows) == 1 + accepted else None

    decided = sorted(await eventually(settled))
    assert decided == ["sent"] * world.settings.mails_per_hour + ["suppressed"]
    assert len(await world.mails(address)) == world.settings.mails_per_hour
