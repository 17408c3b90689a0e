"""The worker's probes: `/healthz` says that the process answers, `/readyz` that it does its work.

A worker serves nobody, so it has no web server: this one reads the first line of a request, and answers it.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus

import structlog

from infrastructure.health import Checks, found

log = structlog.get_logger(__name__)

#: Seconds for a request to arrive.
PATIENCE = 2.0


@asynccontextmanager
async def answering(address: str, checks: Checks) -> AsyncIterator[None]:
    """Answer probes on `host:port` until the block is left; nowhere when the address is empty.

    An address that cannot be had is logged as an error: registrations go on without probes.
    """
    if not address:
        yield
        return

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError, ValueError):
            async with asyncio.timeout(PATIENCE):
                line = await reader.readline()
                while (await reader.readline()).strip():
                    pass
            writer.write(await _answer(line, checks))
            await writer.drain()
        writer.close()

    host, _, port = address.rpartition(":")
    try:
        server = await asyncio.start_server(serve, host.strip("[]"), int(port), limit=8192)
    except OSError as error:
        log.error("no probes", address=address, why=error.strerror)
        yield
        return
    try:
        yield
    finally:
        server.close()


async def _answer(line: bytes, checks: Checks) -> bytes:
    body: dict[str, str | bool]
    match line.split():
        case [b"GET", b"/healthz", _]:
            status, body = HTTPStatus.OK, {"status": "up"}
        case [b"GET", b"/readyz", _]:
            parts = await found(checks)
            ready = all(parts.values())
            status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
            body = {"status": "ready" if ready else "unavailable", **parts}
        case _:
            status, body = HTTPStatus.NOT_FOUND, {"status": "unknown"}
    text = json.dumps(body).encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(text)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + text
