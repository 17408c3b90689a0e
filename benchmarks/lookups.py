"""Look-ups at a thousand and at a million contacts, and calls to INSEE: `python -m benchmarks.lookups`.

Both sizes stand side by side in one PostgreSQL and are asked in turn, so that whatever else the machine does
weighs on both. A ratio of medians above 1.5 fails. The plans are printed: an index for each question.
"""

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
from pydantic import SecretStr
from temporalio.testing import ActivityEnvironment

from activities.sirene import SireneActivities
from benchmarks.made import email, siret
from devstack.ports import free_port
from devstack.postgres import start_server
from domain.effects import EstablishmentQuestion, InseeQuestion
from domain.messages import Kind
from infrastructure import directory
from infrastructure.database import connect, migrate
from infrastructure.logging import configure_logging
from infrastructure.sirene import SireneClient
from tests.conftest import make_settings
from tests.outside.insee_documents import KEY, document
from tests.outside.scripted import answer, scripted

SMALL, LARGE = 1_000, 1_000_000
WANTED = 1.5
ROUNDS, PER_ROUND = 40, 50
REGISTRATIONS, COMPANIES = 200, 20

#: Half as many accounts as contacts, of other people.
ACCOUNTS = """
INSERT INTO accounts (registration_id, email, email_key, civility, last_name, first_name, created_at)
SELECT gen_random_uuid(), address, address, 'madame', 'N', 'P', now()
FROM (SELECT 'compte.' || n || '@exemple.example' AS address FROM generate_series(1, $1::int) AS n) AS made
"""

Ask = Callable[["asyncpg.Connection[asyncpg.Record]", int], Awaitable[object]]


async def by_email(connection: "asyncpg.Connection[asyncpg.Record]", number: int) -> object:
    """Is the address known?"""
    found = await directory.look_up_contact(connection, email(number))
    assert found[0] == "contact"
    return found


async def by_siret(connection: "asyncpg.Connection[asyncpg.Record]", number: int) -> object:
    """Is the establishment known?"""
    question = EstablishmentQuestion(kind=_kind(number), siret=siret(number))
    found = await directory.recognise_establishment(connection, question)
    assert found == "recognised"
    return found


async def measure(large: int) -> int:
    """Fill, ask, print; 1 when a ratio is too large or INSEE is asked too often."""
    configure_logging("WARNING")
    random.seed(7)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = await start_server(folder / "postgres", free_port(), durable=False)
        try:
            urls = {}
            for size in (SMALL, large):
                urls[size] = await server.create_database(f"with_{size}")
                await migrate(urls[size])
                await _fill(urls[size], size)
            worst = max([await _compare(urls, ask, large) for ask in (by_email, by_siret)])
            calls = {workers: await _calls(urls[SMALL], workers) for workers in (1, 2)}
        finally:
            await server.process.stop()
    for workers, made in calls.items():
        print(
            f"calls to INSEE for {REGISTRATIONS} registrations of {COMPANIES} companies, all at once,"
            f" {workers} worker{'s' * (workers > 1)}: {made}"
        )
    few = calls[1] == COMPANIES and calls[2] <= 2 * COMPANIES
    return 0 if worst <= WANTED and few else 1


async def _fill(url: str, contacts: int) -> None:
    """Contacts, a quarter as many establishments, half as many accounts; links take no part in a look-up."""
    connection = await asyncpg.connect(url)
    try:
        await connection.copy_records_to_table(
            "establishments",
            records=((siret(n), _kind(n), f"Société {n}", f"{n}001") for n in range(contacts // 4)),
            columns=("siret", "kind", "name", "number_key"),
        )
        await connection.copy_records_to_table(
            "contacts",
            records=((email(n), email(n), "NOM", "Prénom") for n in range(contacts)),
            columns=("email_key", "email", "last_name", "first_name"),
        )
        await connection.execute(ACCOUNTS, contacts // 2)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def _kind(number: int) -> Kind:
    return Kind.TRAINING_ORGANISATION if number % 12 == 0 else Kind.MEMBER


async def _compare(urls: dict[int, str], ask: Ask, large: int) -> float:
    times: dict[int, list[float]] = {size: [] for size in urls}
    connections = {size: await asyncpg.connect(url) for size, url in urls.items()}
    try:
        for size, connection in connections.items():
            for number in range(200):
                await ask(connection, number % (size // 4))
        for _ in range(ROUNDS):
            for size, connection in connections.items():
                # As in production, what is asked for again and again is in memory.
                asked = [random.randrange(0, SMALL // 4) * (size // SMALL) for _ in range(PER_ROUND)]
                for number in asked:
                    await ask(connection, number)
                for number in asked:
                    began = time.perf_counter()
                    await ask(connection, number)
                    times[size].append(time.perf_counter() - began)
        medians = {size: statistics.median(taken) * 1e6 for size, taken in times.items()}
        ratio = medians[large] / medians[SMALL]
        print(f"{ask.__name__}: {medians[SMALL]:.0f} µs at {SMALL:,}, {medians[large]:.0f} µs at {large:,}")
        print(f"  ratio {ratio:.2f} (wanted: at most {WANTED})")
        statement, value = (
            (directory.CONTACT, email(4)) if ask is by_email else (directory.ESTABLISHMENT, siret(4))
        )
        for row in await connections[large].fetch(f"EXPLAIN {statement}", value):
            print(f"  {row[0]}")
        return ratio
    finally:
        for connection in connections.values():
            await connection.close()


async def _calls(url: str, workers: int) -> int:
    """Ask for the companies of so many registrations at once; count what reaches INSEE.

    Each worker shares a call among those that ask it; what one was told, all remember. At the worst, when
    everybody comes in the same second, a company costs as many calls as there are workers.
    """
    sirets = [siret((workers * COMPANIES + number) * 10) for number in range(COMPANIES)]
    asked = [sirets[number % COMPANIES] for number in range(REGISTRATIONS)]
    random.shuffle(asked)
    settings = make_settings(url)
    async with AsyncExitStack() as closing:
        server = await closing.enter_async_context(scripted(answer(200, document(siret=None))))
        asking = []
        for _ in range(workers):
            pool = await closing.enter_async_context(await connect(settings, application="benchmark"))
            client = SireneClient(server.url, SecretStr(KEY), 5.0)
            closing.push_async_callback(client.aclose)
            # The quota is another measure's: here it must not stand in the way.
            asking.append(SireneActivities(pool, client, calls_per_minute=1_000))
        await asyncio.gather(
            *(
                ActivityEnvironment().run(asking[number % workers].ask_insee, InseeQuestion(siret=one))
                for number, one in enumerate(asked)
            )
        )
        return len(server.heads)


if __name__ == "__main__":
    sys.exit(asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else LARGE)))
