"""All pages in one router, for the application to include; static files lie in `STATIC_DIR`."""

from fastapi import APIRouter

from starter.web import account, home, letters, links, moves, registration, waiting


def build_router() -> APIRouter:
    """The French pages. What they need is found on `request.app.state` (see `portal.py`)."""
    router = APIRouter()
    for topic in (account, home, letters, registration, moves, waiting, links):
        router.routes.extend(topic.ROUTES)
    return router


router = build_router()
