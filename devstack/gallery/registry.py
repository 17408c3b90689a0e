"""The list of states, and what several of them send."""

from collections.abc import Awaitable, Callable

from devstack.gallery.stage import Stage
from domain.messages import ChooseThemes, ClaimEstablishment, Kind, Theme

State = Callable[[Stage], Awaitable[object]]
STATES: dict[str, State] = {}
#: States in which a script has something to show.
SCRIPTED: set[str] = set()

THEMES = ChooseThemes(themes=(Theme.INVOICES,))


def state(enter: State) -> State:
    """Name a state after its function."""
    STATES[enter.__name__] = enter
    return enter


def scripted(enter: State) -> State:
    """The same, shown with scripts."""
    SCRIPTED.add(enter.__name__)
    return state(enter)


def topic(enter: State) -> str:
    """What the state is about: the end of its module's name."""
    return enter.__module__.rpartition("states_")[2]


def claim(siret: str) -> ClaimEstablishment:
    """The establishment's form."""
    return ClaimEstablishment(kind=Kind.MEMBER, siret=siret)
