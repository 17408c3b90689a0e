"""Rounds of all kinds on one private stack, until the time is over."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from devstack.engine.readiness import connect_as_configured
from devstack.stack import private
from tests.fuzz import api, forms, messages
from tests.fuzz.ground import UNLIMITED, Ground


@asynccontextmanager
async def prepared(folder: Path) -> AsyncIterator[Ground]:
    """A stack of its own."""
    async with private(
        folder, need_time_skipping=True, durable=False, say=lambda text: None, **UNLIMITED
    ) as stack:
        engine = await connect_as_configured(dict(stack.environ), stack.engine.namespace)
        yield Ground(stack, engine)


async def play(
    ground: Ground, seconds: float, size: int = 1, say: Callable[[str], None] = lambda text: None
) -> None:
    """Rounds of that size until the time is over; the one that runs then is finished.

    Raises:
        AssertionError: something was found.
    """
    until = time.monotonic() + seconds
    while True:
        await api.throw(ground, size)
        await forms.throw(ground, 8 * size)
        await messages.throw(ground, 40 * size)
        say(told(ground))
        if time.monotonic() > until:
            break
    leaks = ground.leaks()
    assert not leaks, leaks[:5]


def told(ground: Ground) -> str:
    """How much was tried."""
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(ground.tried.items()))
    return f"{sum(ground.tried.values())} inputs ({kinds}); {ground.finished} registrations finished"
