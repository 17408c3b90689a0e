"""Is the process up (`/healthz`), and can it do its work (`/readyz`)? For supervisors, not for people."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from infrastructure.health import found

WORKERS = "workers"

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "up"})


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """Database and engine answer; 503 and which of them does not, without why.

    Whether workers poll is said too and decides nothing: without them, a page says so and keeps what was
    typed, which a proxy that takes this process away would not.
    """
    parts = await found(request.app.state.checks)
    ready = all(there for name, there in parts.items() if name != WORKERS)
    return JSONResponse(
        {"status": "ready" if ready else "unavailable", **parts}, status_code=200 if ready else 503
    )
