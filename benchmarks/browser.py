"""A browser that costs little: one kept connection, cookies, forms."""

import asyncio
import json
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

_FORM = "application/x-www-form-urlencoded"


class Answer(NamedTuple):
    """What the portal answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def location(self) -> str:
        """Where a redirect leads, its query left out."""
        return self.headers.get("location", "").partition("?")[0]

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Surprise(Exception):
    """The portal answered what it should not; says what and where."""


class Browser:
    """One person's browser at one portal."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = str(parts.hostname), int(parts.port or 80)
        self._cookies: dict[str, str] = {}
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def get(self, path: str) -> Answer:
        """Ask for a page."""
        return await self._ask("GET", path, b"", "")

    async def post(self, path: str, **fields: str) -> Answer:
        """Send a form of our own pages."""
        return await self._ask("POST", path, urlencode(fields).encode(), _FORM)

    async def send(self, path: str, body: dict[str, Any], bearer: str = "") -> Answer:
        """Send JSON, as a frontend that is not ours does."""
        content = json.dumps(body).encode()
        return await self._ask("POST", f"/api/v1{path}", content, "application/json", bearer)

    def keep(self, name: str, value: str) -> None:
        """Hold a cookie that an earlier visit left."""
        self._cookies[name] = value

    def forget(self) -> None:
        """Another person at the same browser: no cookie is left."""
        self._cookies.clear()

    def close(self) -> None:
        """Close the connection."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    async def _ask(self, method: str, path: str, body: bytes, kind: str, bearer: str = "") -> Answer:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}:{self._port}"]
        if self._cookies and not bearer:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self._cookies.items()))
        if bearer:
            lines.append(f"Authorization: Bearer {bearer}")
        if method == "POST":
            lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
            lines += [] if path.startswith("/api/") else ["Sec-Fetch-Site: same-origin"]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        for last_try in (False, True):
            fresh = self._writer is None
            try:
                return await self._exchange(head + body)
            except (ConnectionError, asyncio.IncompleteReadError):
                self.close()
                # A kept connection may have been closed meanwhile; a fresh one has no excuse.
                if fresh or last_try:
                    raise
        raise AssertionError

    async def _exchange(self, request: bytes) -> Answer:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        assert self._reader is not None
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for line in head[1:]:
            name, _, value = line.partition(":")
            name, value = name.strip().lower(), value.strip()
            if name == "set-cookie":
                cookie, _, content = value.partition(";")[0].partition("=")
                self._cookies[cookie] = content
            headers[name] = value
        body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        answer = Answer(int(head[0].split(" ")[1]), headers, body)
        if headers.get("connection") == "close":
            self.close()
        return answer
