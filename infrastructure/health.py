"""Whether the parts that a process needs are there: what probes ask, of the web process and the worker."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

#: What the process needs, by the name a probe is given; a check that raises says « not there ».
Checks = Mapping[str, Callable[[], Awaitable[object]]]

CHECK_TIMEOUT = 1.5


async def found(checks: Checks) -> dict[str, bool]:
    """Each part, and whether it is there; in two seconds at most."""
    return dict(zip(checks, await asyncio.gather(*map(_there, checks.values())), strict=True))


async def _there(check: Callable[[], Awaitable[object]]) -> bool:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            await check()
    except Exception:  # whatever it is, the part is not there
        return False
    return True
