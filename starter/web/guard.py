"""What every page does with what can go wrong below it; each page adds only what is special to it.

No page ever shows an engine's or a driver's words: it shows one of ours, or the facts of the registration.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import wraps

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.view import Outcome
from infrastructure.database import DatabaseUnavailable
from starter.links import LinkRefused, PasswordRefused
from starter.registrations import Ended, Refused, Unavailable, UnknownRegistration
from starter.web import cookies, steps
from starter.web.forms import BadForm, Outdated
from starter.web.portal import portal
from starter.web.rendering import render, see
from starter.web.words import CONTACT, ENDINGS, ERRORS, LINK_ENDINGS, Ending

Endpoint = Callable[[Request], Awaitable[Response]]

#: After which time a browser, or a person, may try again.
RETRY_AFTER = 5

#: What « not now » looks like, whoever says it. It is never a refusal.
DOWN = (Unavailable, DatabaseUnavailable)


def route(path: str, endpoint: Endpoint, methods: Sequence[str] = ("GET",), again: str = "") -> Route:
    """A page at that path. HEAD comes with GET: mail scanners ask for it.

    Args:
        path: where it is.
        endpoint: what answers there.
        methods: HTTP methods.
        again: the page its form stands on, shown when the form's token is outdated; the path itself without.
    """
    return Route(path, _guarded(endpoint, again or path), methods=list(methods), include_in_schema=False)


def ending_page(request: Request, ending: Ending) -> Response:
    """An honest end."""
    if ending.target == CONTACT:
        ending = replace(ending, target=portal(request).settings.contact_url, contact=False)
    return render(request, "ending.html", status=ending.status, ending=ending)


def error_page(request: Request, status: int) -> Response:
    """The page for an HTTP status; for the application's own handlers too."""
    retry_after = RETRY_AFTER if status == 503 else None
    ending = ERRORS.get(status) or ERRORS[400 if 400 <= status < 500 else 500]
    if not ending.target:
        again = request.url.path if request.method in ("GET", "HEAD") else "/inscription"
        ending = replace(ending, target=again)
    return render(request, "ending.html", status=status, ending=ending, retry_after=retry_after)


def link_page(request: Request, refused: LinkRefused) -> Response:
    """Why a link does not open, with the one button that helps."""
    if refused.code == "link_expired":
        return render(request, "link_expired.html", status=410, sent=False)
    if refused.code == "registration_ended":
        return ending_page(request, LINK_ENDINGS[refused.outcome or Outcome.EXPIRED])
    return ending_page(request, LINK_ENDINGS[refused.code])


def end_page(request: Request, ended: Ended) -> Response:
    """The end of the registration this browser held, when it can no longer be asked about it."""
    return ending_page(request, ENDINGS.get(ended.outcome or Outcome.EXPIRED, ENDINGS[Outcome.EXPIRED]))


def _guarded(endpoint: Endpoint, again: str) -> Endpoint:
    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Outdated:
            # A form that is a button; those in which something is typed show it again themselves.
            return see(again, "formulaire")
        except BadForm:
            return error_page(request, 400)
        except DOWN:
            return error_page(request, 503)
        except LinkRefused as refused:
            return link_page(request, refused)
        except (Refused, PasswordRefused):
            # Refused where nothing was typed: the registration is at work on something else just now.
            return error_page(request, 503)
        except Ended as ended:
            return end_page(request, ended)
        except cookies.NoRegistration:
            return see(steps.IDENTITY.path, "inconnue" if request.method == "POST" else None)
        except UnknownRegistration:
            response = see(steps.IDENTITY.path, "inconnue")
            cookies.forget(response, portal(request).settings, cookies.REGISTRATION)
            return response

    return guarded
