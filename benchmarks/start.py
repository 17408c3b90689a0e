"""Start and tests: `make run` on a folder that has run before, until all is ready; `make test`."""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Row
from benchmarks.options import Options
from benchmarks.results import Result
from devstack.ports import Ports, variable
from devstack.processes import Command, Process
from devstack.processes import start as start_process
from devstack.ready import says

TIMES = 3
TESTS_WITHIN = 1_800.0


async def measure(options: Options) -> Result:
    """Take the measure."""
    with tempfile.TemporaryDirectory(prefix="mon-espace-") as name:
        folder = Path(name)
        first = await _start(folder)
        warm = min([await _start(folder) for _ in range(options.of(TIMES))])
        rows = [
            Row("first start, the engine in the cache", round(first, 1), "s"),
            Row("start, warm", round(warm, 1), "s", most=15.0),
        ]
        if options.tests:
            rows.append(Row("every test, with the browser", await _tests(folder), "s", most=600.0))
    return Result("start", rows)


async def _start(folder: Path) -> float:
    """Seconds from the command to « everything is ready »; ended again."""
    ports = {variable(name): str(port) for name, port in Ports.free().named()}
    environ = {**os.environ, **ports, "MON_ESPACE_DATA": str(folder / "data"), "PYTHONUNBUFFERED": "1"}
    log = folder / "run.log"
    argv = [sys.executable, "-m", "devstack", "run"]
    began = time.perf_counter()
    process = await start_process(Command("run", argv, log, environ, grace=30.0))
    try:
        await says("everything is ready", log)(process)
        return time.perf_counter() - began
    finally:
        await process.stop()


async def _tests(folder: Path) -> float | None:
    """Seconds that every test takes; None when one fails or they take far too long."""
    log = folder / "tests.log"
    began = time.perf_counter()
    process = await start_process(
        Command("tests", [sys.executable, "-m", "devstack", "test", "-q"], log, grace=30.0)
    )
    code = await _ended(process)
    print(process.last_lines(6))
    return round(time.perf_counter() - began) if code == 0 else None


async def _ended(process: Process) -> int | None:
    try:
        return await asyncio.wait_for(process.wait(), TESTS_WITHIN)
    except TimeoutError:
        return None
    finally:
        await process.stop()
