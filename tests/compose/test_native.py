"""Commands and health checks of docker-compose.yml, run without Docker: the product's services as the file
says, with addresses of this machine, in a folder that holds what the image holds and nothing else.

PostgreSQL, the engine and the mailbox are those of the embedded stack.
"""

import asyncio
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

import pytest
import pytest_asyncio

from devstack import demo_data, engine, mailbox
from devstack.engine import readiness
from devstack.ports import free_port
from devstack.postgres import Postgres
from ops.new_env import EXAMPLE, fill
from tests.compose.test_compose import COMPOSE, ROOT, SERVICES, substituted
from tests.survival.person import BY_NUMBER, Person

pytestmark = [pytest.mark.engine, pytest.mark.timeout(240)]

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
NAMESPACE = SERVICES["worker"]["environment"]["TEMPORAL_NAMESPACE"]


@dataclass
class Machine:
    """This machine in the place of the containers."""

    image: Path
    values: dict[str, str]
    #: What stands in the file, and what stands for it here.
    places: dict[str, str]
    started: list[asyncio.subprocess.Process] = field(default_factory=list)

    def here(self, text: str, ports: dict[str, int]) -> str:
        """The same words with addresses of this machine."""
        for there, place in self.places.items():
            text = text.replace(there, place)
        for port, ours in ports.items():
            text = re.sub(rf"\b{port}\b", str(ours), text)
        return text.replace("0.0.0.0", "127.0.0.1")  # noqa: S104

    def environ(self, service: str, ports: dict[str, int]) -> dict[str, str]:
        """The service's environment, and nothing of this process's but where programs are."""
        given = {
            name: self.here(substituted(str(value), self.values), ports)
            for name, value in SERVICES[service]["environment"].items()
        }
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {"PATH": programs, "HOME": str(self.image), "PYTHONWARNINGS": "error"} | given

    async def start(
        self, service: str, command: list[str], ports: dict[str, int]
    ) -> asyncio.subprocess.Process:
        """Start a service."""
        process = await asyncio.create_subprocess_exec(
            *(self.here(word, ports) for word in command), cwd=self.image, env=self.environ(service, ports),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        self.started.append(process)
        return process

    async def healthy(self, service: str, ports: dict[str, int]) -> None:
        """Run its health check until it succeeds, as often as the file says."""
        check = SERVICES[service]["healthcheck"]
        said = b""
        for _ in range(4 * check["retries"]):
            process = await self.start(service, check["test"][1:], ports)
            said, _ = await process.communicate()
            if process.returncode == 0:
                return
            await asyncio.sleep(0.5)
        raise AssertionError(said.decode())


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


@pytest_asyncio.fixture(scope="module")
async def machine(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Machine, mailbox.Mailbox]]:
    folder = tmp_path_factory.mktemp("compose")
    image = folder / "image"
    image.mkdir()
    for source in re.findall(r"^COPY (\S+) ", DOCKERFILE, re.MULTILINE):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, image / source, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, image / source)
    database = await postgres.create_database("compose")
    async with AsyncExitStack() as closing:
        temporal = await closing.enter_async_context(engine.private(folder))
        box = await closing.enter_async_context(mailbox.private(folder / "mailbox"))
        client = await readiness.connect_as_configured({"TEMPORAL_ADDRESS": temporal.address}, "default")
        await readiness.ensure_namespace(client, NAMESPACE, timedelta(days=1))
        values = dict(
            line.split("=", 1)
            for line in fill(EXAMPLE.read_text(encoding="utf-8")).splitlines()
            if "=" in line and not line.startswith("#")
        )
        values["AKTO_SMTP_PORT"] = str(box.smtp_port)
        password = values["MON_ESPACE_DB_PASSWORD"]
        places = {
            f"postgresql://mon_espace:{password}@postgres:5432/mon_espace": database,
            "temporal:7233": temporal.address,
            "mailpit": "127.0.0.1",
        }
        one = Machine(image, values, places)
        try:
            yield one, box
        finally:
            for process in one.started:
                if process.returncode is None:
                    process.kill()
                    await process.communicate()


async def test_the_product_runs_as_the_file_says(machine: tuple[Machine, mailbox.Mailbox]) -> None:
    here, box = machine
    assert set(COMPOSE["services"]) >= {"migrate", "setup", "worker", "web", "codec"}
    for once in ("migrate", "setup"):
        for _ in range(2):  # each start of the file repeats them
            await to_end(await here.start(once, SERVICES[once]["command"], {}))
    await demo_data.load(next(iter(here.places.values())))
    ports: dict[str, dict[str, int]] = {
        "worker": {"9464": free_port(), "9466": free_port()},
        "web": {"8000": free_port(), "9464": free_port()},
        "codec": {"8234": free_port()},
    }
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
    for message, body, until in BY_NUMBER:
        await person.send(message, body, until)
    await person.choose_password(await person.link())
    assert '"worker ready"' in said
    for name, process in (*running.items(), ("worker", workers[1])):
        lines = (await told_to_stop(process, grace(name))).splitlines()
        assert all(line.startswith("{") for line in lines if line), lines
        assert person.email not in "".join(lines)


def image_command() -> list[str]:
    """What the image runs when it is told nothing."""
    found = re.search(r"^CMD \[(.*?)\]", DOCKERFILE, re.MULTILINE | re.DOTALL)
    assert found
    return re.findall(r'"([^"]*)"', found[1])
