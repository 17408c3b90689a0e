"""« Mon Espace »: who one is, what one is attached to, what one is written to about, the password.

Every page begins with the session: without one it leads to the login page, and says so.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.messages import Theme
from infrastructure.accounts import Home
from starter.guard import TooMany
from starter.links import PasswordRefused
from starter.sessions import LoginRefused
from starter.web import cookies, form_tokens
from starter.web.account import HOME, logged_out
from starter.web.forms import BadForm, Form, Outdated, one_of, read_form
from starter.web.guard import DOWN, RETRY_AFTER, route
from starter.web.links import new_password_mistakes
from starter.web.portal import client, portal
from starter.web.rendering import clock, render, see
from starter.web.words import (
    OUTDATED,
    OUTDATED_PASSWORD,
    PROOFS,
    UNAVAILABLE,
    UNAVAILABLE_PASSWORD,
    form_problem,
    too_many_tries,
)

THEMES = "/mon-espace/thematiques"
PASSWORD = "/mon-espace/mot-de-passe"  # noqa: S105 - an address

Page = Callable[[Request, UUID], Awaitable[Response]]


def _inside(page: Page) -> Callable[[Request], Awaitable[Response]]:
    """A page for who is logged in."""

    async def opened(request: Request) -> Response:
        token = cookies.read(request, cookies.SESSION)
        form_tokens.bind(request, token or "")
        account = await portal(request).login.account(token) if token is not None else None
        if account is None:
            return logged_out(request, "session" if token is not None else None)
        try:
            return await page(request, account)
        except LookupError:
            return logged_out(request, "session")  # The account is gone, and its sessions with it.

    return opened


async def home(request: Request, account: UUID) -> Response:
    """Everything about the account at a glance."""
    shown = await portal(request).login.home(account)
    return render(request, "home.html", home=shown, proofs=PROOFS)


async def themes(request: Request, account: UUID) -> Response:
    """The themes, ticked as they stand; none is fine."""
    here = portal(request)
    if request.method != "POST":
        shown = await here.login.home(account)
        return _themes_page(request, Form(chosen=tuple(theme.value for theme in shown.themes)))
    try:
        form = await read_form(request, many=("themes",))
    except Outdated as outdated:
        return _themes_page(request, outdated.form, status=422, notice=OUTDATED)
    if len(set(form.chosen)) != len(form.chosen):
        raise BadForm
    chosen = tuple(one_of(Theme, value) for value in form.chosen)
    try:
        await here.login.choose_themes(account, chosen)
    except DOWN:
        return _themes_page(request, form, status=503, notice=UNAVAILABLE, retry_after=RETRY_AFTER)
    return see(HOME, "thematiques")


def _themes_page(request: Request, form: Form, **answer: Any) -> Response:
    return render(request, "home_themes.html", form=form, themes=list(Theme), **answer)


async def password(request: Request, account: UUID) -> Response:
    """Another password: the present one is asked for, every other session ends, the owner gets a mail."""
    here = portal(request)
    shown = await here.login.home(account)
    if request.method != "POST":
        return _password_page(request, shown, Form())
    try:
        form = await read_form(request, "present", "password", "confirmation")
    except Outdated as outdated:
        return _password_page(request, shown, outdated.form, status=422, notice=OUTDATED_PASSWORD)
    minimum = here.settings.password_min_length
    wrong = new_password_mistakes(form.value("password"), form.value("confirmation"), minimum)
    if not form.value("present"):
        wrong = (form_problem("present_missing", "present"), *wrong)
    if wrong:
        return _password_page(request, shown, form.mistaken(wrong), status=422)
    try:
        await here.login.prove(account, form.value("present"), client(request))
        await here.resets.change(account, form.value("password"))
        token = await here.login.open(account)
    except LoginRefused:
        problems = (form_problem("present_wrong", "present"),)
        return _password_page(request, shown, form.mistaken(problems), status=422)
    except PasswordRefused as refused:
        return _password_page(request, shown, form.mistaken(refused.problems), status=422)
    except TooMany as many:
        notice = too_many_tries(clock(many.until))
        return _password_page(request, shown, form, status=429, notice=notice, retry_after=many.seconds())
    except DOWN:
        return _password_page(
            request, shown, form, status=503, notice=UNAVAILABLE_PASSWORD, retry_after=RETRY_AFTER
        )
    response = see(HOME, "mot-de-passe-change")
    cookies.keep(response, here.settings, cookies.SESSION, token)
    return response


def _password_page(request: Request, shown: Home, form: Form, **answer: Any) -> Response:
    return render(
        request,
        "home_password.html",
        problems=form.problems,
        form=form,
        address=shown.person.email,
        last_changed=shown.password_changed_at,
        minimum=portal(request).settings.password_min_length,
        **answer,
    )


ROUTES = (
    route(HOME, _inside(home)),
    route(THEMES, _inside(themes), ("GET", "POST")),
    route(PASSWORD, _inside(password), ("GET", "POST")),
)
