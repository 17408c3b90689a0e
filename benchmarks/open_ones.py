"""Registrations that wait for their person, made quickly: by the facade, without pages."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

from benchmarks.people import somebody
from benchmarks.rig import Rig
from domain.messages import Identify
from domain.people import Civility
from domain.policy import Policy
from starter.registrations import Registrations, Unavailable

AT_ONCE = 8


async def begin(
    under: Rig, email: str, policy: Policy | None = None, spread: timedelta = timedelta()
) -> UUID:
    """Begin one, return its id: an unknown address waits at its form, a known one for its link."""
    key = under.settings.email_hash_key
    facade = Registrations(under.client, key, policy=policy, reminder_spread=spread)
    registration = uuid4()
    form = Identify(
        submission=uuid4().hex,
        civility=Civility.MADAME,
        last_name="Martin",
        first_name="Camille",
        email=email,
    )
    while True:
        try:
            await facade.start(registration, form)
            return registration
        except Unavailable:  # As a browser would: the same form again.
            await asyncio.sleep(0.5)


async def begin_many(
    under: Rig,
    count: int,
    policy: Callable[[], Policy | None] = lambda: None,
    known: list[str] | None = None,
    spread: timedelta = timedelta(),
) -> tuple[float, list[UUID]]:
    """Begin many, every second one of a known contact while `known` lasts.

    Returns:
        Seconds it took, and those that wait at their form.
    """
    began = time.perf_counter()
    numbers = iter(range(count))
    at_form: list[UUID] = []

    async def some() -> None:
        for number in numbers:
            if known and number % 2:
                await begin(under, known.pop(), policy(), spread)
            else:
                at_form.append(await begin(under, somebody(), policy(), spread))

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(some())
    return time.perf_counter() - began, at_form
