"""The token of every form: drawn for one browser, at one hour, and inside « Mon Espace » for one session.

Sec-Fetch-Site and Origin (`starter/middleware.py`) say where a request was sent from; this says that the form
was drawn by us, for the very browser that sends it. It is an HMAC over a cookie that holds an id and nothing
else, so that no row is kept for a page that somebody only looks at. The cookie is set by the first page that
draws a form, whichever that is; browsers forget it when they close.
"""

import time
from typing import Final
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response

from infrastructure.tokens import parse
from starter.web import cookies
from starter.web.portal import portal

FIELD: Final = "form_token"
#: How long a form may stay open before it is shown again instead of accepted.
LIFE_HOURS: Final = 24
#: By how much the clocks of two web processes may differ.
AHEAD_HOURS: Final = 1


def bind(request: Request, session: str) -> None:
    """Tie the forms of this request, those read and those drawn, to a session: each log in has its own."""
    request.state.form_session = session


def draw(request: Request) -> str:
    """The token for every form of the page that answers this request."""
    return portal(request).mint.make("page", _browser(request), _hour(), _session(request))


def is_current(request: Request, text: str) -> bool:
    """Whether the form was drawn for this browser (and session), and not too long ago."""
    token, browser = parse(text), _known(request)
    if token is None or browser is None or token.registration != browser:
        return False
    age = _hour() - token.number
    return -AHEAD_HOURS <= age <= LIFE_HOURS and portal(request).mint.check(token, "page", _session(request))


def keep(response: Response, request: Request) -> None:
    """Let the browser keep its id, if a form was drawn for one that had none."""
    drawn: UUID | None = getattr(request.state, "new_browser", None)
    if drawn is not None:
        here = portal(request)
        cookies.keep(response, here.settings, cookies.BROWSER, here.mint.make("browser", drawn))


def _browser(request: Request) -> UUID:
    known = _known(request) or getattr(request.state, "new_browser", None)
    if known is None:
        known = request.state.new_browser = uuid4()
    return known


def _known(request: Request) -> UUID | None:
    token = parse(cookies.read(request, cookies.BROWSER) or "")
    return token.registration if token and portal(request).mint.check(token, "browser") else None


def _session(request: Request) -> str:
    return str(getattr(request.state, "form_session", ""))


def _hour() -> int:
    return int(time.time() // 3600)
