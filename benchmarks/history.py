"""Where the events, bytes and billable actions of a workflow's history go."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

PREFIX = "EVENT_TYPE_"


@dataclass
class Bill:
    """What one history holds.

    Attributes:
        events: events by what they are for.
        bytes: bytes of the events, likewise.
        actions: Temporal Cloud's billable actions, by what they are for.
    """

    events: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)

    def queried(self, times: int) -> None:
        """Add queries: each is an action, and none is in the history."""
        self.actions["query"] += times


def bill(events: Iterable[HistoryEvent]) -> Bill:
    """Sort the events of a history.

    Actions follow Temporal Cloud's published list: a start, an update accepted, a signal, an upsert of search
    attributes, a timer started, an activity scheduled or tried again are one action each; all the markers of
    one workflow task are one. Attributes given at the start, workflow tasks and results cost none.
    """
    made = Bill()
    names: dict[int, str] = {}
    marked: set[int] = set()
    for event in events:
        label = _label(event, names)
        names[event.event_id] = label
        made.events[label] += 1
        made.bytes[label] += event.ByteSize()
        match event.event_type:
            case (
                EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED
                | EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
                | EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED
                | EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES
                | EventType.EVENT_TYPE_TIMER_STARTED
                | EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
            ):
                made.actions[label] += 1
            case EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
                made.actions[label] += event.activity_task_started_event_attributes.attempt - 1
            case EventType.EVENT_TYPE_MARKER_RECORDED:
                task = event.marker_recorded_event_attributes.workflow_task_completed_event_id
                made.actions[label] += task not in marked
                marked.add(task)
    made.actions = +made.actions
    return made


def _label(event: HistoryEvent, names: dict[int, str]) -> str:
    """What the event is for, in words of the product."""
    kind = EventType.Name(event.event_type).removeprefix(PREFIX)
    if kind.startswith("WORKFLOW_TASK_"):
        return "workflow tasks"
    if kind == "WORKFLOW_EXECUTION_SIGNALED":
        return "signals"
    if kind == "WORKFLOW_EXECUTION_UPDATE_ACCEPTED":
        name = event.workflow_execution_update_accepted_event_attributes.accepted_request.input.name
        return f"update {name}"
    if kind == "WORKFLOW_EXECUTION_UPDATE_COMPLETED":
        return names[event.workflow_execution_update_completed_event_attributes.accepted_event_id]
    if kind == "ACTIVITY_TASK_SCHEDULED":
        return f"activity {event.activity_task_scheduled_event_attributes.activity_type.name}"
    if kind.startswith("ACTIVITY_TASK_"):
        attributes = getattr(event, f"{kind.lower()}_event_attributes")
        return names[attributes.scheduled_event_id]
    if kind.startswith("TIMER_"):
        return "timers"
    return {
        "MARKER_RECORDED": "local activities",
        "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES": "search attributes",
        "WORKFLOW_EXECUTION_STARTED": "start",
        "WORKFLOW_EXECUTION_COMPLETED": "end",
    }.get(kind, kind.lower())
