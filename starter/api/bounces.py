"""Where the relay, or whoever reads its returned mail, reports bounces. Closed unless a token is set."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from starter.api.models import Body
from starter.api.problems import described
from starter.api.strict import StrictRoute
from starter.bounces import Bounces, Fate

router = APIRouter(route_class=StrictRoute, tags=["bounces"])

_bearer = HTTPBearer(
    auto_error=False, scheme_name="bounce_token", description="The setting AKTO_BOUNCE_TOKEN."
)


class Bounce(Body):
    """A mail that came back as undeliverable for good."""

    message_id: Annotated[
        str,
        Field(
            max_length=200,
            description="The Message-ID of the mail that came back.",
            examples=["<confirmation.0123456789abcdef0123456789abcdef@monespace.example>"],
        ),
    ]


class Reported(BaseModel):
    """What became of the report."""

    status: Annotated[
        Fate,
        Field(
            description="`reported`: the person can correct the address; `ignored`: nobody waits for that "
            "mail any more; `unknown`: no mail of ours."
        ),
    ]


async def trusted(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> None:
    """Whoever knows the token; nobody, when none is set."""
    expected: str = request.app.state.settings.bounce_token.get_secret_value()
    given = bearer.credentials if bearer else ""
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})


@router.post(
    "/bounces",
    status_code=202,
    operation_id="report_bounce",
    summary="Report a mail that came back",
    dependencies=[Depends(trusted)],
    responses=described("malformed", "unauthorized", "unavailable"),
)
async def report(request: Request, body: Bounce) -> Reported:
    """The person is told on the next screen and can correct the address. May be repeated."""
    bounces: Bounces = request.app.state.bounces
    return Reported(status=await bounces.report(body.message_id))
