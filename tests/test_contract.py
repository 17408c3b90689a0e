"""The contract as other languages read it: the file is current, and enough to write messages by.

What follows the first test knows nothing of our models: only the file, and JSON Schema.
"""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from starter.contract import contract

FILE = Path(__file__).resolve().parent.parent / "docs" / "contract.json"
CONTRACT: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
MESSAGES: dict[str, dict[str, Any]] = {
    name: schema
    for who in ("person", "web", "operator")
    for name, schema in CONTRACT.get("messages", {}).get(who, {}).items()
}
ANNOTATIONS = {"$defs", "title", "description", "default"}

#: What a frontend or an operators' tool in another language would send.
EXAMPLES: dict[str, dict[str, Any]] = {
    "identify": {
        "civility": "monsieur",
        "last_name": "Martin",
        "first_name": "Paul",
        "email": "paul.martin@exemple.example",
        "submission": "a1b2c3",
        "received_at": "2026-03-02T09:30:00+01:00",
    },
    "choose_themes": {"themes": ["contribution", "cases", "invoices", "payments"]},
    "claim_establishment": {"kind": "member", "siret": "000 000 018 00010"},
    "give_member_number": {"number": "123456 001"},
    "give_idcc": {"idcc": "1979"},
    "no_member_number": {},
    "go_back": {"leaving": "member_number"},
    "correct_email": {"email": "paul.martin@exemple.example"},
    "resend_link": {"submission": None, "received_at": None},
    "abandon": {},
    "disown": {},
    "open_link": {"link": 1},
    "choose_password": {"link": 2},
    "report_bounce": {"message_id": "confirmation.0123@monespace.example"},
    "operator_resend": {"by": "Sam", "reason": "demandé par téléphone"},
    "operator_extend": {"by": "Sam", "reason": "en congé", "days": 14},
    "operator_retry": {"by": "Sam", "reason": "INSEE répond"},
    "operator_approve": {"by": "Sam", "reason": "vérifié"},
    "operator_refuse": {"by": "Sam", "reason": "Ce n'est pas votre entreprise."},
    "operator_cancel": {"by": "Sam", "reason": "doublon"},
}


def test_the_file_is_current() -> None:
    current = json.dumps(contract(), indent=2, ensure_ascii=False) + "\n"
    assert FILE.read_text(encoding="utf-8") == current, "python -m starter contract"


def test_a_registration_can_be_started_by_the_file_alone() -> None:
    workflow = CONTRACT["workflow"]
    assert (workflow["type"], workflow["task_queue"]) == ("Registration", "registration")
    assert workflow["id"] == "registration-<random uuid>"
    right: list[Any] = [{}, {"origin": "partenaire"}, {"policy": None}, {"policy": {"life_days": 10}}]
    wrong: list[Any] = [{"origin": 1}, {"policy": {"life_days": "ten"}}, {"unknown": 1}, []]
    assert [valid(start, workflow["start"]) for start in right + wrong] == [True] * 4 + [False] * 4


def test_every_message_has_an_example() -> None:
    assert list(MESSAGES) == list(EXAMPLES)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_can_be_written_by_the_file_alone(name: str) -> None:
    schema, example = MESSAGES[name], EXAMPLES[name]
    assert schema["type"] == "object"
    assert schema["description"]
    assert valid(example, schema)
    assert not valid({**example, "unknown": 1}, schema)
    for required in schema.get("required", ()):
        assert not valid({key: value for key, value in example.items() if key != required}, schema)


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("identify", {"civility": "docteur"}),
        ("identify", {"email": "x" * 401}),
        ("identify", {"submission": "deux mots"}),
        ("identify", {"received_at": "hier"}),
        ("choose_themes", {"themes": ["cases", "cuisine"]}),
        ("choose_themes", {"themes": ["cases"] * 5}),
        ("open_link", {"link": 0}),
        ("operator_extend", {"days": 91}),
        ("operator_cancel", {"reason": ""}),
    ],
)
def test_the_file_says_what_is_malformed(name: str, changed: dict[str, Any]) -> None:
    assert not valid({**EXAMPLES[name], **changed}, MESSAGES[name])


@pytest.mark.parametrize("name", ["view", "journal"])
def test_an_answer_is_described(name: str) -> None:
    assert CONTRACT["queries"][name]["type"] == "object"


# ---- as much of JSON Schema as the file uses; what it does not know is an error, never « valid » --------


def valid(value: Any, schema: dict[str, Any], whole: dict[str, Any] | None = None) -> bool:
    whole = whole or schema
    return all(
        _holds(keyword, wanted, value, schema, whole)
        for keyword, wanted in schema.items()
        if keyword not in ANNOTATIONS
    )


def _holds(keyword: str, wanted: Any, value: Any, schema: dict[str, Any], whole: dict[str, Any]) -> bool:
    match keyword:
        case "$ref":
            return valid(value, whole["$defs"][wanted.removeprefix("#/$defs/")], whole)
        case "anyOf":
            return any(valid(value, one, whole) for one in wanted)
        case "type":
            return _is_a(wanted, value)
        case "enum":
            return value in list(wanted)
        case "properties" | "required" | "additionalProperties":
            return not isinstance(value, dict) or _members_hold(keyword, value, schema, whole)
        case "items":
            return not isinstance(value, list) or all(valid(one, wanted, whole) for one in value)
        case "maxItems":
            return not isinstance(value, list) or len(value) <= int(wanted)
        case "minLength":
            return not isinstance(value, str) or len(value) >= int(wanted)
        case "maxLength":
            return not isinstance(value, str) or len(value) <= int(wanted)
        case "pattern":
            return not isinstance(value, str) or re.search(wanted, value) is not None
        case "minimum":
            return not isinstance(value, int | float) or value >= int(wanted)
        case "maximum":
            return not isinstance(value, int | float) or value <= int(wanted)
        case "format":
            return not isinstance(value, str) or _is_moment(wanted, value)
    raise NotImplementedError(keyword)


def _is_a(kind: str, value: Any) -> bool:
    kinds: dict[str, type | tuple[type, ...]] = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "null": type(None),
    }
    return isinstance(value, kinds[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _members_hold(keyword: str, value: dict[str, Any], schema: dict[str, Any], whole: dict[str, Any]) -> bool:
    known = schema.get("properties", {})
    match keyword:
        case "required":
            return set(schema["required"]).issubset(value)
        case "properties":
            return all(valid(value[name], one, whole) for name, one in known.items() if name in value)
        case _:
            assert schema["additionalProperties"] is False
            return set(value).issubset(known)


def _is_moment(kind: str, value: str) -> bool:
    assert kind == "date-time", kind
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
