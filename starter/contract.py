"""The contract of the workflow as data: enough to write a frontend in another language.

`python -m starter contract` writes docs/contract.json; a test fails when the two differ.
"""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from domain.messages import OPERATOR_MESSAGES, PERSON_MESSAGES, WEB_MESSAGES, Message
from domain.view import Outcome, View
from workflows import attributes
from workflows.effects import MAIL_QUEUE, SIRENE_QUEUE, TASK_QUEUE
from workflows.registration import ID_PREFIX, Journal, Result, Start


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
            "first_step": (
                "Start by update-with-start of `identify` (conflict policy: use existing; reuse policy: "
                "reject duplicate), or start and signal `identify`."
            ),
        },
        "payload": {
            "encoding": "json/plain",
            "encrypted": {
                "encoding": "binary/encrypted",
                "algorithm": "AES-256-GCM, no associated data",
                "metadata": {"key": "id of the key"},
                "data": "12 bytes of nonce, then the sealed protobuf of the plain payload, tag last",
            },
            "plain_is_accepted": "in what is sent; answers are encrypted: who reads them needs the key",
        },
        "messages": {
            "person": _messages(PERSON_MESSAGES),
            "web": _messages(WEB_MESSAGES),
            "operator": _messages(OPERATOR_MESSAGES),
            "doors": "Each message is an update (answer: view) and a signal of the same name.",
            "refusals": {
                "Refused": "details[0]: [{code, field, detail}]; nothing changed",
                "Malformed": "not of the message's schema; nothing changed",
                "HandlerBug": "a fault of ours in this one message; may be sent again",
            },
        },
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
