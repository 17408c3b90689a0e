"""The operators' command line against 500 registrations in every state: seconds of each command, as typed.

Each is one process, from its start to its end: what an operator waits for. Acting commands are first tried
with --dry-run. What one says it would do, or did, is counted beside the seconds.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks.figures import Row
from benchmarks.options import Options
from benchmarks.results import Result
from devstack import stack

COUNT = 500
WHY = ("--reason", "mesure")
INSEE = "RegistrationWaitingOn = 'insee'"
MAILBOX = "RegistrationStep = 'email_link'"
FORMS = "RegistrationStep = 'themes'"


class CommandFailed(RuntimeError):
    """A command did not do what was asked; what it said."""


async def measure(options: Options) -> Result:
    """Take the measure."""
    count = options.of(COUNT, least=50)
    with tempfile.TemporaryDirectory(prefix="mon-espace-") as name:
        async with stack.private(Path(name), durable=True) as product:
            desk = _Desk(product.environ)
            made = await _run(
                [sys.executable, "-m", "devstack", "populate", "--count", str(count)], desk.environ
            )
            print(made)
            await desk.read()
            await desk.act()
            await desk.end(product.database_url)
    return Result("desk", desk.rows)


class _Desk:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = {**os.environ, **environ}
        self.rows: list[Row] = []

    async def take(self, said: str, *arguments: str) -> Any:
        """Run the command, note its seconds, return its JSON where that was asked for."""
        began = time.perf_counter()
        answered = await _run([sys.executable, "-m", "starter", *arguments], self.environ)
        seconds = time.perf_counter() - began
        found = json.loads(answered) if "--json" in arguments else None
        told = _said(found)
        label = f"`{said}`" + (f": {told}" if told else "")
        self.rows.append(Row(label, round(seconds, 1), "s"))
        print(f"{label} {seconds:.1f} s", flush=True)
        return found

    async def read(self) -> None:
        """What only looks."""
        await self.take("list", "list", "--limit", "1000", "--json")
        await self.take("list --ended", "list", "--ended", "--limit", "1000", "--json")
        await self.take("list --stuck", "list", "--stuck", "--limit", "1000", "--json")
        for whom in ("person", "insee", "mail", "operator"):
            waiting = ("list", "--waiting-on", whom, "--limit", "1000", "--json")
            await self.take(f"list --waiting-on {whom}", *waiting)
        await self.take("list --step review", "list", "--step", "review", "--limit", "1000", "--json")
        await self.take("list --older-than 1m", "list", "--older-than", "1m", "--limit", "1000", "--json")
        await self.take("show", "show", await self.one("list", "--step", "themes"), "--json")
        await self.take("stats", "stats", "--json")
        await self.take("vues", "vues", "--json")
        await self.take("doctor", "doctor", "--json")
        await self.take("attachments list", "attachments", "list", "--limit", "1000", "--json")

    async def act(self) -> None:
        """What changes something: on one, then on many."""
        for what, listed in (("approve", "review"), ("refuse", "review"), ("resend", "email_link")):
            one = await self.one("list", "--step", listed)
            for dry in (("--dry-run",), ()):
                await self.take(" ".join((what, *dry)), what, one, *WHY, *dry, "--json")
        for what, query in (("retry", INSEE), ("extend", MAILBOX), ("resend", MAILBOX), ("cancel", FORMS)):
            further = ("--days", "3") if what == "extend" else ()
            many = (what, "--query", query, "--per-second", "50", *further, *WHY, "--yes", "--json")
            await self.take(f"{what} --query … --dry-run", *many, "--dry-run")
            await self.take(f"{what} --query … --per-second 50", *many)

    async def end(self, database_url: str) -> None:
        """Attachments, a bounce, the hand-over, an erasure."""
        attachments = (await _json(self.environ, "attachments", "list"))["attachments"]
        for verb, one in zip(("confirm", "refuse"), attachments, strict=False):
            await self.take(f"attachments {verb}", "attachments", verb, one["id"], *WHY, "--json")
        connection = await asyncpg.connect(database_url)
        try:
            address = await connection.fetchval("SELECT email FROM accounts LIMIT 1")
            message = await connection.fetchval(
                "SELECT message_id FROM mail_ledger WHERE status = 'sent' AND kind = 'confirmation' LIMIT 1"
            )
        finally:
            await connection.close()
        await self.take("find", "find", address, "--json")
        await self.take("bounce", "bounce", message)
        await self.take("export", "export")
        for dry in (("--dry-run",), ()):
            await self.take(" ".join(("erase", *dry)), "erase", address, *WHY, "--yes", *dry, "--json")

    async def one(self, *arguments: str) -> str:
        """The id of some registration of that list."""
        return str((await _json(self.environ, *arguments))["registrations"][0]["registration"])


def _said(found: Any) -> str:
    """How many a list holds, or what became of those acted on: paused ones are told, not touched."""
    if not isinstance(found, dict):
        return ""
    if isinstance(found.get("count"), int):
        return str(found["count"])
    return ", ".join(f"{count} {result}" for result, count in found.get("summary", {}).items())


async def _json(environ: Mapping[str, str], *arguments: str) -> Any:
    return json.loads(await _run([sys.executable, "-m", "starter", *arguments, "--json"], environ))


async def _run(argv: Sequence[str], environ: Mapping[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        *argv, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, told = await process.communicate()
    # 1: something was refused, for each its reason; here a paused registration among many.
    if process.returncode and not (process.returncode == 1 and '"summary"' in out.decode()):
        raise CommandFailed(f"{' '.join(argv[2:])} ended with {process.returncode}: {told.decode()[:800]}")
    return out.decode().strip()
