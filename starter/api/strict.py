"""A body that names a member twice is refused: two readers of it could understand two different things."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise json.JSONDecodeError("a member is named twice", "", 0)
    return found


def _no_constant(name: str) -> Any:
    raise json.JSONDecodeError("not JSON", "", 0)


class StrictRequest(Request):
    """Reads JSON as the standard says: each member once, no NaN."""

    async def json(self) -> Any:
        """The parsed body."""
        body = await self.body()
        try:
            return json.loads(body, object_pairs_hook=_once, parse_constant=_no_constant)
        except (UnicodeDecodeError, RecursionError, ValueError):
            # A text of our own: the parser's error would carry the whole body along.
            raise json.JSONDecodeError("not JSON", "", 0) from None


class StrictRoute(APIRoute):
    """A route whose body is read strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the request."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive))

        return strict
