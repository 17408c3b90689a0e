"""What the machine did while a figure was taken: cores used by each part, and by everything else."""

import contextlib
import os
import time

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own

from devstack.supervisor import Supervisor

#: The programs of the stack by the names a reader knows; several workers count together.
PARTS = {
    "temporal": "engine",
    "postgres": "PostgreSQL",
    "worker": "worker",
    "portal": "web",
    "skeleton": "skeleton",
}
LOAD = "load and mail sink"


class Meter:
    """Counts while it is entered, as often as it is."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._used: dict[str, float] = {}
        self._others = self._lasted = 0.0

    def __enter__(self) -> "Meter":
        self._before, self._busy, self._began = _seconds(self._supervisor), _busy(), time.monotonic()
        return self

    def __exit__(self, *failure: object) -> None:
        used = {
            part: max(0.0, seconds - self._before.get(part, 0.0))
            for part, seconds in _seconds(self._supervisor).items()
        }
        for part, seconds in used.items():
            self._used[part] = self._used.get(part, 0.0) + seconds
        self._others += max(0.0, _busy() - self._busy - sum(used.values()))
        self._lasted += time.monotonic() - self._began

    @property
    def cores(self) -> dict[str, float]:
        """Cores used by each part on average; what used next to nothing is left out."""
        shares = {part: round(seconds / self._lasted, 2) for part, seconds in self._used.items()}
        return {part: share for part, share in shares.items() if share >= 0.01}

    def spent(self, part: str) -> float:
        """CPU seconds of one part so far."""
        return self._used.get(part, 0.0)

    @property
    def others(self) -> float:
        """Cores used by everything else on the machine."""
        return round(self._others / self._lasted, 2)


def memory(supervisor: Supervisor, part: str) -> int:
    """Bytes that the program keeps in memory (resident)."""
    return int(psutil.Process(supervisor.pid(part)).memory_info().rss)


def _seconds(supervisor: Supervisor) -> dict[str, float]:
    """CPU seconds so far, by part."""
    used = {LOAD: _own(psutil.Process(os.getpid()))}
    for name in supervisor.names:
        part = PARTS.get(name.partition("-")[0] if name not in PARTS else name, "rest of the stack")
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(supervisor.pid(name))
            used[part] = used.get(part, 0.0) + sum(map(_own, [process, *process.children(recursive=True)]))
    return used


def _own(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def _busy() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))
