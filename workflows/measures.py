"""What registrations count about themselves. Replay counts nothing twice; labels are words of ours."""

from temporalio import workflow

STARTED = "mon_espace_registrations_started"
STEPS = "mon_espace_steps_reached"
ENDED = "mon_espace_registrations_ended"
MESSAGES = "mon_espace_messages"

_TEXTS = {
    STARTED: "Registrations begun",
    STEPS: "Registrations that reached a step, each counted once a step",
    ENDED: "Registrations over, by outcome and branch",
    MESSAGES: "Messages that a registration handled, by name and result",
}


def count(name: str, **labels: str) -> None:
    """One more."""
    workflow.metric_meter().create_counter(name, _TEXTS[name]).add(1, labels)
