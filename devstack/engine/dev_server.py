"""The `temporal` command line's development server: one program, found on the machine or downloaded.

The SDK downloads it for its own tests. Where the internet is out of reach that fails at once, or never:
the download runs in a process of its own and is given up when nothing arrives any more.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from devstack.engine import build
from devstack.engine.cache import only_one
from devstack.engine.model import EngineSettings, RoadClosed
from devstack.ports import LOOPBACK
from devstack.processes import Command, ProcessError, start

_NOTHING_ARRIVES = 15.0
_DOWNLOAD_WITHIN = 300.0

#: Run in a process of its own: the SDK leaves the program in the folder, and starts it once.
_DOWNLOAD = """
import asyncio, os, sys
from temporalio.testing import WorkflowEnvironment

async def main() -> None:
    environment = await WorkflowEnvironment.start_local(download_dest_dir=sys.argv[1])
    await environment.shutdown()

try:
    asyncio.run(main())
except RuntimeError as error:
    print(error)
    sys.stdout.flush()
    os._exit(1)
os._exit(0)
"""


def given_or_found(settings: EngineSettings) -> Path:
    """The program named by MON_ESPACE_TEMPORAL_CLI, else the one on PATH."""
    given = settings.environ.get("MON_ESPACE_TEMPORAL_CLI")
    if given:
        path = Path(given).expanduser().absolute()
        if not os.access(path, os.X_OK) or path.is_dir():
            raise RoadClosed(f"MON_ESPACE_TEMPORAL_CLI names {path}, which is no program")
        return path
    found = shutil.which("temporal", path=settings.environ.get("PATH", os.defpath))
    if not found:
        raise RoadClosed("no `temporal` program on PATH, and MON_ESPACE_TEMPORAL_CLI is not set")
    return Path(found).absolute()


async def downloaded(settings: EngineSettings) -> Path:
    """The program the SDK downloads, kept in the cache."""
    folder = settings.cache / "engine" / "cli"
    async with only_one(folder, settings.say):
        if kept := _program_in(folder):
            return kept
        if build.is_cached(settings.cache):
            raise RoadClosed("not asked for: the official server is already in the cache")
        for partial in folder.glob("*.downloading"):
            partial.unlink()  # of a download that was given up: the SDK would wait for it
        settings.say("looking for Temporal's development server on its vendor's site")
        log = folder / "download.log"
        log.unlink(missing_ok=True)
        command = Command("download", [sys.executable, "-c", _DOWNLOAD, str(folder)], log, settings.environ)
        try:
            process = await start(command)
        except ProcessError as error:
            raise RoadClosed(str(error)) from None
        try:
            await _while_something_arrives(process.wait(), folder)
        finally:
            await process.kill()
        if process.returncode != 0:
            raise RoadClosed(process.last_lines(2) or f"the download failed with code {process.returncode}")
        if kept := _program_in(folder):
            return kept
        raise RoadClosed("the download left no program")


async def _while_something_arrives(end: Coroutine[Any, Any, int], folder: Path) -> None:
    loop = asyncio.get_running_loop()
    begun = last = loop.time()
    size = 0
    task = asyncio.create_task(end)
    try:
        while not (await asyncio.wait({task}, timeout=0.5))[0]:
            now, seen = loop.time(), _size(folder)
            if seen != size:
                size, last = seen, now
            if now - last > _NOTHING_ARRIVES:
                raise RoadClosed(f"nothing arrived for {_NOTHING_ARRIVES:.0f} s")
            if now - begun > _DOWNLOAD_WITHIN:
                raise RoadClosed(f"the download took more than {_DOWNLOAD_WITHIN:.0f} s")
    finally:
        task.cancel()


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def _program_in(folder: Path) -> Path | None:
    return next((path for path in sorted(folder.glob("temporal-*")) if os.access(path, os.X_OK)), None)


def command(settings: EngineSettings, program: Path) -> Command:
    """The development server on our file and ports, with time skipping where it knows it."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    ui = ["--headless"] if settings.ui_port is None else ["--ui-port", str(settings.ui_port)]
    if settings.ui_port is not None and settings.codec_url:
        ui += ["--ui-codec-endpoint", settings.codec_url]
    dynamic = {
        "frontend.WorkflowTimeSkippingEnabled": "true",
        "frontend.WorkflowPauseEnabled": "true",
        "matching.enableFairness": "true",
        "matching.numTaskqueueReadPartitions": "1",
        "matching.numTaskqueueWritePartitions": "1",
        "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": "2",
    }
    argv = [
        str(program), "server", "start-dev",
        "--ip", LOOPBACK, "--port", str(settings.port), *ui,
        "--db-filename", str(settings.folder / "temporal-cli.db"),
        "--namespace", settings.namespace, "--log-level", "warn",
    ]  # fmt: skip
    for name, value in dynamic.items():
        argv += ["--dynamic-config-value", f"{name}={value}"]
    environ = {name: value for name, value in settings.environ.items() if not name.startswith("TEMPORAL_")}
    return Command(
        name="temporal", argv=argv, log=settings.logs / "temporal.log", environ=environ, cwd=settings.folder,
        grace=8.0,
    )  # fmt: skip
