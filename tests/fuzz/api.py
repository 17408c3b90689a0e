"""Requests made from the OpenAPI description, right and wrong ones, at a running portal."""

import asyncio
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fuzz.ground import Ground
from tests.survival.person import Person

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
#: What would rightly end a registration, or send its mail elsewhere: thrown at one that nobody waits for.
RIGHTLY = ("abandon", "disown", "correct_email", "resend_link")


async def throw(ground: Ground, examples: int) -> None:
    """So many requests for each operation and way to make them; who waits meanwhile can still finish."""
    waiting, given_up = await ground.somebody(), await ground.somebody()
    schema = schemathesis.openapi.from_url(f"{ground.portal}/api/v1/openapi.json")
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        whom = given_up if operation.path.endswith(RIGHTLY) else waiting
        for mode in GenerationMode:
            await asyncio.to_thread(_operation, ground, operation, mode, whom, examples)
    await ground.finishes(waiting)
    await ground.unharmed(given_up.registration)


def _operation(ground: Ground, operation: Any, mode: GenerationMode, whom: Person, examples: int) -> None:
    session = requests.Session()
    session.trust_env = False

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def try_one(case: "Case[Any]") -> None:
        headers = {}
        if ground.tried["api"] % 4 and "{id}" in operation.path:
            case.path_parameters = {"id": whom.registration}
            headers["Authorization"] = f"Bearer {whom.token}"
        answer = case.call(base_url=f"{ground.portal}/api/v1", session=session, headers=headers)
        for _ in range(40):
            if answer.status_code != 503:
                break
            # A busy product says « not now »; that is described, and is not the last word.
            answer = case.call(base_url=f"{ground.portal}/api/v1", session=session, headers=headers)
        ground.tried["api"] += 1
        case.validate_response(answer, checks=CHECKS)

    try:
        try_one()
    finally:
        session.close()
