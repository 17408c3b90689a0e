"""A whole private stack under measure: our own mail sink, as many workers and web processes as wanted."""

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest.mock import patch

from temporalio.client import Client

from benchmarks import base
from benchmarks.browser import Browser
from benchmarks.sink import Sink
from benchmarks.skeleton import Caller
from benchmarks.skeleton import connect as connect_skeleton
from devstack import parts, stack
from devstack.ports import LOOPBACK, free_port
from devstack.ready import answers, says
from devstack.supervisor import Layer, Part
from infrastructure.passwords import PasswordHasher
from infrastructure.settings import Settings, load_settings
from infrastructure.temporal import connect
from infrastructure.tokens import TokenMint

ALL = "100000000"


@dataclass
class Rig:
    """What a measure works with."""

    product: stack.Stack
    settings: Settings
    sink: Sink
    client: Client
    skeletons: Caller
    hasher: PasswordHasher
    mint: TokenMint
    portals: list[str]
    _extra: dict[str, list[str]] = field(default_factory=lambda: {"worker": [], "portal": []})

    def browser(self, number: int = 0) -> Browser:
        """A browser; many are spread over the web processes."""
        return Browser(self.portals[number % len(self.portals)])

    async def workers(self, count: int) -> None:
        """That many worker processes."""
        await self._scale("worker", count)

    async def webs(self, count: int) -> None:
        """That many web processes, each on its own port."""
        await self._scale("portal", count)

    async def _scale(self, name: str, count: int) -> None:
        supervisor, extra = self.product.supervisor, self._extra[name]
        while len(extra) > count - 1:
            await supervisor.end(extra.pop())
            if name == "portal":
                self.portals.pop()
        while len(extra) < count - 1:
            part = self._another(name, f"{name}-{len(extra) + 2}")
            await supervisor.start(part)
            extra.append(part.command.name)

    def _another(self, name: str, called: str) -> Part:
        config = self.product.config
        part = next(one for one in parts.product(config, self.product.environ) if one.command.name == name)
        log = config.logs / f"{called}.log"
        # The metrics of the first one are enough; a second would find their port taken.
        environ = {**part.command.environ, "AKTO_METRICS_ADDRESS": "", "AKTO_HEALTH_ADDRESS": ""}
        if name == "worker":
            command = replace(part.command, name=called, log=log, environ=environ)
            return Part(command, Layer.WORKER, says("worker ready", log))
        port = free_port()
        url = f"http://{LOOPBACK}:{port}"
        argv = [str(port) if one == str(config.ports.portal) else one for one in part.command.argv]
        self.portals.append(url)
        command = replace(part.command, name=called, log=log, environ=environ, argv=argv)
        return Part(command, Layer.WEB, answers(f"{url}/healthz"))

    async def contacts(self, addresses: list[str]) -> None:
        """Make these addresses known contacts of AKTO's members."""
        await base.add_contacts(self.product.database_url, addresses)


@asynccontextmanager
async def rig(*, skeleton: bool = False) -> AsyncIterator[Rig]:
    """A rig on a private stack that keeps what it commits, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="mon-espace-") as name:
        folder = Path(name)
        async with stack.private(
            folder,
            need_time_skipping=False,
            durable=True,
            # The limits per client address would answer in the product's place: all people come from one.
            AKTO_STARTS_PER_MINUTE=ALL,
            AKTO_STARTS_PER_HOUR=ALL,
            AKTO_SIRET_LOOKUPS_PER_HOUR=ALL,
            AKTO_LOGINS_PER_ADDRESS=ALL,
            # Workflows are loaded anew for each registration: from compiled files, as an image has them.
            PYTHONDONTWRITEBYTECODE="",
        ) as product:
            await base.fill(product.database_url)
            sink = Sink()
            await product.supervisor.end("mailbox")
            await sink.listen(product.config.ports.smtp)
            with patch.dict(os.environ, product.environ):
                loaded = load_settings()
                client = await connect(loaded)
                skeletons = await connect_skeleton(loaded.payload_key_ring)
            if skeleton:
                await product.supervisor.start(_skeleton(product))
            hasher = PasswordHasher(loaded)
            try:
                yield Rig(
                    product,
                    loaded,
                    sink,
                    client,
                    Caller(skeletons, hasher),
                    hasher,
                    TokenMint(loaded.link_key_ring),
                    [str(product.addresses["portal"])],
                )
            finally:
                hasher.close()
                sink.close()


def _skeleton(product: stack.Stack) -> Part:
    log = product.config.logs / "skeleton.log"
    command = parts.once(product.config, "skeleton", ["benchmarks.skeleton"], product.environ)
    return Part(command, Layer.WORKER, says("skeleton ready", log))
