"""Start a registration, see where it stands, send it the person's messages."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Body, Header, Request, Response

from domain.messages import (
    PERSON_MESSAGES,
    ClaimEstablishment,
    CorrectEmail,
    Identify,
    PersonMessage,
)
from domain.view import View
from infrastructure.idempotency import IdempotencyKeys
from starter.api import models
from starter.api.access import Authorised
from starter.api.problems import described
from starter.api.strict import StrictRoute
from starter.guard import StartGuard
from starter.holder import Holder, resume_token
from starter.registrations import Ended, Refused, Registrations

router = APIRouter(route_class=StrictRoute, tags=["registrations"])

#: The one submission that starts a registration under an idempotency key: repeated, it gets its own answer.
FIRST_SUBMISSION = "start"

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=16,
        max_length=128,
        pattern=r"^[\x21-\x7e]+$",
        description="Drawn by the caller for one start; same key and body within a day: same answer.",
        examples=["4b0c2f0e-6d5e-4f0c-9d0a-1c2b3d4e5f60"],
    ),
]

IdentityBody = models.body_of(Identify)


async def _start(
    request: Request, response: Response, body: models.Body, idempotency_key: IdempotencyKey = None
) -> models.Started:
    message = models.to_message(Identify, body)
    assert isinstance(message, Identify)
    guard: StartGuard = request.app.state.guard
    registrations: Registrations = request.app.state.registrations
    if idempotency_key is None:
        await guard.allow_start(request.state.client)
        registration = uuid4()
        view = await registrations.start(registration, message)
    else:
        registration, view = await _start_once(request, idempotency_key, message)
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/registrations/{registration}"
    token = resume_token(request.app.state.mint, Holder(registration))
    return models.Started(id=registration, resume_token=token, view=view)


# FastAPI reads the body's model from here; mypy cannot name a class that is made at run time.
_start.__annotations__["body"] = IdentityBody

router.add_api_route(
    "/registrations",
    _start,
    methods=["POST"],
    status_code=201,
    response_model=models.Started,
    operation_id="start_registration",
    summary="Start a registration",
    description=(
        "Starts a registration with the first form. The answer is the same, in content and in time, whether "
        "the address is unknown to AKTO or not, but for the step that follows."
    ),
    responses=described(
        "malformed", "refused", "idempotency_key_reused", "stale", "too_many_starts", "unavailable"
    ),
)


async def _start_once(request: Request, key: str, message: Identify) -> tuple[UUID, View]:
    """Start under a key: whoever repeats it, at once or later, finds the same registration."""
    keys: IdempotencyKeys = request.app.state.idempotency
    guard: StartGuard = request.app.state.guard
    registrations: Registrations = request.app.state.registrations
    message = message.model_copy(update={"submission": FIRST_SUBMISSION})
    body = message.model_dump_json()
    registration = await keys.find(key, body)
    if registration is None:
        await guard.allow_start(request.state.client)
        # Bound before the start: a caller that never heard our answer must not make a second registration.
        registration = await keys.bind(key, body, uuid4())
    try:
        return registration, await registrations.start(registration, message)
    except Ended:
        return registration, await registrations.view(registration)
    except Refused as refusal:
        if "stale" in refusal.codes:
            return registration, await registrations.view(registration)
        await keys.release(key, registration)
        raise


@router.get(
    "/registrations/{id}",
    operation_id="view_registration",
    summary="See where a registration stands",
    responses=described("unauthorized", "not_found", "unavailable"),
)
async def show(request: Request, holder: Authorised) -> View:
    """An ended registration answers too, with its `outcome`. While `busy`, ask again every second."""
    registrations: Registrations = request.app.state.registrations
    return await registrations.view(*holder)


def _add_message(message: type[PersonMessage]) -> None:
    """One route for one of the person's messages."""
    model = models.body_of(message)
    needs_body = any(field.is_required() for field in model.model_fields.values())
    limited = {
        Identify: ("too_many_starts",),
        CorrectEmail: ("too_many_starts",),
        ClaimEstablishment: ("too_many_lookups",),
    }.get(message, ())

    async def send(request: Request, holder: Authorised, body: models.Body) -> View:
        registration, behind = holder
        said = models.to_message(message, body)
        guard: StartGuard = request.app.state.guard
        once = f"{registration}:{message.NAME}:{said.submission}" if said.submission else None
        if "too_many_starts" in limited:  # another address to look up, as good as a start
            await guard.allow_start(request.state.client, once)
        if "too_many_lookups" in limited:
            await guard.allow_claim(request.state.client, once)
        registrations: Registrations = request.app.state.registrations
        return await registrations.send(registration, said, behind)

    send.__annotations__["body"] = model if needs_body else Annotated[model, Body(default_factory=model)]
    router.add_api_route(
        f"/registrations/{{id}}/{message.NAME}",
        send,
        methods=["POST"],
        response_model=View,
        operation_id=message.NAME,
        summary=(message.__doc__ or message.NAME).strip().split("\n")[0],
        description=(
            "Answers the next screen. `submission`, when given, makes a repeated request the same one; "
            "`busy` in the answer says that work goes on."
        ),
        responses=described(
            "malformed", "refused", "unauthorized", "not_found", "stale", "ended", *limited, "unavailable"
        ),
    )


for _message in PERSON_MESSAGES:
    _add_message(_message)
