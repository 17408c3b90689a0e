"""Many at once: as many as can (closed loop), or as many a second as said (open loop)."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def at_once(clients: int, each: int, one: Callable[[int], Awaitable[None]]) -> float:
    """So many clients, each so many times in a row; seconds until the last was done."""

    async def client(number: int) -> None:
        for _ in range(each):
            await one(number)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            group.create_task(client(number))
    return time.perf_counter() - began


async def a_second(rate: float, seconds: float, one: Callable[[int], Awaitable[None]]) -> float:
    """Begin so many a second, whatever becomes of those before; seconds from the last begun to the last done.

    `one` must not raise and must end by itself.
    """
    began = time.perf_counter()
    tasks: list[asyncio.Task[None]] = []
    for number in range(round(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        tasks.append(asyncio.ensure_future(one(number)))
    last = time.perf_counter()
    await asyncio.gather(*tasks)
    return time.perf_counter() - last
