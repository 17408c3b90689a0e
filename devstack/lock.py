"""One running stack for each data folder; what a killed one left behind is ended before the next starts.

The lock belongs to the process, so that the kernel releases it however the process ends: there is no stale
lock to take over, only processes that may have outlived their supervisor, known by id and time of birth.
"""

import asyncio
import fcntl
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own


class AlreadyRunning(Exception):
    """Another stack runs on this data folder; the message says which process."""


@contextmanager
def held(data: Path) -> Iterator[None]:
    """Hold the data folder.

    Raises:
        AlreadyRunning: while another process does.
    """
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyRunning(
                f"the stack already runs on {data} (process {file.read().strip() or 'unknown'}); "
                "for a second copy set MON_ESPACE_DATA and the ports MON_ESPACE_PORT_*"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def remember(data: Path, pids: list[int]) -> None:
    """Write down which processes the stack consists of."""
    born = {}
    for pid in pids:
        try:
            born[str(pid)] = psutil.Process(pid).create_time()
        except psutil.NoSuchProcess:
            continue
    unfinished = data / "processes.part"
    unfinished.write_text(json.dumps(born))
    unfinished.replace(data / "processes.json")


async def end_leftovers(data: Path, grace: float = 10.0) -> int:
    """End what is left of a stack whose supervisor was killed; gives how many processes there were."""
    left = _leftovers(data)
    for process in left:
        _signal(process, signal.SIGINT)  # which PostgreSQL takes as: without waiting for clients
    _, stubborn = await asyncio.to_thread(psutil.wait_procs, left, grace)
    for process in stubborn:
        _signal(process, signal.SIGKILL)
    await asyncio.to_thread(psutil.wait_procs, stubborn, 5)
    return len(left)


def _leftovers(data: Path) -> list[psutil.Process]:
    try:
        born = json.loads((data / "processes.json").read_text())
    except (OSError, ValueError):
        return []
    left = []
    for pid, birth in born.items():
        try:
            process = psutil.Process(int(pid))
            if abs(process.create_time() - birth) < 1:  # else the number belongs to somebody else by now
                left.append(process)
        except psutil.Error:
            continue
    return left


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with suppress(psutil.Error):  # it ended meanwhile
        process.send_signal(number)
