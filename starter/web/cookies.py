"""The portal's cookies: HttpOnly, SameSite=Lax, for the whole site, and `__Host-` with Secure over TLS.

Lax and not Strict: a link in a mail is a navigation from elsewhere, and its page needs the cookie at once.
Each cookie holds one token of ours and nothing else; what it holds is checked at every use.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from infrastructure.settings import Settings
from infrastructure.tokens import parse
from starter.holder import Holder, read_holder, resume_token
from starter.web.portal import portal

REGISTRATION: Final = "inscription"
LINK: Final = "lien"
DISOWN: Final = "pas-moi"
SESSION: Final = "session"
RESET: Final = "nouveau-mot-de-passe"
#: Who sends a form, before there is any session and after (see `form_tokens.py`).
BROWSER: Final = "navigateur"

DAY: Final = 24 * 3600
#: As long as a registration that waits for its member number is kept.
REGISTRATION_LIFE: Final = 30 * DAY
#: Long enough to choose a password calmly; the link in the mail can be opened again.
LINK_LIFE: Final = 3600


class NoRegistration(Exception):
    """This browser holds no registration."""


def keep(response: Response, settings: Settings, cookie: str, value: str, seconds: int | None = None) -> None:
    """Set a cookie; without `seconds` it goes when the browser closes."""
    response.set_cookie(
        _name(settings, cookie),
        value,
        max_age=seconds,
        path="/",
        secure=settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def forget(response: Response, settings: Settings, cookie: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(
        _name(settings, cookie),
        path="/",
        secure=settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def read(request: Request, cookie: str) -> str | None:
    """What the browser sent, unchecked."""
    return request.cookies.get(_name(portal(request).settings, cookie)) or None


def keep_registration(response: Response, request: Request, holder: Holder) -> None:
    """Let this browser go on with that registration."""
    here = portal(request)
    keep(response, here.settings, REGISTRATION, resume_token(here.mint, holder), REGISTRATION_LIFE)


def holder_of(request: Request) -> Holder | None:
    """The registration this browser may go on with; None without a cookie that we made."""
    return read_holder(portal(request).mint, read(request, REGISTRATION) or "")


def held(request: Request) -> Holder:
    """The registration this browser may go on with.

    Raises:
        NoRegistration: it holds none.
    """
    holder = holder_of(request)
    if holder is None:
        raise NoRegistration
    return holder


def link_token(request: Request) -> str | None:
    """What opens the password's page: the link followed last, or the session of who went on from it."""
    text, holder = read(request, LINK), holder_of(request)
    if holder is None or not holder.behind:
        return text
    link = parse(text or "")
    if link is not None and (link.registration != holder.registration or link.number > holder.behind):
        return text
    return read(request, REGISTRATION)


def _name(settings: Settings, cookie: str) -> str:
    return f"__Host-{cookie}" if settings.secure_cookies else cookie
