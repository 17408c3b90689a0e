"""The five form screens of the guide: what each of them sends.

The id of a registration is drawn when the first form is shown, and travels in it: a form sent twice, or
sent again after a 503, starts one registration. What was typed is judged by the registration's own rules;
here the same readers find mistakes first, so that these count for nothing.
"""

from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.idcc import NO_AGREEMENT, read_idcc
from domain.messages import (
    ChooseThemes,
    ClaimEstablishment,
    GiveIdcc,
    GiveMemberNumber,
    Identify,
    Kind,
    Theme,
)
from domain.people import Civility, read_email, read_name
from domain.problems import problem
from domain.siret import read_siret
from domain.view import Problem
from starter.holder import Holder
from starter.web import cookies, steps
from starter.web.forms import (
    MAX,
    BadForm,
    Form,
    Outdated,
    form_registration,
    one_of,
    read_form,
    too_long,
)
from starter.web.guard import Endpoint, route
from starter.web.portal import portal
from starter.web.rendering import see
from starter.web.sheet import Sheet
from starter.web.steps import Screen
from starter.web.words import form_problem


async def current(request: Request) -> Response:
    """Go on where the registration stands; begin a new one when there is none, or none any more."""
    holder = cookies.holder_of(request)
    if holder is None:
        return see(steps.IDENTITY.path)
    view = await portal(request).registrations.view(*holder)
    if not steps.is_over(view):
        return see(steps.address(view), request.query_params.get("avis"))
    return _fresh(request)


async def another(request: Request) -> Response:
    """Let go of this browser's registration, which goes on, and begin another person's."""
    await read_form(request)
    return _fresh(request)


def _fresh(request: Request) -> Response:
    response = see(steps.IDENTITY.path)
    cookies.forget(response, portal(request).settings, cookies.REGISTRATION)
    return response


async def identity(request: Request) -> Response:
    """Who the person is: the screen that starts a registration."""
    held = cookies.holder_of(request)
    if request.method != "POST":
        if held is not None:
            return await Sheet(request, steps.IDENTITY, held).show()
        return Sheet(request, steps.IDENTITY, Holder(uuid4())).page(Form())
    form = await read_form(request, "civility", "last_name", "first_name", "email", "registration")
    registration = form_registration(portal(request).mint, form.value("registration"))
    sheet = Sheet(request, steps.IDENTITY, _holder(request, registration))
    if problems := _identity_mistakes(form):
        return await sheet.mistaken(form, problems)
    message = Identify(
        submission=form.submission,
        civility=one_of(Civility, form.value("civility")),
        last_name=form.value("last_name"),
        first_name=form.value("first_name"),
        email=form.value("email"),
    )
    return await sheet.send(message, form)


def _identity_mistakes(form: Form) -> tuple[Problem, ...]:
    """All that is wrong, told at once: a form with a mistake counts for nothing and asks nobody."""
    missing = () if form.value("civility") else (form_problem("civility_missing", "civility"),)
    readers = (("last_name", read_name), ("first_name", read_name), ("email", read_email))
    wrong = ((name, read(form.value(name))[1]) for name, read in readers)
    found = tuple(problem(f"{name}_{code}", name) for name, code in wrong if code)
    return (*missing, *(too_long(form) or found))


async def themes(request: Request) -> Response:
    """What the person wants to be written to about: nothing is ticked for them."""
    sheet = Sheet(request, steps.THEMES, cookies.held(request))
    if request.method != "POST":
        return await sheet.show()
    form = await read_form(request, many=("themes",))
    if len(set(form.chosen)) != len(form.chosen):
        raise BadForm
    chosen = tuple(one_of(Theme, value) for value in form.chosen)
    return await sheet.send(ChooseThemes(submission=form.submission, themes=chosen), form)


async def establishment(request: Request) -> Response:
    """The establishment the person belongs to."""
    sheet = Sheet(request, steps.ESTABLISHMENT, cookies.held(request))
    if request.method != "POST":
        return await sheet.show()
    form = await read_form(request, "kind", "siret")
    if problems := _establishment_mistakes(form):
        return await sheet.mistaken(form, problems)
    kind = one_of(Kind, form.value("kind"))
    message = ClaimEstablishment(submission=form.submission, kind=kind, siret=form.value("siret"))
    return await sheet.send(message, form)


def _establishment_mistakes(form: Form) -> tuple[Problem, ...]:
    """All that is wrong, told at once: a mistyped SIRET is no look-up."""
    missing = () if form.value("kind") else (form_problem("kind_missing", "kind"),)
    _, wrong = read_siret(form.value("siret"))
    found = (problem(wrong, "siret"),) if wrong else ()
    return (*missing, *(too_long(form) or found))


async def number(request: Request) -> Response:
    """The number that proves the right to the establishment's space."""
    sheet = Sheet(request, steps.NUMBER, cookies.held(request))
    if request.method != "POST":
        return await sheet.show()
    form = await read_form(request, "number")
    if problems := too_long(form):
        return await sheet.mistaken(form, problems)
    message = GiveMemberNumber(submission=form.submission, number=form.value("number"))
    return await sheet.send(message, form)


async def idcc(request: Request) -> Response:
    """The collective agreement, or that there is none."""
    sheet = Sheet(request, steps.IDCC, cookies.held(request))
    if request.method != "POST":
        return await sheet.show()
    form = await read_form(request, "idcc", "no_agreement", many=("suggested",))
    problems = too_long(form)
    said = [one for one in (form.value("idcc").strip(), *form.chosen) if one]
    if form.value("no_agreement"):
        said.append(NO_AGREEMENT)
    if any(len(one) > MAX for one in form.chosen):
        raise BadForm
    if len({read_idcc(one)[0] or one for one in said}) > 1:
        problems = (form_problem("idcc_both" if form.value("no_agreement") else "idcc_several", "idcc"),)
    if problems:
        return await sheet.mistaken(form, problems)
    message = GiveIdcc(submission=form.submission, idcc=said[0] if said else "")
    return await sheet.send(message, form)


def _screen(screen: Screen, endpoint: Endpoint) -> Route:
    """A form screen; one whose token is outdated is shown again with what was typed."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Outdated as outdated:
            return await _again(request, screen, outdated.form)

    return route(screen.path, answer, ("GET", "POST"))


async def _again(request: Request, screen: Screen, form: Form) -> Response:
    if screen is not steps.IDENTITY:
        return await Sheet(request, screen, cookies.held(request)).outdated(form)
    try:
        registration = form_registration(portal(request).mint, form.value("registration"))
    except BadForm:
        registration = uuid4()  # Drawn with a key that is no longer held: nothing can have begun with it now.
    return await Sheet(request, screen, _holder(request, registration)).outdated(form)


def _holder(request: Request, registration: UUID) -> Holder:
    """Who sends the first form: the browser that holds that registration already, or one that begins it."""
    held = cookies.holder_of(request)
    return held if held is not None and held.registration == registration else Holder(registration)


ROUTES = (
    route("/inscription", current),
    route("/inscription/nouvelle", another, ("POST",), again="/inscription"),
    _screen(steps.IDENTITY, identity),
    _screen(steps.THEMES, themes),
    _screen(steps.ESTABLISHMENT, establishment),
    _screen(steps.NUMBER, number),
    _screen(steps.IDCC, idcc),
)
