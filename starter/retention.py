"""The schedule that deletes what is past its period, once a night."""

from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from domain.desk import Public
from workflows.effects import TASK_QUEUE

SCHEDULE_ID = "retention"
HOUR, MINUTE, ZONE = 3, 40, "Europe/Paris"


def _schedule() -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            "Retention",
            id="retention",
            task_queue=TASK_QUEUE,
            static_summary=Public("Suppression de ce qui a dépassé sa durée de conservation"),
        ),
        spec=ScheduleSpec(
            calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(HOUR)], minute=[ScheduleRange(MINUTE)])],
            time_zone_name=ZONE,
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(days=1)),
    )


async def schedule_retention(client: Client) -> bool:
    """Create the schedule, True; or bring it up to date, False: paused by an operator, it stays paused."""
    try:
        await client.create_schedule(SCHEDULE_ID, _schedule())
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(SCHEDULE_ID).update(_updated)
        return False
    return True


def _updated(found: ScheduleUpdateInput) -> ScheduleUpdate:
    schedule = _schedule()
    schedule.state = found.description.schedule.state
    return ScheduleUpdate(schedule)
