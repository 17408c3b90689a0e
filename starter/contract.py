"""The contract of the workflow as data: enough to write a frontend in another language.

`python -m starter contract` writes docs/contract.json; a test fails when the two differ.
"""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from domain.desk import ID_PREFIX
from domain.messages import OPERATOR_MESSAGES, PERSON_MESSAGES, WEB_MESSAGES, Message, Step
from domain.problems import TEXTS
from domain.view import Outcome, View
from workflows import attributes
from workflows.effects import MAIL_QUEUE, SIRENE_QUEUE, TASK_QUEUE
from workflows.registration import Journal, Result, Start

_PAYLOAD = {
    "encoding": "json/plain",
    "data": "one JSON value in UTF-8; a message takes exactly one argument, a query none",
    "encrypted": {
        "encoding": "binary/encrypted",
        "algorithm": "AES-256-GCM, no associated data",
        "metadata": {"key": "id of the key"},
        "data": "12 bytes of nonce, then the sealed protobuf of the plain payload, tag last",
        "keys": (
            "AKTO_PAYLOAD_KEYS, one ring an environment: `id:base64` of 32 bytes, comma separated; the first "
            "one seals, the one that metadata names opens"
        ),
    },
    "left_readable": "A payload whose metadata has `akto-public` = `1`: operators' texts, no personal data.",
    "failures": (
        "Message and stack stand in `encoded_attributes` (the SDKs' « encode common attributes »), sealed "
        "like any payload, details too; the types below keep a readable message."
    ),
    "plain_is_accepted": "in what is sent; answers are encrypted: who reads them needs the key",
}
_UPDATE = {
    "id": "`<message>-<submission>`; one submission of one form keeps its id however often it is sent",
    "wait_for": "completed",
    "late": (
        "No answer within 3 s: ask again with the same id and body, which attaches to the same update, or "
        "show the query `view`. While `busy` is true, work goes on: ask `view` again."
    ),
    "thrown_away": (
        "gRPC status FAILED_PRECONDITION: the registration ended while the update was under way. Send it "
        "again at once with the same id and body, three times at most; NOT_FOUND then means that it is over."
    ),
    "received_at": "When the frontend received it: deadlines are judged by it. Absent: the worker's time.",
}
_EMAIL_FIRST = {
    "start": "`policy.confirm_email_first`: the mailbox is proved before the guide's branch",
    "before": "After `identify` the step is `email_link`, whoever the address belongs to.",
    "after": (
        "Once a link was opened, `view.only_behind` is the number of a link: show the view, and send "
        "messages with `behind`, only for who opened that link or a later one (`POST /api/v1/links/open`, "
        "whose `resume_token` the JSON API takes). Anybody else is shown `email_link` without answers, and "
        "may still `correct_email`, `resend_link`, `abandon` and `disown`, at whatever step."
    ),
}
#: What moves each step on. `abandon` and `disown` fit everywhere.
_STEPS: dict[Step, tuple[str, ...]] = {
    Step.IDENTITY: ("identify",),
    Step.THEMES: ("choose_themes", "go_back"),
    Step.ESTABLISHMENT: ("claim_establishment", "go_back"),
    Step.MEMBER_NUMBER: ("give_member_number", "no_member_number", "go_back"),
    Step.IDCC: ("give_idcc", "go_back"),
    Step.EMAIL_LINK: ("resend_link", "correct_email"),
    Step.PASSWORD: ("resend_link", "correct_email"),
    Step.REVIEW: ("correct_email", "go_back"),
    Step.DONE: (),
}
_LINK = {
    "where": "The portal's JSON API, described at `/api/v1/openapi.json`: only there are they proved.",
    "token": "the parameter `jeton` of the mailed address `/lien?jeton=…`",
    "open": "POST /api/v1/links/open {token}: answers `view`; uses nothing up",
    "password": "POST /api/v1/links/password {token, password, submission?}: answers once the account exists",
    "errors": "application/problem+json: decide by `code`",
}


def contract() -> dict[str, Any]:
    """The contract, ready for JSON."""
    return {
        "workflow": {
            "type": "Registration",
            "task_queue": TASK_QUEUE,
            "activity_task_queues": [TASK_QUEUE, SIRENE_QUEUE, MAIL_QUEUE],
            "id": f"{ID_PREFIX}<random uuid>",
            "start": _schema(Start),
            "result": _schema(Result),
            "task_timeout_seconds": 5,
            "first_step": (
                "Start by update-with-start of `identify` (conflict policy: use existing; reuse policy: "
                "reject duplicate), or by signal-with-start of `identify`. Draw the id when the form is "
                "shown, so that a doubled start is one registration."
            ),
            "at_start": "Search attributes, memo and summary are optional: the workflow sets its own.",
        },
        "payload": _PAYLOAD,
        "messages": {
            "person": _messages(PERSON_MESSAGES),
            "web": _messages(WEB_MESSAGES),
            "operator": _messages(OPERATOR_MESSAGES),
            "doors": "Each message is an update (answer: view) and a signal of the same name.",
            "update": _UPDATE,
            "refusals": {
                "Refused": "details[0]: [{code, field, detail}]; nothing changed",
                "Malformed": "not of the message's schema; nothing changed",
                "HandlerBug": "a fault of ours in this one message; may be sent again",
            },
        },
        "steps": {step.value: list(names) for step, names in _STEPS.items()},
        "email_first": _EMAIL_FIRST,
        "link_and_password": _LINK,
        "problems": sorted(TEXTS),
        "queries": {"view": _schema(View), "journal": _schema(Journal)},
        "search_attributes": {
            key.name: "Datetime" if key.value_type is datetime else "Keyword" for key in attributes.KEYS
        },
        "outcomes": [outcome.value for outcome in Outcome],
    }


def _messages(models: tuple[type[Message], ...]) -> dict[str, Any]:
    return {model.NAME: _schema(model) for model in models}


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()
