"""What takes minutes to make is made once, by one process at a time, and appears complete or not at all."""

import asyncio
import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from devstack.engine.model import RoadClosed, Say


@asynccontextmanager
async def only_one(folder: Path, say: Say) -> AsyncIterator[None]:
    """Hold a folder's lock; two starts at the same time make its content once."""
    with _lock_file(folder) as lock:
        waited = 0
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if waited % 20 == 0:
                    say(f"another start is at work in {folder}: waiting for it ({waited} s)")
                waited += 1
                await asyncio.sleep(1)
        yield


def _lock_file(folder: Path) -> IO[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return (folder / "lock").open("w")
    except OSError as error:
        raise RoadClosed(f"the cache {folder} cannot be written: {error.strerror}") from None
