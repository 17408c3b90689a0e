"""Waiting for what happens behind the back of a test."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(look: Callable[[], Awaitable[T | None]], within: float = 15.0, pause: float = 0.03) -> T:
    """Look until there is something, for so many seconds at most."""
    until = asyncio.get_running_loop().time() + within
    while not (found := await look()):
        assert asyncio.get_running_loop().time() < until, "it did not happen in time"
        await asyncio.sleep(pause)
    return found
