"""An HTTP server that says byte for byte what a test tells it to, over a real socket."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Script = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Scripted:
    """The server's address, what it was asked, and what it answers to the next requests."""

    url: str
    script: Script
    heads: list[str] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [head.split(" ", 2)[1] for head in self.heads]


def message(
    status: int,
    body: bytes | str | object = b"",
    *,
    content_type: str = "application/json;charset=utf-8",
    **headers: str,
) -> bytes:
    """A whole HTTP answer; a body that is neither text nor bytes becomes JSON."""
    if not isinstance(body, bytes | str):
        body = json.dumps(body, ensure_ascii=False)
    raw = body if isinstance(body, bytes) else body.encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(raw)}", f"Content-Type: {content_type}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + raw


def answer(
    status: int,
    body: bytes | str | object = b"",
    *,
    content_type: str = "application/json;charset=utf-8",
    **headers: str,
) -> Script:
    """That answer at once."""
    return pieces(message(status, body, content_type=content_type, **headers))


def pieces(*parts: bytes, pause: float = 0.0, then: float = 0.0) -> Script:
    """These bytes, with pauses between them and a wait before the connection is closed."""

    async def write(writer: asyncio.StreamWriter) -> None:
        for number, part in enumerate(parts):
            if number and pause:
                await asyncio.sleep(pause)
            writer.write(part)
            await writer.drain()
        await asyncio.sleep(then)

    return write


@asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[Scripted]:
    """Serve the script to everybody who connects."""
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            server.heads.append(head.decode("latin-1"))
            await server.script(writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has had enough, or the test is over
        finally:
            running.discard(task)
            writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    server = Scripted(f"http://127.0.0.1:{port}", script)
    try:
        yield server
    finally:
        listener.close()
        for task in list(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
