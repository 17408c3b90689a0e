"""Pages that ask for a mail: « Reprendre mon inscription », « Mot de passe oublié » and the link it brings.

Whatever address is given, the answer is the same page after the same work: whether there was anything to
write is told to the mailbox alone.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from domain.people import read_email
from domain.problems import problem
from infrastructure.tokens import parse
from starter.guard import TooMany
from starter.links import LinkRefused, PasswordRefused
from starter.resets import OpenedReset
from starter.web import cookies, steps
from starter.web.forms import Form, Outdated, read_form, too_long
from starter.web.guard import DOWN, RETRY_AFTER, ending_page, route
from starter.web.links import new_password_mistakes
from starter.web.portal import client, portal
from starter.web.rendering import clock, render, see
from starter.web.words import (
    OUTDATED,
    OUTDATED_PASSWORD,
    RESET_ENDINGS,
    UNAVAILABLE,
    UNAVAILABLE_PASSWORD,
    too_many_letters,
)

RESUME = "/reprendre"
FORGOTTEN = "/mot-de-passe-oublie"
RESET = "/nouveau-mot-de-passe"

Order = Callable[[str], Awaitable[None]]


async def resume(request: Request) -> Response:
    """The mailed link goes on with a registration, here or on another device; the form asks for that mail."""
    held = cookies.holder_of(request)
    if request.method == "POST":
        order = portal(request).letters.resume
        return await _ask(request, "resume.html", RESUME, order, held=held is not None)
    text = request.query_params.get("jeton")
    if text is None:
        return render(request, "resume.html", form=Form(), held=held is not None)
    holder = await portal(request).links.resume(text)
    if held is not None and held.registration == holder.registration:
        holder = max(holder, held)  # A mail from before the link takes nothing from who went on since.
    view = await portal(request).registrations.view(*holder)
    response = see(steps.address(view))
    cookies.keep_registration(response, request, holder)
    return response


async def forgotten(request: Request) -> Response:
    """« Mot de passe oublié »: asks for the address, and for nothing else."""
    if request.method != "POST":
        return render(request, "forgotten.html", form=Form())
    return await _ask(request, "forgotten.html", FORGOTTEN, portal(request).letters.forgotten)


async def _ask(request: Request, template: str, path: str, order: Order, **values: Any) -> Response:
    try:
        form = await read_form(request, "email")
    except Outdated as outdated:
        return render(request, template, status=422, notice=OUTDATED, form=outdated.form, **values)
    address, wrong = read_email(form.value("email"))
    problems = too_long(form) or ((problem(f"email_{wrong}", "email"),) if wrong else ())
    if problems or address is None:
        mistaken = form.mistaken(problems)
        return render(request, template, status=422, problems=problems, form=mistaken, **values)
    try:
        await portal(request).guard.allow_letter(client(request), address, form.submission)
        await order(address)
    except TooMany as many:
        notice, after = too_many_letters(clock(many.until)), many.seconds()
        return render(request, template, status=429, notice=notice, retry_after=after, form=form, **values)
    except DOWN:
        return render(
            request, template, status=503, notice=UNAVAILABLE, retry_after=RETRY_AFTER, form=form, **values
        )
    return see(f"{path}/envoye")


async def resume_sent(request: Request) -> Response:
    """What follows, whatever was found."""
    return render(request, "letter_sent.html", forgotten=False)


async def forgotten_sent(request: Request) -> Response:
    """What follows, whatever was found."""
    return render(request, "letter_sent.html", forgotten=True)


async def reset(request: Request) -> Response:
    """Behind the link of « Mot de passe oublié »: another password, once."""
    here = portal(request)
    if request.method != "POST" and (text := request.query_params.get("jeton")) is not None:
        if parse(text) is None:
            return ending_page(request, RESET_ENDINGS["link_invalid"])
        response = see(RESET)
        cookies.keep(response, here.settings, cookies.RESET, text.strip(), cookies.LINK_LIFE)
        return response
    token = cookies.read(request, cookies.RESET)
    if token is None:
        return ending_page(request, RESET_ENDINGS["link_missing"])
    try:
        return await _reset(request, token)
    except LinkRefused as refused:
        return ending_page(request, RESET_ENDINGS[refused.code])


async def _reset(request: Request, token: str) -> Response:
    here = portal(request)
    if request.method != "POST":
        return _reset_page(request, await here.resets.open(token), Form())
    try:
        form = await read_form(request, "password", "confirmation")
    except Outdated as outdated:
        opened = await here.resets.open(token)
        return _reset_page(request, opened, outdated.form, status=422, notice=OUTDATED_PASSWORD)
    minimum = here.settings.password_min_length
    wrong = new_password_mistakes(form.value("password"), form.value("confirmation"), minimum)
    if wrong:
        return _reset_page(request, await here.resets.open(token), form.mistaken(wrong), status=422)
    try:
        await here.resets.choose(token, form.value("password"))
    except PasswordRefused as refused:
        opened = await here.resets.open(token)
        return _reset_page(request, opened, form.mistaken(refused.problems), status=422)
    except DOWN:
        return _reset_page(
            request, None, form, status=503, notice=UNAVAILABLE_PASSWORD, retry_after=RETRY_AFTER
        )
    response = see("/connexion", "mot-de-passe")
    cookies.forget(response, here.settings, cookies.RESET)
    cookies.forget(response, here.settings, cookies.SESSION)
    return response


def _reset_page(request: Request, opened: OpenedReset | None, form: Form, **answer: Any) -> Response:
    return render(
        request,
        "reset.html",
        problems=form.problems,
        form=form,
        address=opened.address if opened else None,
        last_changed=opened.changed_at if opened else None,
        minimum=portal(request).settings.password_min_length,
        **answer,
    )


ROUTES = (
    route(RESUME, resume, ("GET", "POST")),
    route(f"{RESUME}/envoye", resume_sent),
    route(FORGOTTEN, forgotten, ("GET", "POST")),
    route(f"{FORGOTTEN}/envoye", forgotten_sent),
    route(RESET, reset, ("GET", "POST")),
)
