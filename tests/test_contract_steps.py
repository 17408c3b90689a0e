"""The contract's table of steps, held against the rules: it lists what is accepted, and nothing else."""

from collections.abc import Callable

import pytest

from domain import rules
from domain.messages import GoBack, Message
from domain.problems import Refused
from starter.contract import contract
from tests.domain.driver import Registration
from tests.domain.states import (
    at_establishment,
    at_idcc,
    at_identity,
    at_link,
    at_number,
    at_password,
    at_registered,
    at_review,
    at_themes,
)
from tests.domain.test_rules import MESSAGES
from tests.domain.world import MINUTE

EVERYWHERE = {"abandon", "disown"}


@pytest.mark.parametrize(
    "reach",
    [
        at_identity, at_themes, at_establishment, at_number, at_idcc, at_link, at_password, at_review,
        at_registered,
    ],
)  # fmt: skip
def test_each_step_lists_what_moves_it_on(reach: Callable[[], Registration]) -> None:
    registration = reach()
    described = contract()
    person = set(described["messages"]["person"]) - EVERYWHERE

    def fits(message: Message) -> bool:
        try:
            rules.accept(registration.facts, registration.policy, message, registration.now + 10 * MINUTE)
        except Refused as refusal:
            return not {"stale", "over", "no_way_back"} & {one.code for one in refusal.problems}
        return True

    sent = {name: message for name, message in MESSAGES.items() if name in person}
    sent["go_back"] = GoBack(leaving=registration.step)
    assert set(sent) == person
    accepted = {name for name, message in sent.items() if fits(message)}
    assert accepted == set(described["steps"][registration.step.value])
