"""What is wrong with the relay at the moment, switched over HTTP.

GET  /faults, PUT /faults    {"mode": "greylist", "seconds": 2, "recipients": []}
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

#: `greylist`: 451 at RCPT. `unknown`: 550 at RCPT. `silence`: takes the mail and never answers. `slow`: takes
#: the mail and answers later. `down`: cuts every connection.
Mode = Literal["none", "greylist", "unknown", "silence", "slow", "down"]


class Fault(BaseModel):
    """One fault; for these recipients alone if some are named, which `down` does not look at."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode = "none"
    seconds: Annotated[float, Field(ge=0, le=300)] = 2.0
    recipients: frozenset[str] = frozenset()


class Faults:
    """The fault of the moment."""

    def __init__(self) -> None:
        self.now = Fault()

    @property
    def down(self) -> bool:
        """Whether nobody is served."""
        return self.now.mode == "down"

    def of(self, recipients: list[str]) -> Mode:
        """What becomes of a mail to these."""
        named = self.now.recipients
        return self.now.mode if not named or named & set(recipients) else "none"

    async def page(self, request: Request) -> Response:
        """Read or switch the fault."""
        if request.method == "PUT":
            try:
                self.now = Fault.model_validate_json(await request.body())
            except ValidationError as error:
                problems = error.errors(include_url=False, include_context=False, include_input=False)
                return JSONResponse({"detail": problems}, status_code=422)
        return JSONResponse(self.now.model_dump(mode="json"))
