"""Pages on which nobody is asked anything: thanks, work under way, review, the end.

They are shown where the registration stands, like the form screens; each says what happens by itself.
"""

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from domain.view import Outcome, View
from starter.registrations import Ended
from starter.web import cookies, steps
from starter.web.forms import Form
from starter.web.guard import end_page, ending_page, route
from starter.web.portal import portal
from starter.web.rendering import render, see
from starter.web.words import ENDINGS


async def thanks(request: Request) -> Response:
    """The guide's thank-you page."""
    view = await _standing(request, steps.THANKS)
    return view if isinstance(view, Response) else thanks_page(request, view, Form())


def thanks_page(request: Request, view: View | None, form: Form, **answer: Any) -> Response:
    """Thanks, the address that was written to, and what to do when nothing arrives.

    A mistake in `form` opens the part of the page it belongs to; what the view itself says (a mailbox that
    does not exist) is told in the same way.
    """
    problems = form.problems or (steps.mistakes(view) if view is not None else ())
    values = form.values
    if view is not None and not values and steps.told(view, "mail_refused"):
        values = {"email": view.answers.email or ""}
    return render(
        request,
        "thanks.html",
        problems=problems,
        view=view,
        form=Form(values, (), problems, form.submission),
        now=datetime.now(UTC),
        link_hours=portal(request).settings.link_life_hours,
        **answer,
    )


async def checking(request: Request) -> Response:
    """« Vérification en cours »: follows by itself, and may be closed."""
    view = await _standing(request, steps.CHECKING)
    return view if isinstance(view, Response) else render(request, "checking.html", view=view)


async def review(request: Request) -> Response:
    """An operator looks at the request."""
    view = await _standing(request, steps.REVIEW)
    return view if isinstance(view, Response) else render(request, "review.html", view=view)


async def end(request: Request) -> Response:
    """How the registration ended."""
    view = await _standing(request, steps.END)
    if isinstance(view, Response):
        return view
    return ending_page(request, ENDINGS.get(view.outcome or Outcome.EXPIRED, ENDINGS[Outcome.EXPIRED]))


async def _standing(request: Request, path: str) -> View | Response:
    """The view, if the registration stands at that path; else the way to where it stands."""
    try:
        view = await portal(request).registrations.view(*cookies.held(request))
    except Ended as ended:
        return end_page(request, ended)
    where = steps.address(view)
    return view if where == path else see(where, request.query_params.get("avis"))


ROUTES = (
    route(steps.THANKS, thanks),
    route(steps.CHECKING, checking),
    route(steps.REVIEW, review),
    route(steps.END, end),
)
