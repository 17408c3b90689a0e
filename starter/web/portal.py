"""What the pages need, found on the application: the facade, links, login, mint, guard.

Pages never hold any of these themselves, so that one application serves tests and production alike.
"""

from starlette.datastructures import State
from starlette.requests import Request

from infrastructure.settings import Settings
from infrastructure.tokens import TokenMint
from starter.guard import StartGuard
from starter.letters import Letters
from starter.links import Links
from starter.registrations import Registrations
from starter.resets import Resets
from starter.sessions import Login


class Portal:
    """The parts of `app.state` that pages use, each looked up when it is used."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def settings(self) -> Settings:
        """The product's settings."""
        settings: Settings = self._state.settings
        return settings

    @property
    def registrations(self) -> Registrations:
        """The facade."""
        registrations: Registrations = self._state.registrations
        return registrations

    @property
    def links(self) -> Links:
        """What stands behind mailed links."""
        links: Links = self._state.links
        return links

    @property
    def letters(self) -> Letters:
        """Orders the mails that a page asks for."""
        letters: Letters = self._state.letters
        return letters

    @property
    def resets(self) -> Resets:
        """Changes passwords of accounts."""
        resets: Resets = self._state.resets
        return resets

    @property
    def login(self) -> Login:
        """The door of « Mon Espace »."""
        login: Login = self._state.login
        return login

    @property
    def mint(self) -> TokenMint:
        """Makes and checks tokens."""
        mint: TokenMint = self._state.mint
        return mint

    @property
    def guard(self) -> StartGuard:
        """Counts starts and look-ups per client address."""
        guard: StartGuard = self._state.guard
        return guard


def portal(request: Request) -> Portal:
    """The portal this request came to."""
    return Portal(request.app.state)


def client(request: Request) -> str:
    """The client's address, as the middleware established it."""
    return str(request.state.client)
