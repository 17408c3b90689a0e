"""What is past its period is gone, from Temporal and from PostgreSQL; nothing of anybody else's is."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from temporalio.client import ScheduleActionExecutionStartWorkflow, ScheduleOverlapPolicy
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import ActivityEnvironment

from activities.retention import RetentionActivities
from domain.effects import RetentionOrder, RetentionReport
from domain.messages import Abandon
from infrastructure.sessions import Sessions
from infrastructure.tokens import mailbox_hash
from starter.retention import SCHEDULE_ID, schedule_retention
from tests.rows import rows_naming
from tests.waiting import eventually
from tests.workflow.world import World

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


async def kept_by_temporal(world: World, registration: UUID) -> bool:
    """Whether Temporal knows it."""
    try:
        await world.handle(registration).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True


async def listed(world: World, registration: UUID) -> bool:
    """Whether visibility shows it as over; it follows in its own time."""
    query = f'WorkflowId = "registration-{registration}" AND CloseTime IS NOT NULL'
    return (await world.client.count_workflows(query)).count == 1


async def days_later(world: World, days: int) -> RetentionReport:
    """Apply the periods as they will stand in so many days."""
    activities = RetentionActivities(world.client, world.pool, world.settings)
    order = RetentionOrder(at=datetime.now(UTC) + timedelta(days=days))
    report = await ActivityEnvironment().run(activities.apply_retention, order)
    assert isinstance(report, RetentionReport)
    return report


async def gone(world: World, registration: UUID) -> None:
    """The server deletes behind the call."""

    async def looked() -> bool:
        return not await kept_by_temporal(world, registration)

    await eventually(looked, 60)


async def test_nothing_is_left_but_dates_and_counts(world: World) -> None:
    given_up, finished, waiting = world.address(), world.address(), world.address()
    abandoned = await world.by_number(given_up)
    await world.mail(given_up, "confirmation")
    await world.registrations.send(abandoned, Abandon())
    assert await world.outcome(abandoned) == "abandoned"
    registered = await world.by_number(finished)
    await world.finish(registered, finished)
    assert await world.outcome(registered) == "registered"
    under_way = await world.by_number(waiting)
    await world.mail(waiting, "confirmation")
    for registration in (abandoned, registered):
        await eventually(partial(listed, world, registration))
    hashed = mailbox_hash(world.settings.email_hash_key, given_up).hex()
    of_abandoned = (given_up, str(abandoned), hashed)
    assert {"links", "mail_ledger"} <= set(await rows_naming(world.pool, *of_abandoned))

    await days_later(world, 6)
    assert await kept_by_temporal(world, abandoned)
    assert "links" in await rows_naming(world.pool, given_up)

    report = await days_later(world, 8)
    assert report.workflows["Registration"] >= 1
    assert report.rows["links"] >= 1
    await gone(world, abandoned)
    assert await rows_naming(world.pool, given_up) == {}
    # The send ledger keeps its time and an HMAC of the mailbox.
    assert set(await rows_naming(world.pool, *of_abandoned)) == {"mail_ledger"}
    assert await kept_by_temporal(world, registered)

    await days_later(world, 31)
    await gone(world, registered)
    assert "links" not in await rows_naming(world.pool, finished)
    assert "accounts" in await rows_naming(world.pool, finished)
    assert await kept_by_temporal(world, under_way)
    assert "links" in await rows_naming(world.pool, waiting)

    await days_later(world, 91)
    assert await rows_naming(world.pool, *of_abandoned) == {}
    assert await kept_by_temporal(world, under_way)


async def test_each_table_keeps_its_period(world: World) -> None:
    pool = world.pool
    account = await pool.fetchval(
        "INSERT INTO accounts"
        " (registration_id, email, email_key, civility, last_name, first_name, created_at)"
        " VALUES (gen_random_uuid(), 'A@b.example', 'a@b.example', 'madame', 'A', 'B', now()) RETURNING id"
    )
    await pool.execute(
        "INSERT INTO account_events (account_id, type, body, delivered_at) VALUES"
        " ($1, 'account.created', '{}', now()), ($1, 'account.created', '{}', NULL)",
        account,
    )
    session = await Sessions(pool, world.settings).open(account)
    await pool.execute("INSERT INTO limit_hits VALUES ('essai', now(), 1)")
    await pool.execute("INSERT INTO mailbox_blocks VALUES ('essai', now() + interval '30 days')")
    await pool.execute("INSERT INTO audit (actor, action) VALUES ('essai', 'essai')")
    counts = (
        "SELECT (SELECT count(*) FROM limit_hits WHERE bucket = 'essai'),"
        " (SELECT count(*) FROM mailbox_blocks WHERE mailbox_hash = 'essai'),"
        " (SELECT count(*) FROM audit WHERE actor = 'essai'),"
        " (SELECT count(*) FROM sessions WHERE account_id = $1),"
        " (SELECT count(*) FROM account_events WHERE account_id = $1)"
    )
    seen = []
    for days in (0, 1, 3, 31, 91):
        await days_later(world, days)
        seen.append(tuple((await pool.fetch(counts, account))[0]))
    assert seen == [(1, 1, 1, 1, 2), (1, 1, 1, 0, 2), (0, 1, 1, 0, 2), (0, 0, 1, 0, 2), (0, 0, 0, 0, 1)]
    assert await Sessions(pool, world.settings).account(session) is None
    # What the real portal has not taken yet is kept, however old.
    assert (
        await pool.fetchval("SELECT delivered_at FROM account_events WHERE account_id = $1", account) is None
    )


async def test_the_schedule_runs_it(world: World) -> None:
    assert await schedule_retention(world.client)
    handle = world.client.get_schedule_handle(SCHEDULE_ID)
    try:
        await handle.pause(note="essai")
        assert not await schedule_retention(world.client)
        assert (await handle.describe()).schedule.state.paused
        await handle.trigger(overlap=ScheduleOverlapPolicy.ALLOW_ALL)

        async def report() -> RetentionReport | None:
            actions = (await handle.describe()).info.recent_actions
            if not actions:
                return None
            action = actions[0].action
            assert isinstance(action, ScheduleActionExecutionStartWorkflow)
            started = world.client.get_workflow_handle(action.workflow_id, result_type=RetentionReport)
            return await asyncio.wait_for(started.result(), 30)

        assert isinstance(await eventually(report, 30), RetentionReport)
    finally:
        await handle.delete()
