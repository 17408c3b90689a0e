"""Names of the scenarios, filled by `@scenario` in the modules beside this one."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from tests.workflow.world import World

#: Plays a registration and gives its id, or the id of a workflow of another type.
Play = Callable[[World], Awaitable[UUID | str]]
F = TypeVar("F", bound=Play)

SCENARIOS: dict[str, Play] = {}


def scenario(play: F) -> F:
    """Record what this function plays, under its name."""
    assert play.__name__ not in SCENARIOS
    SCENARIOS[play.__name__] = play
    return play
