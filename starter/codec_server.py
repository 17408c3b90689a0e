"""Lets operators read registrations in the Temporal UI: `uvicorn starter.codec_server:create_app --factory`.

The UI's page, in the operator's browser, sends payloads here and gets them back readable: keys and clear
text never pass through the Temporal server. This is a decryption oracle, so it listens on the loopback (or
behind whatever authenticates operators), answers the UI's exact origins alone, asks for a Bearer token when
one is set, and writes one line for each request: who (where a proxy says so), how many payloads, never what.

Payloads that are not ours, or whose key is gone, come back as they were.
"""

import hmac
import sys
from collections.abc import Awaitable, Callable, Sequence

import structlog
from google.protobuf import json_format
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from temporalio.api.common.v1 import Payload, Payloads

from infrastructure.codec import EncryptionCodec
from infrastructure.logging import configure_logging
from infrastructure.settings import CodecSettings, SettingsError, load_codec_settings

log = structlog.get_logger("codec")

#: A page of a long history, with room to spare.
MAX_BODY = 16 * 1024 * 1024
HEADERS_ALLOWED = "content-type, x-namespace, authorization"

Convert = Callable[[Sequence[Payload]], Awaitable[list[Payload]]]


def create_app() -> Starlette:
    """The server of production, by the environment."""
    try:
        settings = load_codec_settings()
    except SettingsError as error:
        sys.exit(f"Réglages incorrects :\n{error}")
    configure_logging(settings.log_level)
    return build_app(settings)


def build_app(settings: CodecSettings) -> Starlette:
    """The routes `/decode` and `/encode`; whatever stands in their query is ignored."""
    codec = EncryptionCodec(settings.payload_key_ring)
    door = _Door(settings)
    return Starlette(
        routes=[
            Route("/decode", door.route("decode", codec.decode), methods=["POST", "OPTIONS"]),
            Route("/encode", door.route("encode", codec.encode), methods=["POST", "OPTIONS"]),
            Route("/healthz", _healthz),
        ]
    )


async def _healthz(_: Request) -> Response:
    return JSONResponse({"status": "up"})


class _Door:
    """Who may ask: an allowed origin (or a program, which sends none), with the token when one is set."""

    def __init__(self, settings: CodecSettings) -> None:
        self._origins = {one.strip().rstrip("/") for one in settings.codec_origins.split(",") if one.strip()}
        self._token = settings.codec_token.get_secret_value()
        self._user_header = settings.codec_user_header.strip().lower()

    def route(self, name: str, convert: Convert) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint that converts payloads by `convert`."""

        async def endpoint(request: Request) -> Response:
            origin = request.headers.get("origin")
            if origin is not None and origin not in self._origins:
                return PlainTextResponse("origin not allowed", status_code=403)
            if request.method == "OPTIONS":
                response: Response = Response(status_code=204)
                response.headers["Access-Control-Allow-Methods"] = "POST"
                response.headers["Access-Control-Allow-Headers"] = HEADERS_ALLOWED
                response.headers["Access-Control-Max-Age"] = "600"
            elif not self._authorised(request):
                log.warning("codec refused", action=name, who=self._who(request))
                response = PlainTextResponse("token expected", status_code=401)
            else:
                response = await _converted(request, name, convert, self._who(request))
            if origin is not None:
                response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Vary"] = "Origin"
            response.headers["Cache-Control"] = "no-store"
            response.headers["X-Content-Type-Options"] = "nosniff"
            return response

        return endpoint

    def _who(self, request: Request) -> str:
        """Who asks, in the words of the proxy that has authenticated them; nobody else's word counts."""
        return (request.headers.get(self._user_header, "") if self._user_header else "")[:100] or "inconnu"

    def _authorised(self, request: Request) -> bool:
        if not self._token:
            return True
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode())


async def _converted(request: Request, name: str, convert: Convert, who: str) -> Response:
    if not request.headers.get("content-type", "").startswith("application/json"):
        # Any page may make a browser send text or a form without asking first; JSON needs a preflight.
        return PlainTextResponse("application/json expected", status_code=415)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            return PlainTextResponse("too large", status_code=413)
    try:
        asked = json_format.Parse(bytes(body), Payloads())
    except (json_format.ParseError, UnicodeDecodeError, RecursionError):
        return PlainTextResponse("not a list of payloads", status_code=400)
    converted = await convert(asked.payloads)
    log.info(
        "codec",
        action=name,
        payloads=len(converted),
        who=who,
        namespace=request.headers.get("x-namespace", "")[:100],
    )
    return Response(
        json_format.MessageToJson(Payloads(payloads=converted), indent=None), media_type="application/json"
    )
