"""What the person may do beside answering: go back, give up, say that a number is missing, mend the address.

None of these forms holds anything typed but the address; where a service is down, the page says so and the
same form may be sent again.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from domain.messages import (
    Abandon,
    CorrectEmail,
    GoBack,
    NoMemberNumber,
    PersonMessage,
    ResendLink,
    Step,
)
from domain.people import read_email
from domain.problems import problem
from domain.view import View
from starter.guard import TooMany
from starter.registrations import Refused
from starter.web import cookies, steps
from starter.web.forms import Form, Outdated, one_of, read_form, too_long
from starter.web.guard import DOWN, RETRY_AFTER, error_page, route
from starter.web.portal import client, portal
from starter.web.rendering import clock, render, see
from starter.web.sheet import ELSEWHERE, OVER, elsewhere, over
from starter.web.waiting import thanks_page
from starter.web.words import OUTDATED, UNAVAILABLE, too_many


async def back(request: Request) -> Response:
    """« Précédent »: the step before becomes a draft."""
    form = await read_form(request, "leaving")
    leaving = one_of(Step, form.value("leaving"))
    return await _move(request, GoBack(submission=form.submission, leaving=leaving))


async def change_identity(request: Request) -> Response:
    """« Modifier » beside the recap: back to the first screen, two steps at once."""
    form = await read_form(request)
    first = GoBack(submission=f"{form.submission[:60]}-1", leaving=Step.ESTABLISHMENT)
    second = GoBack(submission=f"{form.submission[:60]}-2", leaving=Step.THEMES)
    answer = await _move(request, first)
    if answer.headers.get("location") != steps.THEMES.path:
        return answer
    return await _move(request, second)


async def no_number(request: Request) -> Response:
    """« Je n'ai pas ce numéro »: says where to get it; the registration is kept meanwhile."""
    form = await read_form(request)
    return await _move(request, NoMemberNumber(submission=form.submission))


async def give_up(request: Request) -> Response:
    """The close (×): asks, then gives up."""
    holder = cookies.held(request)
    if request.method == "POST":
        form = await read_form(request)
        return await _move(request, Abandon(submission=form.submission))
    view = await portal(request).registrations.view(*holder)
    if steps.is_over(view):
        return see(steps.END)
    return render(request, "give_up.html", back=steps.address(view))


async def resend(request: Request) -> Response:
    """Send the mail again; the registration says whether and when it may be."""
    form = await read_form(request)
    return await _from_thanks(request, ResendLink(submission=form.submission), form, "renvoye")


async def correct(request: Request) -> Response:
    """The address was mistyped: it is looked up anew, as if it had been typed first."""
    try:
        form = await read_form(request, "email")
    except Outdated as outdated:
        return await _correct_again(request, outdated.form)
    _, wrong = read_email(form.value("email"))
    problems = too_long(form) or ((problem(f"email_{wrong}", "email"),) if wrong else ())
    if problems:
        view = await portal(request).registrations.view(*cookies.held(request))
        return _told(request, view, form.mistaken(problems), status=422)
    message = CorrectEmail(submission=form.submission, email=form.value("email"))
    return await _from_thanks(request, message, form, "adresse")


async def _correct_again(request: Request, form: Form) -> Response:
    try:
        view = await portal(request).registrations.view(*cookies.held(request))
    except DOWN:
        return thanks_page(request, None, form, status=422, notice=OUTDATED)
    return _told(request, view, form, status=422, notice=OUTDATED)


async def _move(request: Request, message: PersonMessage) -> Response:
    """Send, and go where the registration stands then."""
    registration, behind = cookies.held(request)
    try:
        view = await portal(request).registrations.send(registration, message, behind)
    except Refused as refused:
        return over(request, refused) if refused.codes & OVER else elsewhere(refused)
    return see(steps.address(view))


async def _from_thanks(request: Request, message: PersonMessage, form: Form, done: str) -> Response:
    """Send what the thank-you page offers; a refusal is told on that page, with what was typed."""
    here = portal(request)
    registration, behind = cookies.held(request)
    try:
        if isinstance(message, CorrectEmail):
            # One more address is looked up, and written to.
            await here.guard.allow_start(client(request), form.submission)
        view = await here.registrations.send(registration, message, behind)
    except TooMany as many:
        view = await here.registrations.view(registration, behind)
        notice = too_many(clock(many.until))
        return _told(request, view, form, status=429, notice=notice, retry_after=many.seconds())
    except Refused as refused:
        if refused.codes & OVER:
            return over(request, refused)
        if refused.codes & ELSEWHERE:
            return elsewhere(refused)
        view = refused.view or await here.registrations.view(registration, behind)
        return _told(request, view, form.mistaken(refused.problems), status=422)
    except DOWN:
        if not form.values:
            return error_page(request, 503)
        return thanks_page(request, None, form, status=503, notice=UNAVAILABLE, retry_after=RETRY_AFTER)
    # What still stands in the way is told by the view: nothing is announced that did not happen.
    return see(steps.address(view), None if view.errors else done)


def _told(request: Request, view: View, form: Form, **answer: Any) -> Response:
    """Told on the thank-you page, if the registration still stands there."""
    if steps.address(view) != steps.THANKS:
        return see(steps.address(view), "etape")
    return thanks_page(request, view, form, **answer)


ROUTES = (
    route("/inscription/precedent", back, ("POST",), again="/inscription"),
    route("/inscription/modifier-identite", change_identity, ("POST",), again="/inscription"),
    route("/inscription/sans-numero", no_number, ("POST",), again="/inscription"),
    route("/inscription/annuler", give_up, ("GET", "POST")),
    route("/inscription/renvoyer", resend, ("POST",), again=steps.THANKS),
    route("/inscription/corriger-adresse", correct, ("POST",), again=steps.THANKS),
)
