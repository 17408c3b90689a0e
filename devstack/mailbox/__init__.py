"""The mailbox of the embedded stack: a real SMTP server that delivers nothing and shows everything.

People read the mails on a page; programs read them in Mailpit's JSON shape (see mailpit.py).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from devstack.mailbox import smtp
from devstack.mailbox.app import create_app
from devstack.mailbox.faults import Faults
from devstack.mailbox.store import Store
from devstack.ports import LOOPBACK, free_port

__all__ = ["Mailbox", "Store", "create_app", "private", "serve"]


@dataclass(frozen=True)
class Mailbox:
    """A running mailbox."""

    smtp_port: int
    url: str
    store: Store


async def serve(folder: Path, smtp_port: int, http_port: int) -> None:
    """Serve both doors until SIGINT or SIGTERM."""
    store, faults = Store(folder), Faults()
    server = await smtp.listen(store, smtp_port, faults)
    try:
        await uvicorn.Server(_http(store, http_port, faults)).serve()
    finally:
        server.close()


@asynccontextmanager
async def private(folder: Path) -> AsyncIterator[Mailbox]:
    """A mailbox for tests, in this process, on free ports."""
    store, smtp_port, http_port, faults = Store(folder), free_port(), free_port(), Faults()
    server = await smtp.listen(store, smtp_port, faults)
    web = uvicorn.Server(_http(store, http_port, faults))
    # `serve` would take over the test run's signal handlers; `_serve` is the same without them.
    task = asyncio.create_task(web._serve())
    try:
        while not web.started:
            if task.done():
                task.result()
            await asyncio.sleep(0.01)
        yield Mailbox(smtp_port, f"http://{LOOPBACK}:{http_port}", store)
    finally:
        web.should_exit = True
        await task
        server.close()


def _http(store: Store, port: int, faults: Faults) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(store, faults),
        host=LOOPBACK,
        port=port,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
