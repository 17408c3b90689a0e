"""How one knows that a program of the stack is ready: its own word, over HTTP or in its log."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2

from devstack.processes import Process, ProcessError

_WITHIN = 90.0

Ready = Callable[[Process], Awaitable[None]]


def answers(url: str, within: float = _WITHIN) -> Ready:
    """Ready when this address answers without a server error."""

    async def ready(process: Process) -> None:
        async with httpx2.AsyncClient(timeout=5, trust_env=False) as client:

            async def check() -> bool:
                try:
                    return (await client.get(url)).status_code < 500
                except httpx2.HTTPError:
                    return False

            await _until(check, process, within)

    return ready


def says(words: str, log: Path, within: float = _WITHIN) -> Ready:
    """Ready when these words appear in its log, behind what earlier runs wrote there."""
    seen_before = log.stat().st_size if log.exists() else 0

    async def ready(process: Process) -> None:
        async def check() -> bool:
            return words.encode() in _content(log, seen_before)

        await _until(check, process, within)

    return ready


def _content(log: Path, start: int) -> bytes:
    if not log.exists():
        return b""
    with log.open("rb") as file:
        file.seek(start if log.stat().st_size >= start else 0)
        return file.read()


async def _until(check: Callable[[], Awaitable[bool]], process: Process, within: float) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    name = process.command.name
    while not await check():
        if process.returncode is not None:
            raise ProcessError(f"{name} ended with code {process.returncode}:\n{process.last_lines()}")
        if loop.time() > deadline:
            raise ProcessError(f"{name} is not ready after {within:.0f} s:\n{process.last_lines()}")
        await asyncio.sleep(0.1)
