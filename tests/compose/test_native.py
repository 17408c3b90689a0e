"""Commands and health checks of docker-compose.yml, run without Docker: PostgreSQL from Debian, made by the
file's own script; the engine on it, from its official schemas and its environment alone; the product's
services in a folder that holds what the image holds and nothing else.

The mailbox is that of the embedded stack, and ports are free ones of this machine.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
import pytest_asyncio
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from devstack import debian, demo_data, mailbox, postgres
from devstack.config import cache_folder
from devstack.engine import build
from devstack.engine.model import EngineSettings
from devstack.ports import free_port
from ops.new_env import EXAMPLE, fill
from tests.compose.test_compose import COMPOSE, ROOT, SERVICES, substituted
from tests.survival.person import BY_NUMBER, Person
from tests.waiting import eventually

pytestmark = [pytest.mark.engine, pytest.mark.production, pytest.mark.timeout(240)]

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
HOSTS = ("postgres", "temporal", "mailpit")
#: Ports between the engine's own parts, which a container has to itself.
INNER = (
    "FRONTEND_HTTP_PORT", "FRONTEND_MEMBERSHIP_PORT", "HISTORY_GRPC_PORT", "HISTORY_MEMBERSHIP_PORT",
    "MATCHING_GRPC_PORT", "MATCHING_MEMBERSHIP_PORT", "WORKER_GRPC_PORT", "WORKER_MEMBERSHIP_PORT",
)  # fmt: skip


@dataclass
class Machine:
    """This machine in the place of the containers."""

    image: Path
    programs: Path
    values: dict[str, str]
    #: The ports of the file that are one for all services, and those that stand for them here.
    ports: dict[str, int]
    #: Where the web interface's image has its configuration.
    ui_root: Path
    started: list[asyncio.subprocess.Process] = field(default_factory=list)
    reading: list[asyncio.Task[None]] = field(default_factory=list)
    engine_pid: int = 0

    def here(self, service: str, text: str, ports: dict[str, int]) -> str:
        """The same words with addresses and folders of this machine."""
        if text in HOSTS and text != "temporal":  # that alone is the name of a role
            return "127.0.0.1"
        text = re.sub(rf"\b({'|'.join(HOSTS)})(?=:\d)", "127.0.0.1", text)
        for port, ours in (self.ports | ports).items():
            text = re.sub(rf"\b{port}\b", str(ours), text)
        for volume in SERVICES[service].get("volumes", []):
            source, target, *_ = volume.split(":")
            if source.startswith("."):
                text = text.replace(target, str(ROOT / source))
        return text.replace("0.0.0.0", "127.0.0.1")  # noqa: S104

    def environ(self, service: str, ports: dict[str, int]) -> dict[str, str]:
        """The service's environment, and nothing of this process's but where programs are."""
        given = {
            name: self.here(service, substituted(str(value), self.values), ports)
            for name, value in SERVICES[service]["environment"].items()
        }
        programs = os.pathsep.join([str(self.programs), str(Path(sys.executable).parent), os.environ["PATH"]])
        return {"PATH": programs, "HOME": str(self.image), "PYTHONWARNINGS": "error"} | given

    async def start(
        self, service: str, command: list[str], ports: dict[str, int], **more: str
    ) -> asyncio.subprocess.Process:
        """Start a service; `more` is what its image brings along, or what a machine of its own would."""
        process = await asyncio.create_subprocess_exec(
            *(self.here(service, word, ports) for word in command), cwd=self.image,
            env=self.environ(service, ports) | more,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        self.started.append(process)
        return process

    async def healthy(self, service: str, ports: dict[str, int], **more: str) -> None:
        """Run its health check until it succeeds, as often as the file says."""
        check = SERVICES[service]["healthcheck"]
        said = b""
        for _ in range(4 * check["retries"]):
            process = await self.start(service, check["test"][1:], ports, **more)
            said, _ = await process.communicate()
            if process.returncode == 0:
                return
            await asyncio.sleep(0.5)
        raise AssertionError(f"{service} at {ports}: {said.decode()}")

    async def once(self, service: str) -> str:
        """Run a service that ends, with its command."""
        return await to_end(await self.start(service, SERVICES[service]["command"], {}))

    async def engine(self) -> asyncio.subprocess.Process:
        """Start the engine with its environment alone, as its image does."""
        inner = {name: str(self.ports[name]) for name in INNER}
        grpc = str(self.ports["7233"])
        process = await self.start(
            "temporal", ["temporal-server", "start"], {}, FRONTEND_GRPC_PORT=grpc, **inner
        )
        self.engine_pid = process.pid
        self.reading.append(asyncio.create_task(_read(process)))
        await self.healthy("temporal", {})
        return process


async def _read(process: asyncio.subprocess.Process) -> None:
    """Take what it writes, lest it waits for a reader."""
    assert process.stdout
    while await process.stdout.read(65_536):
        pass


async def to_end(process: asyncio.subprocess.Process, within: float = 60) -> str:
    """Its output, once it has ended well."""
    out, _ = await asyncio.wait_for(process.communicate(), within)
    assert process.returncode == 0, out.decode()
    return out.decode()


async def told_to_stop(process: asyncio.subprocess.Process, within: float) -> str:
    """What it said until it ended, in the time the file gives it."""
    process.send_signal(signal.SIGTERM)
    out, _ = await asyncio.wait_for(process.communicate(), within)
    assert process.returncode in {0, -signal.SIGTERM}, out.decode()
    return out.decode()


def grace(service: str) -> float:
    return float(SERVICES[service].get("stop_grace_period", "10s")[:-1])


@pytest_asyncio.fixture
async def machine(tmp_path: Path) -> AsyncIterator[tuple[Machine, mailbox.Mailbox]]:
    installed = debian.find(os.environ)
    cache = cache_folder(os.environ)
    if installed is None or not build.is_cached(cache):
        pytest.skip("run by `make test`, which looks for the engine of production")
    settings = EngineSettings(folder=tmp_path, cache=cache, environ=os.environ, port=0)
    server, ui = await build.built(settings)
    image, programs = tmp_path / "image", tmp_path / "programs"
    image.mkdir()
    programs.mkdir()
    (programs / "temporal-server").symlink_to(server)
    (programs / "ui-server").symlink_to(ui)
    (programs / "temporal-sql-tool").symlink_to(await build.sql_tool(settings))
    if not shutil.which("nc"):  # it is in the engine's image
        (programs / "nc").write_text('#!/bin/bash\nexec 3<>"/dev/tcp/$2/$3"\n')
        (programs / "nc").chmod(0o755)
    for source in re.findall(r"^COPY (\S+) ", DOCKERFILE, re.MULTILINE):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, image / source, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, image / source)
    values = dict(
        line.split("=", 1)
        for line in fill(EXAMPLE.read_text(encoding="utf-8")).splitlines()
        if "=" in line and not line.startswith("#")
    )
    async with AsyncExitStack() as closing:
        database = await closing.enter_async_context(postgres.private(tmp_path / "pg", installed, "postgres"))
        box = await closing.enter_async_context(mailbox.private(tmp_path / "mailbox"))
        ports = {"5432": database.port, "7233": free_port(), "1025": box.smtp_port}
        ports |= {name: free_port() for name in INNER}
        one = Machine(image, programs, values, ports, await build.ui_configuration(settings))
        try:
            await made_ready(one, database)
            yield one, box
        finally:
            for process in one.started:
                if process.returncode is None:
                    process.kill()
                    await process.wait()


async def made_ready(here: Machine, database: postgres.Postgres) -> None:
    """PostgreSQL as on an empty volume, then the engine's schemas, then the engine."""
    # What the image's own start gives to scripts and programs.
    reach = {
        "PGHOST": "127.0.0.1", "PGPORT": str(database.port), "PGPASSWORD": database.password,
        "POSTGRES_USER": "postgres",
    }  # fmt: skip
    await to_end(
        await here.start("postgres", ["sh", "/docker-entrypoint-initdb.d/create-databases.sh"], {}, **reach)
    )
    await here.healthy("postgres", {}, **reach)
    for _ in range(2):  # each start of the file repeats it
        await here.once("temporal-schema")
    await here.engine()


async def test_it_runs_as_the_file_says(machine: tuple[Machine, mailbox.Mailbox]) -> None:
    here, box = machine
    assert set(COMPOSE["services"]) >= {"migrate", "setup", "worker", "web", "codec"}
    for once in ("migrate", "setup"):
        first, again = [await here.once(once) for _ in range(2)]  # each start of the file repeats them
        assert first != again
    await nobody_reads_the_other(here)
    assert await retention(here) == timedelta(days=30)
    await demo_data.load(here.environ("web", {})["AKTO_DATABASE_URL"])
    ports: dict[str, dict[str, int]] = {
        "worker": {"9464": free_port(), "9466": free_port()},
        "web": {"8000": free_port(), "9464": free_port()},
        "codec": {"8234": free_port()},
    }
    await the_interface(here)
    commands: dict[str, Any] = {name: SERVICES[name].get("command") for name in ports}
    assert commands["web"] is None  # the image's own
    commands["web"] = image_command()
    workers = [await here.start("worker", commands["worker"], ports["worker"])]
    second = {"9464": free_port(), "9466": free_port()}
    workers.append(await here.start("worker", commands["worker"], second))
    running = {name: await here.start(name, commands[name], ports[name]) for name in ("web", "codec")}
    for service, taken in (*ports.items(), ("worker", second)):
        await here.healthy(service, taken)

    person = Person(f"http://127.0.0.1:{ports['web']['8000']}", box.url)
    await person.start()
    # One of the two workers is told to stop in the middle of it.
    said = await told_to_stop(workers[0], grace("worker"))
    assert '"worker ready"' in said
    for message, body, until in BY_NUMBER[:-1]:
        await person.send(message, body, until)
    # The engine dies, and comes back over the same database.
    engine = next(process for process in here.started if process.pid == here.engine_pid)
    engine.kill()
    await engine.wait()
    await here.engine()
    message, body, until = BY_NUMBER[-1]
    await person.send(message, body, until)
    listed = await asked(here, "list", "--step", "email_link", "--json")
    assert [one["registration"] for one in listed["registrations"]] == [person.registration]
    await person.choose_password(await person.link())
    await eventually(lambda: ended(here, person), within=30)
    for name, process in (*running.items(), ("worker", workers[1])):
        lines = (await told_to_stop(process, grace(name))).splitlines()
        assert all(line.startswith("{") for line in lines if line), lines
        assert person.email not in "".join(lines)


async def the_interface(here: Machine) -> None:
    """The engine's web interface, by its image's configuration and the file's environment."""
    ports = {"8080": free_port()}
    program = ["ui-server", "--root", str(here.ui_root), "--config", "config", "--env", "docker", "start"]
    process = await here.start("temporal-ui", program, ports, TEMPORAL_UI_PORT=str(ports["8080"]))
    await here.healthy("temporal-ui", ports)
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{ports['8080']}", trust_env=False) as http:
        told = (await http.get("/api/v1/settings")).json()
        namespace = (await http.get(f"/api/v1/namespaces/{told['DefaultNamespace']}")).json()
    given = SERVICES["temporal-ui"]["environment"]
    assert told["Codec"]["Endpoint"] == given["TEMPORAL_CODEC_ENDPOINT"]
    assert namespace["namespaceInfo"]["name"] == given["TEMPORAL_DEFAULT_NAMESPACE"]
    await told_to_stop(process, grace("temporal-ui"))


async def nobody_reads_the_other(here: Machine) -> None:
    """The product's role cannot open the engine's databases, nor the engine's role the product's."""
    ours = here.environ("web", {})["AKTO_DATABASE_URL"]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(ours.removesuffix("/mon_espace") + "/temporal")
    theirs = f"temporal:{here.values['TEMPORAL_DB_PASSWORD']}@127.0.0.1:{here.ports['5432']}"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(f"postgresql://{theirs}/mon_espace")


async def retention(here: Machine) -> timedelta:
    """How long the engine keeps ended registrations."""
    namespace = SERVICES["worker"]["environment"]["TEMPORAL_NAMESPACE"]
    client = await Client.connect(f"127.0.0.1:{here.ports['7233']}", namespace=namespace)
    found = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=namespace))
    return found.config.workflow_execution_retention_ttl.ToTimedelta()


async def asked(here: Machine, *words: str) -> Any:
    """What an operator's command answers."""
    return json.loads(await to_end(await here.start("web", ["python", "-m", "starter", *words], {})))


async def ended(here: Machine, person: Person) -> bool:
    """Whether the engine lists the registration as ended well."""
    found = (await asked(here, "list", "--ended", "--json"))["registrations"]
    return [(one["registration"], one["outcome"]) for one in found] == [(person.registration, "registered")]


def image_command() -> list[str]:
    """What the image runs when it is told nothing."""
    found = re.search(r"^CMD \[(.*?)\]", DOCKERFILE, re.MULTILINE | re.DOTALL)
    assert found
    return re.findall(r'"([^"]*)"', found[1])
