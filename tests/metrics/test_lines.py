"""What the worker writes of a registration can be found by its id, and says nothing of the person."""

import json
from typing import Any

import pytest

from devstack.stack import Stack
from tests.metrics.conftest import Journeys

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


@pytest.fixture
def lines(product: Stack, journeys: Journeys) -> list[dict[str, Any]]:
    text = (product.config.logs / "worker.log").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_a_registration_is_found_by_its_id(lines: list[dict[str, Any]], journeys: Journeys) -> None:
    for person in journeys.people:
        own = [one for one in lines if one.get("workflow") == f"registration-{person.registration}"]
        mails = [(one["kind"], one["result"]) for one in own if one["event"] == "mail"]
        assert mails == [("confirmation", "sent"), ("welcome", "sent")]
        assert {one["activity"] for one in own} >= {"send_mail"}
        assert {one["attempt"] for one in own} == {1}


def test_nothing_typed_is_in_a_line(lines: list[dict[str, Any]], journeys: Journeys) -> None:
    text = json.dumps(lines, ensure_ascii=False).casefold()
    assert journeys.people
    for person in journeys.people:
        assert person.email.casefold() not in text
        assert person.email.partition("@")[0].casefold() not in text
