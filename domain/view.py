"""What a frontend shows now: the answer to every message and to the query `view`."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.messages import Kind, Step, Theme
from domain.people import Civility


class Outcome(StrEnum):
    """How a registration ends."""

    REGISTERED = "registered"
    ALREADY_REGISTERED = "already_registered"
    EXPIRED = "expired"
    ABANDONED = "abandoned"
    REFUSED = "refused"
    SUPERSEDED = "superseded"


class Part(BaseModel):
    """Common to the parts of a view."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Problem(Part):
    """What is to be told: a stable code, the field it concerns, French words without personal data."""

    code: str
    field: str | None = None
    detail: str


class Answers(Part):
    """What the person has typed so far, standing or to be confirmed again after « Précédent »."""

    civility: Civility | None = None
    last_name: str | None = None
    first_name: str | None = None
    email: str | None = None
    themes: tuple[Theme, ...] | None = None
    kind: Kind | None = None
    siret: str | None = None
    idcc: str | None = None


class Establishment(Part):
    """The establishment as INSEE publishes it; nothing about a member comes from here.

    `suggested_idccs`: four digits each, from public data; the person confirms one or gives another.
    """

    siret: str
    name: str | None = None
    commune: str | None = None
    suggested_idccs: tuple[str, ...] = ()


class View(Part):
    """Where the registration stands. `busy` while work goes on; `outcome` is None until the end.

    `email_first`: the mailbox is proved before the branch. `only_behind`: then, this view is for who stands
    behind the mailed link of that number or a later one; anybody else is shown `email_link` and no answers.
    """

    step: Step
    busy: bool = False
    outcome: Outcome | None = None
    errors: tuple[Problem, ...] = ()
    answers: Answers = Answers()
    establishment: Establishment | None = None
    resend_allowed_at: datetime | None = None
    email_first: bool = False
    only_behind: int | None = None
