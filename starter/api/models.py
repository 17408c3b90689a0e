"""Bodies and answers of the API: bodies are made from the messages of the contract, and cannot diverge."""

from typing import Annotated, Any, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, create_model

from domain.messages import (
    ChooseThemes,
    ClaimEstablishment,
    CorrectEmail,
    GiveIdcc,
    GiveMemberNumber,
    GoBack,
    Identify,
    PersonMessage,
)
from domain.problems import TEXTS
from domain.view import Outcome, Problem, View

#: One complete, invented example a message.
EXAMPLES: dict[type[PersonMessage], dict[str, Any]] = {
    Identify: {
        "civility": "madame",
        "last_name": "Martin",
        "first_name": "Camille",
        "email": "camille.martin@entreprise.example",
    },
    ChooseThemes: {"themes": ["contribution", "invoices"]},
    ClaimEstablishment: {"kind": "member", "siret": "732 829 320 00074"},
    GiveMemberNumber: {"number": "123456 001"},
    GiveIdcc: {"idcc": "1486"},
    GoBack: {"leaving": "establishment"},
    CorrectEmail: {"email": "camille.martin@entreprise.example"},
}

VIEW_EXAMPLE: dict[str, Any] = {
    "step": "themes",
    "busy": False,
    "outcome": None,
    "errors": [],
    "answers": {
        "civility": "madame",
        "last_name": "Martin",
        "first_name": "Camille",
        "email": "camille.martin@entreprise.example",
        "themes": None,
        "kind": None,
        "siret": None,
        "idcc": None,
    },
    "establishment": None,
    "resend_allowed_at": None,
    "email_first": False,
    "only_behind": None,
}
ID_EXAMPLE = "7f1f9c1e-5d0a-4a53-9b53-0c6f2f0f6b8e"
TOKEN_EXAMPLE = "k1.fx-cHl0KSlObUwxvLw9rjg.1.Zm9yLWRvY3VtZW50YXRpb24tb25seS1ub3QtYS10b2s"  # noqa: S105 - invented

SUBMISSION = Field(
    default=None, description="Names one submission: sent again with the same body, it gets the same answer."
)
Submission = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None


class Body(BaseModel):
    """Common to all bodies: unknown members are refused, and what was sent is never repeated in an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def body_of(message: type[PersonMessage]) -> type[Body]:
    """The message as a body: everything but `received_at` and `behind`, which only the portal may say."""
    fields: dict[str, Any] = {
        name: (field.annotation, field)
        for name, field in message.model_fields.items()
        if name not in {"received_at", "behind", "submission"}
    }
    fields["submission"] = (Submission, SUBMISSION)
    example = EXAMPLES.get(message, {})
    config = ConfigDict(**Body.model_config, json_schema_extra={"examples": [example]})
    base = type(f"{message.__name__}Base", (Body,), {"model_config": config, "__module__": __name__})
    made: Any = create_model(message.__name__, __base__=base, __doc__=message.__doc__, **fields)
    return cast(type[Body], made)


def to_message(message: type[PersonMessage], body: Body) -> PersonMessage:
    """The message a body stands for."""
    return message.model_validate(body.model_dump(exclude_unset=True))


class Started(BaseModel):
    """A registration that was started."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": ID_EXAMPLE, "resume_token": TOKEN_EXAMPLE, "view": VIEW_EXAMPLE}]
        }
    )
    id: UUID
    resume_token: str = Field(description="Bearer token of this registration; keep it like a password.")
    view: View


class LinkToken(Body):
    """The token of a link that was mailed (parameter `jeton` of its address)."""

    model_config = ConfigDict(**Body.model_config, json_schema_extra={"examples": [{"token": TOKEN_EXAMPLE}]})
    token: Annotated[str, Field(max_length=200)]


class NewPassword(Body):
    """The password chosen behind a link."""

    model_config = ConfigDict(
        **Body.model_config,
        json_schema_extra={"examples": [{"token": TOKEN_EXAMPLE, "password": "bouquet-7-marees"}]},
    )
    token: Annotated[str, Field(max_length=200)]
    password: Annotated[
        SecretStr, Field(max_length=1024, description="8 to 128 characters, one letter, one digit.")
    ]
    submission: Submission = SUBMISSION


class Opened(BaseModel):
    """A link that leads on: to the choice of a password, or to the form before it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": ID_EXAMPLE,
                    "address": "camille.martin@entreprise.example",
                    "view": {**VIEW_EXAMPLE, "step": "password"},
                }
            ]
        }
    )
    id: UUID
    address: str = Field(description="The mailbox the link was sent to.")
    view: View
    resume_token: str | None = Field(
        default=None,
        description="Where the mailbox comes first (`view.email_first`): the bearer token of who goes on "
        "from the link. It opens the link's own doors too, until the registration ends.",
    )


class Shown(BaseModel):
    """Where the registration stands."""

    view: View


class ProblemDocument(BaseModel):
    """RFC 9457. Programs decide by `code`; `detail` is French and may be shown to a person."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:mon-espace:problem:siret_checksum",
                    "title": "Saisie à corriger",
                    "status": 422,
                    "code": "siret_checksum",
                    "detail": TEXTS["siret_checksum"],
                    "errors": [
                        {
                            "code": "siret_checksum",
                            "field": "siret",
                            "detail": TEXTS["siret_checksum"],
                        }
                    ],
                }
            ]
        }
    )
    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: tuple[Problem, ...] = ()
    view: View | None = Field(default=None, description="Where the registration stands, when it can be told.")
    outcome: Outcome | None = Field(default=None, description="How it ended, when it may be told.")
