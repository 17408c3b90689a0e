"""One private stack with a mixed population for all of the operators' tests, and a way to type commands."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest_asyncio
from typer.testing import CliRunner

from devstack import populate, stack
from devstack.populate import Crowd
from devstack.stack import Stack
from infrastructure.settings import load_settings
from starter.cli import app

COUNT = 60


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its standard output, read as a program does."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Operator:
    """Somebody at the command line, in the product's environment."""

    environ: Mapping[str, str]

    async def types(self, *arguments: str | UUID, answer: str | None = None, **environ: str) -> Said:
        """Type one command; `answer` is what is typed when it asks."""
        words = [str(one) for one in arguments]
        result = await asyncio.to_thread(
            CliRunner().invoke, app, words, input=answer, env={**self.environ, **environ}
        )
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, result.stdout, result.stderr)

    async def one(self, *arguments: str) -> UUID:
        """The first registration of a list."""
        listed = (await self.types("list", "--json", *arguments)).json["registrations"]
        assert listed, arguments
        return UUID(listed[0]["registration"])


@pytest_asyncio.fixture(scope="session")
async def product(tmp_path_factory: Any) -> AsyncIterator[Stack]:
    """The whole stack."""
    async with stack.private(
        tmp_path_factory.mktemp("operators"),
        AKTO_SIRENE_CALLS_PER_MINUTE="1000",
        AKTO_ARGON2_TIME_COST="1",
        AKTO_ARGON2_MEMORY_KIB="64",
        MON_ESPACE_SIRENE_QUOTA="10000",
    ) as running:
        yield running


@pytest_asyncio.fixture(scope="session")
async def crowd(product: Stack) -> AsyncIterator[Crowd]:
    """Invented people at that stack."""
    async with AsyncExitStack() as closing:
        # Only while it connects: the tests that follow have stacks of their own.
        with patch.dict(os.environ, product.environ):
            found = await populate.crowd_of(load_settings(), closing)
        yield found


@pytest_asyncio.fixture(scope="session")
async def population(crowd: Crowd) -> dict[str, int]:
    """Registrations in every state; how many of each."""
    return dict(await populate.populate(crowd, COUNT))


@pytest_asyncio.fixture(scope="session")
async def operator(product: Stack, population: dict[str, int]) -> Operator:
    """An operator, once there is something to look at."""
    return Operator(dict(product.environ))


def address_of(registration: UUID) -> str:
    """The address of one of the invented people."""
    return f"personne-{registration.hex[:12]}@exemple.example"
