"""Is the process up (`/healthz`), and can it do its work (`/readyz`)? For supervisors, not for people."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

#: What the process needs, by the name `/readyz` gives it; a check that raises says « not reachable ».
Checks = Mapping[str, Callable[[], Awaitable[object]]]

CHECK_TIMEOUT = 1.5

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "up"})


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """Database and engine answer; 503 and which of them does not, without why."""
    checks: Checks = request.app.state.checks
    found = dict(zip(checks, await asyncio.gather(*map(_reachable, checks.values())), strict=True))
    ready = all(found.values())
    return JSONResponse(
        {"status": "ready" if ready else "unavailable", **found}, status_code=200 if ready else 503
    )


async def _reachable(check: Callable[[], Awaitable[object]]) -> bool:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            await check()
    except Exception:  # whatever it is, the part is not reachable
        return False
    return True
