"""The JSON API as one mounted application: its own errors, its own description, no cookie."""

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.datastructures import State
from starlette.requests import Request

from starter.api import bounces, documentation, links, problems, registrations

PREFIX = "/api/v1"


def create_api(state: State) -> FastAPI:
    """The application to mount at `PREFIX`; `state` is shared with the one that mounts it."""
    api = FastAPI(title="Mon Espace AKTO", version="1", openapi_url=None, docs_url=None, redoc_url=None)
    api.state = state
    api.include_router(registrations.router)
    api.include_router(links.router)
    api.include_router(bounces.router)
    api.include_router(documentation.router)
    problems.install(api)

    @api.get("/openapi.json", include_in_schema=False)
    async def openapi(request: Request) -> JSONResponse:
        return JSONResponse(documentation.describe(api))

    return api
