"""How the commands speak: tables for people, `--json` for programs, warnings apart."""

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.desk import OUTCOMES, STEPS
from domain.messages import Step
from domain.view import Outcome

#: A table that is piped into a file must not lose half of an id.
PIPED_WIDTH = 200


def console() -> Console:
    """Standard output."""
    found = Console(highlight=False, soft_wrap=False)
    return found if found.is_terminal else Console(highlight=False, width=PIPED_WIDTH)


def errors() -> Console:
    """Standard error: progress, and what is beside the answer."""
    return Console(stderr=True, highlight=False)


def say_json(value: Any) -> None:
    """Print a value for programs."""
    print(json.dumps(plain(value), ensure_ascii=False, indent=2))  # noqa: T201 - a program reads it


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str | None = None) -> None:
    """Print a table; the first column is never broken."""
    drawn = Table(title=title, title_justify="left", header_style="bold")
    for number, column in enumerate(columns):
        drawn.add_column(column, no_wrap=number == 0)
    for row in rows:
        drawn.add_row(*(Text(inert(cell)) for cell in row))
    console().print(drawn)


def say(text: str) -> None:
    """Print a line, as it is."""
    console().print(inert(text), markup=False)


def warn(text: str) -> None:
    """Print a line beside the answer."""
    errors().print(inert(text), markup=False)


def inert(text: str) -> str:
    """Text that moves no cursor and turns no line around: names and reasons come from elsewhere."""
    return "".join(one if one == "\n" or unicodedata.category(one)[0] != "C" else "�" for one in text)


def plain(value: Any) -> Any:
    """What JSON can say of a value."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    match value:
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case datetime() | date():
            return value.isoformat()
        case None | bool() | int() | float():
            return value
        case _:
            return str(value)


def moment(at: datetime | None) -> str:
    """A moment for people, in UTC like the cards of the Temporal UI."""
    return f"{at.astimezone(UTC):%d/%m/%Y %H:%M}" if at else "–"


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago, by its largest unit."""
    if at is None:
        return "–"
    return length(now - at)


def length(time: timedelta) -> str:
    """A length of time, by its largest unit."""
    seconds = max(0, int(time.total_seconds()))
    for unit, size in (("j", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def step(code: str | None) -> str:
    """A step in the words of the cards; what is unknown stands as it is."""
    return STEPS[Step(code)] if code in set(Step) else code or "–"


def outcome(code: str | None) -> str:
    """How it ended, in the words of the cards."""
    return OUTCOMES[Outcome(code)] if code in set(Outcome) else code or "–"
