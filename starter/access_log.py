"""One log line a request, ours instead of the server's, and the end of the road for what nobody caught.

The query never reaches the line: a mailed link carries its token there. Nor does the client's address.
"""

import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infrastructure.metrics import HTTP_DURATION, HTTP_REQUESTS
from starter.middleware import PROBES
from starter.refusals import refuse

log = structlog.get_logger("access")

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class AccessLog:
    """Logs method, path, status and milliseconds; answers 500 without a word of the cause."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        begun = time.perf_counter()

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note)
        except Exception:
            log.exception("request failed", method=scope["method"], path=scope["path"])
            if status == 0:
                await refuse(scope, 500, "internal")(scope, receive, note)
        finally:
            seconds = time.perf_counter() - begun
            milliseconds = round(seconds * 1000)
            _measure(scope, status, seconds)
            write = log.debug if scope["path"] in PROBES and status < 400 else log.info
            write("request", method=scope["method"], path=scope["path"][:200], status=status, ms=milliseconds)


def _measure(scope: Scope, status: int, seconds: float) -> None:
    """Count by the route's pattern: a path that no route knows is anybody's to invent."""
    pattern = getattr(scope.get("route"), "path", None)
    mounted = scope.get("root_path", "") if pattern else ""
    route = f"{mounted}{pattern}" if pattern else "other"
    method = scope["method"] if scope["method"] in _METHODS else "other"
    HTTP_REQUESTS.add(route=route, method=method, status=str(status))
    HTTP_DURATION.record(seconds, route=route)
