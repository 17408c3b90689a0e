"""OpenAPI says all there is, and the page made of it needs nobody else."""

import json
import re
from typing import Any

import pytest

from domain.messages import PERSON_MESSAGES
from domain.view import View
from starter.api.models import EXAMPLES, VIEW_EXAMPLE, body_of, to_message
from tests.api.conftest import World


async def openapi(world: World, v1: str) -> dict[str, Any]:
    answer = await world.client.get(f"{v1}/openapi.json")
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


async def test_every_door_is_described_and_no_other(world: World, v1: str) -> None:
    document = await openapi(world, v1)
    described = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert described == {
        ("post", "/registrations"),
        ("get", "/registrations/{id}"),
        *(("post", f"/registrations/{{id}}/{message.NAME}") for message in PERSON_MESSAGES),
        ("post", "/links/open"),
        ("post", "/links/password"),
        ("post", "/bounces"),
    }
    assert document["servers"] == [{"url": v1}]


async def test_every_reference_leads_somewhere(world: World, v1: str) -> None:
    document = await openapi(world, v1)
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert references <= set(document["components"]["schemas"])
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_every_error_is_a_problem_with_an_example(world: World, v1: str) -> None:
    document = await openapi(world, v1)
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert "503" in operation["responses"], path
            assert ("401" in operation["responses"]) == bool(operation.get("security")), path
            assert bool(operation.get("security")) == ("{id}" in path or path == "/bounces")
            for status, answer in operation["responses"].items():
                if status >= "400":
                    problem = answer["content"]["application/problem+json"]
                    assert problem["schema"] == {"$ref": "#/components/schemas/ProblemDocument"}
                    assert all(
                        str(one["value"]["status"]) == status for one in problem["examples"].values()
                    ), path


async def test_received_at_is_ours_to_say(world: World, v1: str) -> None:
    document = await openapi(world, v1)
    for message in PERSON_MESSAGES:
        schema = document["components"]["schemas"][message.__name__]
        assert schema["additionalProperties"] is False
        assert not {"received_at", "behind"} & set(schema["properties"])
        assert set(schema["properties"]) == set(message.model_fields) - {"received_at", "behind"}


@pytest.mark.parametrize("message", PERSON_MESSAGES)
def test_examples_are_true(message: Any) -> None:
    example = {**EXAMPLES.get(message, {}), "submission": "s-1"}
    assert isinstance(to_message(message, body_of(message).model_validate(example)), message)


def test_the_view_s_example_is_a_view() -> None:
    assert View.model_validate(VIEW_EXAMPLE).model_dump(mode="json") == VIEW_EXAMPLE


async def test_the_page_stands_alone(world: World, v1: str) -> None:
    page = await world.client.get(f"{v1}/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "<script" not in page.text
    assert "style=" not in page.text
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert links
    assert all(link.startswith(("/api/v1/", "#")) for link in links)
    for message in PERSON_MESSAGES:
        assert f'id="{message.NAME}"' in page.text
    style = await world.client.get(f"{v1}/docs.css")
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")


async def test_the_framework_s_own_pages_are_off(world: World, v1: str) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", f"{v1}/redoc"):
        assert (await world.client.get(path)).status_code == 404
