"""The links of the mails: the password's page, « ce n'est pas moi ».

A token comes in the address, because mails know no other way; it is exchanged at once for a cookie by a
redirect, so that it stays in no history and no log of addresses. Opening a link uses nothing up, however
often a mail scanner does it: choosing the password does.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from domain import passwords
from domain.messages import Disown, ResendLink, Step
from domain.view import Problem
from infrastructure.tokens import parse
from starter.links import LinkRefused, OpenedLink, PasswordRefused
from starter.registrations import Refused
from starter.web import cookies, steps
from starter.web.forms import Form, Outdated, read_form
from starter.web.guard import DOWN, RETRY_AFTER, ending_page, route
from starter.web.portal import portal
from starter.web.rendering import render, see
from starter.web.words import LINK_ENDINGS, OUTDATED_PASSWORD, UNAVAILABLE_PASSWORD, form_problem

PASSWORD = steps.PASSWORD
NOT_ME = "/pas-moi"
NOT_ME_BEHIND_LINK = "/lien/pas-moi"


async def link(request: Request) -> Response:
    """The link of the confirmation mail."""
    return _exchange(request, cookies.LINK, PASSWORD)


async def choose_password(request: Request) -> Response:
    """The guide's password page; sending it is what uses the link up."""
    here = portal(request)
    token = cookies.link_token(request)
    if token is None:
        return ending_page(request, LINK_ENDINGS["link_missing"])
    if request.method != "POST":
        opened = await here.links.open(token)
        return _password_page(request, opened, Form(problems=steps.mistakes(opened.view)))
    try:
        form = await read_form(request, "password", "confirmation")
    except Outdated as outdated:
        opened = await here.links.open(token)
        return _password_page(request, opened, outdated.form, status=422, notice=OUTDATED_PASSWORD)
    password = form.value("password")
    if wrong := new_password_mistakes(
        password, form.value("confirmation"), here.settings.password_min_length
    ):
        return _password_page(request, await here.links.open(token), form.mistaken(wrong), status=422)
    try:
        await here.links.choose_password(token, password, form.submission)
    except PasswordRefused as refused:
        opened = await here.links.open(token)
        return _password_page(request, opened, form.mistaken(refused.problems), status=422)
    except DOWN:
        return _password_page(
            request, None, form, status=503, notice=UNAVAILABLE_PASSWORD, retry_after=RETRY_AFTER
        )
    response = see("/connexion?bienvenue=1")
    cookies.forget(response, here.settings, cookies.LINK)
    return response


def new_password_mistakes(password: str, confirmation: str, minimum: int) -> tuple[Problem, ...]:
    """What the page sees by itself; common and guessable passwords are found behind the link."""
    wrong = tuple(passwords.problems(password, (), minimum))
    if password and password != confirmation:
        wrong = (*wrong, form_problem("confirmation_different", "confirmation"))
    return wrong


def _password_page(request: Request, opened: OpenedLink | None, form: Form, **answer: Any) -> Response:
    if opened is not None and opened.view.step not in (Step.EMAIL_LINK, Step.PASSWORD):
        # The mailbox is proved, the form still to be filled in: it comes after the link, or AKTO forgot the
        # contact meanwhile.
        return render(request, "link_form.html", opened=opened)
    return render(
        request,
        "password.html",
        problems=form.problems,
        form=form,
        opened=opened,
        minimum=portal(request).settings.password_min_length,
        **answer,
    )


async def carry_on(request: Request) -> Response:
    """The mailbox is proved but the form is not complete (any more): go on with it in this browser."""
    await read_form(request)
    opened = await portal(request).links.open(cookies.link_token(request) or "")
    response = see(steps.address(opened.view))
    cookies.keep_registration(response, request, opened.holder)
    return response


async def renew(request: Request) -> Response:
    """A new link in place of one that has expired, to the same address, nothing typed again."""
    form = await read_form(request)
    here = portal(request)
    try:
        registration = (await here.links.open(cookies.link_token(request) or "")).registration
    except LinkRefused as refused:
        if refused.code != "link_expired" or refused.registration is None:
            raise
        registration = refused.registration
    try:
        await here.registrations.send(registration, ResendLink(submission=form.submission))
    except Refused as refused_again:
        return render(request, "link_expired.html", status=422, problems=refused_again.problems, sent=False)
    return see("/lien/envoye")


async def renewed(request: Request) -> Response:
    """A new link is on its way."""
    return render(request, "link_expired.html", sent=True)


async def not_me(request: Request) -> Response:
    """« Ce n'est pas moi », from a mail: asks, then ends the registration and stops all mail about it."""
    if "jeton" in request.query_params and request.method != "POST":
        return _exchange(request, cookies.DISOWN, NOT_ME)
    token = cookies.read(request, cookies.DISOWN)
    if token is None:
        return ending_page(request, LINK_ENDINGS["link_invalid"])
    if request.method != "POST":
        return render(request, "not_me.html", action=NOT_ME, back="/connexion")
    await read_form(request)
    await portal(request).links.disown(token)
    return _disowned(request, cookies.DISOWN)


async def not_me_behind_link(request: Request) -> Response:
    """« Ce n'est pas moi », from the password's page: the link is proof enough."""
    here = portal(request)
    opened = await here.links.open(cookies.link_token(request) or "")
    if request.method != "POST":
        return render(request, "not_me.html", action=NOT_ME_BEHIND_LINK, back=PASSWORD)
    form = await read_form(request)
    await here.registrations.send(opened.registration, Disown(submission=form.submission))
    return _disowned(request, cookies.LINK)


def _disowned(request: Request, cookie: str) -> Response:
    response = see("/pas-moi/merci")
    cookies.forget(response, portal(request).settings, cookie)
    return response


async def not_me_done(request: Request) -> Response:
    """It is over, and nothing more will be written."""
    return render(request, "not_me_done.html")


def _exchange(request: Request, cookie: str, target: str) -> Response:
    """Take the token out of the address; whether it is good is judged where it is used."""
    text = request.query_params.get("jeton", "")
    if parse(text) is None:
        return ending_page(request, LINK_ENDINGS["link_invalid"])
    response = see(target)
    cookies.keep(response, portal(request).settings, cookie, text.strip(), cookies.LINK_LIFE)
    return response


ROUTES = (
    route("/lien", link),
    route("/lien/renvoyer", renew, ("POST",), again=PASSWORD),
    route("/lien/envoye", renewed),
    route("/lien/continuer", carry_on, ("POST",), again=PASSWORD),
    route(PASSWORD, choose_password, ("GET", "POST")),
    route(NOT_ME, not_me, ("GET", "POST")),
    route(NOT_ME_BEHIND_LINK, not_me_behind_link, ("GET", "POST")),
    route("/pas-moi/merci", not_me_done),
)
