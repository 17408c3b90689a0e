"""Who may speak to a registration: whoever holds its resume token."""

from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from infrastructure.tokens import TokenMint
from starter.api.models import ID_EXAMPLE
from starter.holder import Holder, read_holder

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="resume_token",
    description="The `resume_token` that the start of the registration, or the opening of its mailed link, "
    "answered.",
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
) -> Holder:
    """The registration named in the path, if the token is this very registration's.

    No token, another's token, a malformed id, an id that never was: one and the same 401.
    """
    mint: TokenMint = request.app.state.mint
    holder = read_holder(mint, bearer.credentials) if bearer else None
    if holder is None or str(holder.registration) != registration.lower():
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
    return holder


Authorised = Annotated[Holder, Depends(authorised)]
