"""The supervisor with small programs in place of the real ones: revived when they die, ended in order."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from devstack import lock
from devstack.config import CHECKOUT
from devstack.processes import Command, Process, ProcessError
from devstack.ready import says
from devstack.supervisor import Layer, Part, Supervisor

#: Says that it is ready, and at the end writes its name into a file all programs share.
OBEDIENT = """
import signal, sys, time
def end(*_):
    with open("ended", "a") as file: file.write(sys.argv[1] + " ")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
time.sleep(600)
"""
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid, flush=True)
print("ready", flush=True)
time.sleep(600)
"""


def part(
    folder: Path, name: str, script: str = OBEDIENT, layer: Layer = Layer.AROUND, grace: float = 5
) -> Part:
    log = folder / f"{name}.log"
    command = Command(name, [sys.executable, "-c", script, name], log, dict(os.environ), folder, grace=grace)
    return Part(command, layer, says("ready", log, within=10))


async def until(fact: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not fact():  # noqa: ASYNC110 - the fact is another process's
            await asyncio.sleep(0.05)


def is_gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def python(script: str, folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=folder)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
async def supervisor(said: list[str]) -> AsyncIterator[Supervisor]:
    running = Supervisor(said.append)
    yield running
    await running.stop()


async def test_layers_end_from_the_top(tmp_path: Path, supervisor: Supervisor) -> None:
    for layer in (Layer.GROUND, Layer.ENGINE, Layer.WORKER, Layer.WEB):
        await supervisor.start(part(tmp_path, layer.name, layer=layer))
    await supervisor.stop()
    assert (tmp_path / "ended").read_text() == "WEB WORKER ENGINE GROUND "


async def test_what_dies_is_started_again_and_said_so(
    tmp_path: Path, supervisor: Supervisor, said: list[str]
) -> None:
    await supervisor.start(part(tmp_path, "worker"))
    supervisor.watch()
    before = supervisor.pid("worker")
    os.kill(before, signal.SIGKILL)
    await until(lambda: (tmp_path / "worker.log").read_text().count("ready") == 2)
    assert supervisor.pid("worker") != before
    assert "worker ended with code -9; started again in 0.5 s" in said[0]


async def test_a_program_that_ignores_the_end_is_killed_with_what_it_started(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    await supervisor.start(part(tmp_path, "stubborn", STUBBORN, grace=0.3))
    child = int((tmp_path / "stubborn.log").read_text().split()[0])
    await supervisor.stop()
    await until(lambda: is_gone(child))


async def test_a_start_that_fails_shows_the_last_lines(tmp_path: Path, supervisor: Supervisor) -> None:
    broken = part(tmp_path, "portal", "import sys; sys.exit('settings are wrong: AKTO_HASH_KEY')")
    with pytest.raises(ProcessError, match="portal ended with code 1:\nsettings are wrong: AKTO_HASH_KEY"):
        await supervisor.start(broken)


async def test_a_program_that_never_gets_ready_is_given_up(tmp_path: Path, supervisor: Supervisor) -> None:
    silent = part(tmp_path, "silent", "import time; time.sleep(600)")
    never = Part(silent.command, silent.layer, says("ready", tmp_path / "silent.log", within=0.3))
    with pytest.raises(ProcessError, match="silent is not ready after 0 s"):
        await supervisor.start(never)


async def test_what_an_earlier_run_wrote_does_not_count_as_ready(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    log = tmp_path / "worker.log"
    log.write_text("ready\n")
    again = part(tmp_path, "worker", "import time; time.sleep(600)")
    with pytest.raises(ProcessError, match="worker is not ready"):
        await supervisor.start(Part(again.command, again.layer, says("ready", log, within=0.5)))


@pytest.mark.skipif(sys.platform != "linux", reason="ties programs to their parent by a Linux call")
async def test_programs_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    script = f"""
import asyncio, sys
sys.path.insert(0, {str(CHECKOUT)!r})
from pathlib import Path
from devstack.processes import Command, start
async def main():
    argv = [sys.executable, "-c", "import time; time.sleep(600)"]
    program = await start(Command("child", argv, Path("log")))
    print(program.pid, flush=True)
    await program.wait()
asyncio.run(main())
"""
    parent = python(script, tmp_path)
    assert parent.stdout is not None
    with parent.stdout:
        child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    await until(lambda: is_gone(child))


def test_a_second_holder_of_the_data_folder_is_told_who_the_first_is(tmp_path: Path) -> None:
    with lock.held(tmp_path):
        refused = pytest.raises(lock.AlreadyRunning, match=rf"already runs on .* \(process {os.getpid()}\)")
        with refused, lock.held(tmp_path):
            raise AssertionError
    with lock.held(tmp_path):
        pass


async def test_leftovers_are_known_by_their_birth(tmp_path: Path) -> None:
    left = python("import time; time.sleep(600)", tmp_path)
    assert left.stdout is not None
    left.stdout.close()
    lock.remember(tmp_path, [left.pid, 2**22 + 1])
    assert await lock.end_leftovers(tmp_path) == 1
    assert left.poll() is not None
    (tmp_path / "processes.json").write_text(f'{{"{os.getpid()}": 1.0}}')  # our number, somebody else's birth
    assert await lock.end_leftovers(tmp_path) == 0
    (tmp_path / "processes.json").write_text("{")
    assert await lock.end_leftovers(tmp_path) == 0


async def test_a_process_reports_its_end(tmp_path: Path, supervisor: Supervisor) -> None:
    seen: list[Process] = []

    async def ready(process: Process) -> None:
        seen.append(process)

    short = part(tmp_path, "short", "print('done')")
    await supervisor.start(Part(short.command, short.layer, ready))
    assert await seen[0].wait() == 0
    assert seen[0].last_lines() == "done"
