"""What stands between the network and every page: pure ASGI, one rule a class, each refusing on its own.

Order, outermost first (see `app.py`): SecurityHeaders, AccessLog, HostAllowList, ClientAddress, SameOrigin,
BodyLimit. A header that a page has set itself is left alone.
"""

import asyncio
import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from starter.refusals import is_api, refuse

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
#: Asked by whoever watches the process, under any name.
PROBES = frozenset({"/healthz", "/readyz"})
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
)
ONE_YEAR = 365 * 24 * 3600
STATIC_PREFIX = "/static/"

MAX_BODY = 32 * 1024
BODY_TIMEOUT = 10.0


def host_of(url: str) -> str:
    """The host name of a URL as it stands in a Host header, without the port."""
    return host_name(urlsplit(url).netloc.rpartition("@")[2])


def host_name(authority: str) -> str:
    """`authority` in lower case and without its port."""
    text = authority.strip().lower()
    if text.startswith("["):
        return text.partition("]")[0] + "]"
    return text.partition(":")[0]


def allowed_hosts(base_url: str, extra: str) -> frozenset[str]:
    """The names the portal answers to; every name of the loopback when the portal itself is there."""
    own = host_of(base_url)
    names = {own, *(host_name(name) for name in extra.split(",") if name.strip())}
    return frozenset(names | LOOPBACK_NAMES if own in LOOPBACK_NAMES else names)


class SecurityHeaders:
    """Adds what tells a browser to trust nothing but us, and nobody to keep what we answered.

    Referrer-Policy is `same-origin`: nothing reaches another site, exactly as with `no-referrer`, but under
    the latter browsers send `Origin: null` with our own forms, and those without Sec-Fetch-Site (Safari
    before 16.4, any browser over plain HTTP) could not be told from a forgery.
    """

    def __init__(self, app: ASGIApp, https: bool) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Permissions-Policy": PERMISSIONS_POLICY,
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if https:
            self._headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        kept = _lifetime(scope)

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                found = message["status"] in {200, 206, 304}
                headers.setdefault("Cache-Control", kept if kept and found else "no-store")
            await send(message)

        await self._app(scope, receive, add)


def _lifetime(scope: Scope) -> str | None:
    """How long others may keep the answer; static files carry their content's hash in their address."""
    if not scope["path"].startswith(STATIC_PREFIX):
        return None
    hashed = scope["query_string"].startswith(b"v=")
    return f"public, max-age={ONE_YEAR}, immutable" if hashed else "public, max-age=3600"


class HostAllowList:
    """Refuses a request that names a host we do not answer to: no link is ever made from a forged one."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and scope["path"] not in PROBES:
            named = Headers(scope=scope).getlist("host")
            if len(named) != 1 or host_name(named[0]) not in self._hosts:
                await refuse(scope, 421, "unknown_host")(scope, receive, send)
                return
        await self._app(scope, receive, send)


class ClientAddress:
    """Puts into `request.state.client` the address that limits count by.

    With N trusted proxies in front, each of which appends whom it heard, the client is the Nth entry of
    X-Forwarded-For from the right; anything further left was written by the client itself. A request with
    fewer entries did not come that way, and counts as its peer. An IPv6 client is its /64: whoever has
    one address has them all.
    """

    def __init__(self, app: ASGIApp, trusted_proxies: int) -> None:
        self._app = app
        self._proxies = trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http":
            scope.setdefault("state", {})["client"] = self._client(scope)
        await self._app(scope, receive, send)

    def _client(self, scope: Scope) -> str:
        peer = scope.get("client")
        found = _canonical(peer[0]) if peer else None
        if self._proxies:
            headers = Headers(scope=scope).getlist("x-forwarded-for")
            hops = [hop for header in headers for hop in header.split(",") if hop.strip()]
            if len(hops) >= self._proxies:
                found = _canonical(hops[-self._proxies]) or found
        return found or "unknown"


def _canonical(text: str) -> str | None:
    """The address in one spelling, without port or zone; None for what is no address."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((address, 64), strict=False))
        address = address.ipv4_mapped
    return str(address)


class SameOrigin:
    """Refuses unsafe requests that another site made a browser send.

    Sec-Fetch-Site decides where a browser sends it; older ones send an Origin that must be ours. The API
    is exempt when nothing in the request is sent by a browser on its own: a Bearer token, or no cookie.
    """

    def __init__(self, app: ASGIApp, base_url: str, hosts: Iterable[str]) -> None:
        self._app = app
        parts = urlsplit(base_url)
        self._scheme = parts.scheme
        self._own = f"{parts.scheme}://{parts.netloc}".lower()
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            headers = Headers(scope=scope)
            if not (self._exempt(scope["path"], headers) or self._is_ours(headers)):
                await refuse(scope, 403, "cross_origin")(scope, receive, send)
                return
        await self._app(scope, receive, send)

    @staticmethod
    def _exempt(path: str, headers: Headers) -> bool:
        bearer = headers.get("authorization", "").lower().startswith("bearer ")
        return is_api(path) and (bearer or "cookie" not in headers)

    def _is_ours(self, headers: Headers) -> bool:
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in {"same-origin", "none"}
        origin = headers.get("origin", "").lower()
        if origin == self._own:
            return True
        host = headers.get("host", "").lower()
        return origin == f"{self._scheme}://{host}" and host_name(host) in self._hosts


class BodyLimit:
    """Reads a body before anything else does: whole, small and in time, or not at all."""

    def __init__(self, app: ASGIApp, max_body: int = MAX_BODY, timeout: float = BODY_TIMEOUT) -> None:
        self._app = app
        self._max = max_body
        self._timeout = timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or not self._has_body(scope):
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > self._max:
            await refuse(scope, 413, "too_large")(scope, receive, send)
            return
        body = bytearray()
        try:
            async with asyncio.timeout(self._timeout):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > self._max:
                        await refuse(scope, 413, "too_large")(scope, receive, send)
                        return
        except TimeoutError:
            await refuse(scope, 408, "slow", headers={"Connection": "close"})(scope, receive, send)
            return
        whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        await self._app(scope, replay, send)

    @staticmethod
    def _has_body(scope: Scope) -> bool:
        headers = Headers(scope=scope)
        return (
            scope["method"] not in SAFE_METHODS
            or "transfer-encoding" in headers
            or headers.get("content-length", "0") != "0"
        )
