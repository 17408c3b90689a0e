"""What lists of registrations filter by, and the views the Temporal UI can keep.

`CloseTime IS NULL` and not `ExecutionStatus = "Running"`: the latter hides registrations that are paused.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

REGISTRATION = 'WorkflowType = "Registration"'
OPEN = f"{REGISTRATION} AND CloseTime IS NULL"
#: A deadline is closed within a minute, unless nobody is there to do it.
OVERDUE = timedelta(minutes=10)

_UNITS = {"m": "minutes", "h": "hours", "j": "days", "d": "days"}


def text(value: str) -> str:
    """A value as it stands in a query."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def moment(at: datetime) -> str:
    """A moment as it stands in a query."""
    return text(at.astimezone(UTC).isoformat(timespec="seconds"))


def joined(*conditions: str | None) -> str:
    """All conditions at once; absent ones are left out."""
    return " AND ".join(one for one in conditions if one)


def within(query: str) -> str:
    """Open registrations among those that an operator's query names."""
    return f"{OPEN} AND ({query})"


def duration(given: str) -> timedelta:
    """Read `45m`, `2h`, `3j`.

    Raises:
        ValueError: for anything else.
    """
    read = re.fullmatch(r"([0-9]{1,4})\s*([mhjd])", given.strip().lower())
    if read is None:
        raise ValueError("attendu : 45m, 2h ou 3j")
    return timedelta(**{_UNITS[read[2]]: int(read[1])})


def stuck(now: datetime) -> tuple[tuple[str, str], ...]:
    """Why a registration counts as stuck, each with its condition.

    They are asked one by one: an older server refuses an attribute or a status it does not know, which must
    cost that reason alone.
    """
    return (
        ("attention", "RegistrationAttention IS NOT NULL"),
        ("erreur de code", "TemporalReportedProblems IS NOT NULL"),
        ("suspendue dans Temporal", "TemporalPauseInfo IS NOT NULL"),
        ("suspendue dans Temporal", 'ExecutionStatus = "Paused"'),
        ("échéance passée, rien ne l'a fermée", f"RegistrationDeadline < {moment(now - OVERDUE)}"),
    )


@dataclass(frozen=True)
class SavedView:
    """A list the Temporal UI keeps under a name, once its link has been opened."""

    name: str
    query: str


VIEWS: tuple[SavedView, ...] = (
    SavedView("Inscriptions en cours", OPEN),
    SavedView("À regarder", joined(OPEN, "RegistrationAttention IS NOT NULL")),
    SavedView("En examen", joined(OPEN, 'RegistrationWaitingOn = "operator"')),
    SavedView("En attente de l’INSEE", joined(OPEN, 'RegistrationWaitingOn = "insee"')),
    SavedView("Courriels en panne", joined(OPEN, 'RegistrationWaitingOn = "mail"')),
    SavedView("Lien attendu", joined(OPEN, 'RegistrationStep IN ("email_link", "password")')),
    SavedView("Erreurs de code", joined(OPEN, "TemporalReportedProblems IS NOT NULL")),
    SavedView("Terminées", joined(REGISTRATION, "CloseTime IS NOT NULL")),
)


def link(ui: str, namespace: str, view: SavedView) -> str:
    """The link that opens the view and keeps it among the browser's saved ones."""
    base = f"{ui.rstrip('/')}/namespaces/{quote(namespace, safe='')}/workflows"
    return f"{base}?query={quote(view.query, safe='')}&savedQuery={quote(view.name, safe='')}"
