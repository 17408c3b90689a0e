"""The API's description: OpenAPI, and a page made of it that loads nothing from anywhere else."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader

from starter.api.models import VIEW_EXAMPLE, Opened, ProblemDocument, Started

HERE = Path(__file__).parent
_CSS = (HERE / "templates" / "docs.css").read_text(encoding="utf-8")
#: Most members of an OpenAPI document are optional: what is absent is simply not shown.
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)

REFERENCE = "#/components/schemas/{model}"

INTRODUCTION = """\
Self-registration for AKTO's « Mon Espace », for frontends other than our pages: same rules, same screens.

1. `POST /registrations` starts a registration and answers its `id`, a `resume_token` and the first `view`.
2. The `view` says which `step` comes next; send that step's message with the token as Bearer.
3. At `email_link` a mail has left. Its link carries a token: `POST /links/open`, then `POST /links/password`.

While `busy` is true, work goes on: ask for the view again. `outcome` is null until the registration ends.
Errors are `application/problem+json`: decide by `code`, show `detail` (French) to the person.
"""

router = APIRouter(include_in_schema=False)


def describe(api: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once: FastAPI's, and the schema that all errors share."""
    if api.openapi_schema is None:
        document = get_openapi(
            title=api.title,
            version=api.version,
            description=INTRODUCTION,
            routes=api.routes,
            tags=[
                {"name": "registrations", "description": "One registration, from the first form on."},
                {"name": "links", "description": "What stands behind a mailed link."},
                {"name": "bounces", "description": "For the mail relay: mails that came back."},
            ],
            servers=[{"url": "/api/v1"}],
        )
        schemas = document["components"]["schemas"]
        problem = ProblemDocument.model_json_schema(ref_template=REFERENCE)
        schemas.update(problem.pop("$defs", {}))
        schemas["ProblemDocument"] = problem
        # FastAPI drops what is null from examples, and describes an error of its own that never leaves.
        schemas["View"]["examples"] = [VIEW_EXAMPLE]
        for answer in (Started, Opened):
            schemas[answer.__name__]["examples"] = answer.model_json_schema()["examples"]
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        for methods in document["paths"].values():
            for operation in methods.values():
                if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                    del operation["responses"]["422"]
        api.openapi_schema = document
    return api.openapi_schema


def _resolve(document: dict[str, Any], schema: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The schema itself and the name it goes by."""
    reference = schema.get("$ref", "")
    name = reference.rpartition("/")[2]
    return name, document["components"]["schemas"].get(name, schema) if name else schema


def type_words(schema: dict[str, Any]) -> str:
    """A schema in a few words: `string`, `View`, `array of Theme`, `string or null`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(type_words(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"array of {type_words(schema.get('items', {}))}"
    words = str(schema.get("type", "any"))
    return f"{words} ({schema['format']})" if "format" in schema else words


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """What the page shows of each operation."""
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            name, body = _resolve(document, content["schema"]) if content else ("", {})
            found.append(
                {
                    "method": method.upper(),
                    "path": path,
                    "operation": operation,
                    "body_name": name,
                    "body": body,
                    "example": next(iter(body.get("examples", [])), None),
                    "secured": bool(operation.get("security")),
                }
            )
    return found


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """The documentation page."""
    document = describe(request.app)
    page = _ENVIRONMENT.get_template("docs.html").render(
        document=document,
        operations=operations(document),
        words=type_words,
        base=document["servers"][0]["url"],
    )
    return HTMLResponse(page)


@router.get("/docs.css")
async def style() -> Response:
    """Its style."""
    return Response(_CSS, media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})
