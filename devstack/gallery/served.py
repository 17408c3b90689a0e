"""The real application over the played world."""

import asyncio
import base64
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from devstack.gallery.doors import FakeLetters, FakeLimits, FakeLinks, FakeLogin, FakeResets
from devstack.gallery.world import FakeRegistrations
from infrastructure.settings import Settings
from infrastructure.tokens import TokenMint
from starter.app import build_app
from starter.guard import StartGuard

NOWHERE = "postgresql://u:p@127.0.0.1:1/x"


def _key(name: str) -> SecretStr:
    return SecretStr(f"{name}:{base64.b64encode(name.encode().ljust(32, b'.')).decode()}")


class _Fixed(Settings):
    """Settings that the environment does not reach: the gallery is the same wherever it is shown."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def make_settings(database_url: str = NOWHERE) -> Settings:
    """Settings with fixed keys, hashes that cost next to nothing, the product's defaults otherwise."""
    return _Fixed(
        database_url=SecretStr(database_url),
        payload_keys=_key("payload"),
        link_keys=_key("link"),
        hash_key=_key("hash"),
        smtp_tls="none",
        companies_url="",
        argon2_time_cost=1,
        argon2_memory_kib=64,
    )


@dataclass
class Served:
    """The application and the played world below it."""

    app: FastAPI
    settings: Settings
    base_url: str
    registrations: FakeRegistrations = field(default_factory=FakeRegistrations)
    login: FakeLogin = field(default_factory=FakeLogin)
    letters: FakeLetters = field(default_factory=FakeLetters)
    limits: FakeLimits = field(default_factory=FakeLimits)

    def __post_init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """A fresh world under the same application."""
        self.registrations, self.login, self.limits = FakeRegistrations(), FakeLogin(), FakeLimits()
        self.links = FakeLinks(self.registrations, self.mint)
        self.letters, self.resets = FakeLetters(), FakeResets(self.mint)
        state = self.app.state
        state.registrations, state.links = self.registrations, self.links
        state.login, state.limits = self.login, self.limits
        state.letters, state.resets = self.letters, self.resets
        state.guard = StartGuard(self.limits, self.settings)
        state.checks = {}

    @property
    def mint(self) -> TokenMint:
        """Makes the tokens that the application believes."""
        mint: TokenMint = self.app.state.mint
        return mint


def serve(base_url: str = "", **more: Any) -> Served:
    """The application over a fresh world."""
    settings = make_settings()
    if base_url:
        settings = settings.model_copy(update={"base_url": base_url, **more})
    return Served(build_app(settings), settings, settings.base_url)


@asynccontextmanager
async def on_a_port() -> AsyncIterator[Served]:
    """The application on a loopback port of its own, for real browsers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        served = serve(f"http://127.0.0.1:{listener.getsockname()[1]}")
        server = uvicorn.Server(uvicorn.Config(served.app, log_config=None, lifespan="off"))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield served
        finally:
            server.should_exit = True
            await task
