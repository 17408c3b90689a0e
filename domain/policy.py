"""Deadlines, reminders and limits of one registration: values, and nothing that reads a clock.

The workflow receives a `Policy` at its start only where it differs from these defaults: what a replay
decides must not depend on the worker's environment.
"""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict


class Policy(BaseModel):
    """The values a registration is judged by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: The mailbox is proved before the guide's branch shows (`order.py`); the guide has the branch first.
    confirm_email_first: bool = False
    link_hours: int = 24
    #: Parts of hours too: a storm of reminders can be played within minutes.
    form_reminders_hours: tuple[float, ...] = (2, 72)
    link_reminders_hours: tuple[float, ...] = (24, 72)
    #: This registration's share of a spread: those who began together are not all reminded in one second.
    reminders_later_minutes: float = 0
    review_reminders_working_days: tuple[int, ...] = (1, 3)
    life_days: int = 7
    life_without_number_days: int = 30
    #: Longer than the facade's own retries, so that a message sent in time still meets an open registration.
    grace_seconds: int = 60
    resend_seconds: int = 60
    resends: int = 5
    siret_lookups: int = 5
    wrong_numbers: int = 5
    #: One person, one quick try; then patiently, every `insee_slowest_seconds` at the slowest.
    insee_quick_seconds: float = 2.0
    insee_slowest_seconds: int = 600
    insee_attention_minutes: int = 60
    disowned_days: int = 30
    messages_accepted: int = 100
    messages_in_all: int = 300
    journal_entries: int = 50


def add_working_days(start: datetime, days: int) -> datetime:
    """The same hour, `days` working days later (Saturdays and Sundays do not count)."""
    at = start
    while days > 0:
        at += timedelta(days=1)
        if at.weekday() < 5:
            days -= 1
    return at
