"""Who may speak to a registration: whoever holds its resume token."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from infrastructure.tokens import TokenMint, parse
from starter.api.models import ID_EXAMPLE

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="resume_token",
    description="The `resume_token` that the start of the registration answered.",
)

RegistrationId = Annotated[
    str,
    Path(
        alias="id",
        description="The registration.",
        json_schema_extra={"format": "uuid"},
        examples=[ID_EXAMPLE],
    ),
]


async def authorised(
    request: Request,
    registration: RegistrationId,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> UUID:
    """The registration named in the path, if the token is this very registration's.

    No token, another's token, a malformed id, an id that never was: one and the same 401.
    """
    token = parse(bearer.credentials) if bearer else None
    mint: TokenMint = request.app.state.mint
    if token is None or str(token.registration) != registration.lower() or not mint.check(token, "resume"):
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
    return token.registration


Authorised = Annotated[UUID, Depends(authorised)]
