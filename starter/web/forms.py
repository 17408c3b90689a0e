"""Reading what a form sent, strictly: a field we did not draw, or one sent twice, is no form of ours.

Mistakes of people are no concern of this module: values pass on as typed, however wrong, except that what
no message could carry (`MAX`) is answered here in the same words as the rules' own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar
from uuid import UUID, uuid4

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from domain.problems import problem
from domain.view import Problem
from infrastructure.tokens import TokenMint, parse
from starter.web import form_tokens

Choice = TypeVar("Choice", bound=StrEnum)

#: What a message of the contract carries at most (`domain.messages.Typed`).
MAX = 400
MAX_FIELDS = 20

_SUBMISSION = re.compile(r"[A-Za-z0-9_-]{1,64}")

#: What is said of a value that is longer than a message carries.
_TOO_LONG = {
    "last_name": "last_name_too_long",
    "first_name": "first_name_too_long",
    "email": "email_malformed",
    "siret": "siret_malformed",
    "number": "number_malformed",
    "idcc": "idcc_malformed",
}


class BadForm(Exception):
    """What came is not a form that we drew; a program's mistake, or a meddler's."""


class Outdated(Exception):
    """A form whose token is missing, too old or another browser's: it is shown again, and counts for nothing.

    Attributes:
        form: what was typed, its submission as it was.
    """

    def __init__(self, form: "Form") -> None:
        super().__init__()
        self.form = form


def new_submission() -> str:
    """The id of the form that is shown now: sent twice, it counts once."""
    return uuid4().hex


@dataclass(frozen=True)
class Form:
    """A form as shown: its values, what is wrong with them, and the id of its submission."""

    values: Mapping[str, str] = field(default_factory=dict)
    chosen: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    submission: str = field(default_factory=new_submission)

    def value(self, name: str) -> str:
        """What stands in the field."""
        return self.values.get(name, "")

    def problem(self, name: str) -> str | None:
        """All that is wrong with the field, if anything."""
        return " ".join(one.detail for one in self.problems if one.field == name) or None

    def mistaken(self, problems: tuple[Problem, ...]) -> "Form":
        """The same form with what is wrong with it: sent again, it is another submission."""
        return replace(self, problems=problems, submission=new_submission())


async def read_form(request: Request, *fields: str, many: Sequence[str] = ()) -> Form:
    """Read the named fields; those in `many` may come any number of times, into `chosen`.

    Raises:
        BadForm: an unknown or repeated field, a file, or no submission id.
        Outdated: not a form that was drawn for this browser lately.
    """
    try:
        sent = await request.form(max_files=0, max_fields=MAX_FIELDS)
    except HTTPException as error:
        if error.status_code != 400:
            raise  # Too large a body has its own answer.
        raise BadForm from None
    values: dict[str, str] = {}
    chosen: list[str] = []
    for name, value in sent.multi_items():
        if isinstance(value, UploadFile):
            raise BadForm
        if name in many:
            chosen.append(value)
        elif name in values or name not in (*fields, "submission", form_tokens.FIELD):
            raise BadForm
        else:
            values[name] = value
    submission, token = values.pop("submission", ""), values.pop(form_tokens.FIELD, "")
    if not _SUBMISSION.fullmatch(submission):
        raise BadForm
    form = Form(values=values, chosen=tuple(chosen), submission=submission)
    if not form_tokens.is_current(request, token):
        raise Outdated(form)
    return form


def too_long(form: Form) -> tuple[Problem, ...]:
    """What is said of the values that no message could carry."""
    return tuple(
        problem(_TOO_LONG[name], name)
        for name, value in form.values.items()
        if len(value) > MAX and name in _TOO_LONG
    )


def form_registration(mint: TokenMint, text: str) -> UUID:
    """The registration whose id was drawn when the form was shown.

    Raises:
        BadForm: the id was not drawn by us.
    """
    token = parse(text)
    if token is None or not mint.check(token, "form"):
        raise BadForm
    return token.registration


def one_of(kind: type[Choice], value: str) -> Choice:
    """The choice of that value.

    Raises:
        BadForm: we offered no such choice.
    """
    try:
        return kind(value)
    except ValueError:
        raise BadForm from None
