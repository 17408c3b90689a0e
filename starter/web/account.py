"""The login page, and the way out.

A wrong address and a wrong password have one answer. Nobody is logged in by choosing a password: the
session begins here, with a token drawn for it.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from domain.problems import problem
from domain.view import Problem
from starter.sessions import LoginRefused, TooMany
from starter.web import cookies, form_tokens
from starter.web.forms import MAX, Form, Outdated, read_form
from starter.web.guard import DOWN, RETRY_AFTER, route
from starter.web.portal import client, portal
from starter.web.rendering import clock, render, see
from starter.web.words import NOTICES, OUTDATED_PASSWORD, UNAVAILABLE_PASSWORD, form_problem, too_many_tries

LOGIN = "/connexion"
HOME = "/mon-espace"
#: What is told to people who have an account.
HAVE_ACCOUNTS = frozenset({"mot-de-passe", "session", "deconnecte"})


async def log_in(request: Request) -> Response:
    """The guide's login page: « Créer mon compte » first, then the login."""
    here = portal(request)
    if request.method != "POST":
        if request.query_params.get("bienvenue") == "1":
            return _login_page(request, Form(), welcome=True, notice=NOTICES["bienvenue"])
        return _login_page(request, Form(), welcome=request.query_params.get("avis") in HAVE_ACCOUNTS)
    try:
        form = await read_form(request, "email", "password")
    except Outdated as outdated:
        return _login_page(request, outdated.form, status=422, notice=OUTDATED_PASSWORD)
    email, password = form.value("email").strip(), form.value("password")
    if wrong := _missing(email, password):
        return _login_page(request, form.mistaken(wrong), status=422)
    try:
        token = await here.login.log_in(email[:MAX], password, client(request))
    except LoginRefused as refused:
        beside = refused.problem.model_copy(update={"field": "email"})
        return _login_page(request, form.mistaken((beside,)), status=422)
    except TooMany as many:
        notice = too_many_tries(clock(many.until))
        return _login_page(request, form, status=429, notice=notice, retry_after=many.seconds())
    except DOWN:
        return _login_page(request, form, status=503, notice=UNAVAILABLE_PASSWORD, retry_after=RETRY_AFTER)
    response = see(HOME)
    cookies.keep(response, here.settings, cookies.SESSION, token)
    return response


def _missing(email: str, password: str) -> tuple[Problem, ...]:
    wrong = (problem("email_missing", "email"),) if not email else ()
    return wrong if password else (*wrong, form_problem("password_missing", "password"))


def _login_page(request: Request, form: Form, welcome: bool = False, **answer: Any) -> Response:
    """« Créer mon compte » stands first, except for who has just done that or is logging in."""
    first = welcome or request.method == "POST"
    return render(request, "login.html", problems=form.problems, form=form, login_first=first, **answer)


async def log_out(request: Request) -> Response:
    """End the session, on the server too."""
    token = cookies.read(request, cookies.SESSION)
    if token is not None:
        form_tokens.bind(request, token)
        await read_form(request)
        await portal(request).login.log_out(token)
    return logged_out(request, "deconnecte")


def logged_out(request: Request, notice: str | None) -> Response:
    """Back to the login page, without a session."""
    response = see(LOGIN, notice)
    cookies.forget(response, portal(request).settings, cookies.SESSION)
    return response


async def privacy(request: Request) -> Response:
    """What becomes of what is typed."""
    return render(request, "privacy.html")


async def root(request: Request) -> Response:
    """The portal begins at its login page, as the guide does."""
    return see(LOGIN)


ROUTES = (
    route("/", root),
    route(LOGIN, log_in, ("GET", "POST")),
    route("/deconnexion", log_out, ("POST",), again=HOME),
    route("/confidentialite", privacy),
)
