"""How many lines a second a load takes: `python -m benchmarks.import_rate [LINES]`.

A private PostgreSQL that keeps what it commits (fsync on). Each file is loaded twice: everything new, then
everything known. The rate counts lines from the opening of the file to the last commit; CPU seconds are
this process's alone, so that a busy machine can be told from a slow program.
"""

import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.made import write_contacts, write_establishments
from devstack.ports import free_port
from devstack.postgres import start_server
from infrastructure.database import migrate
from infrastructure.imports.load import Order, load

WANTED = 20_000


async def measure(lines: int) -> int:
    """Load and print one row a load; 1 when any is slower than wanted."""
    slowest = float("inf")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        establishments, contacts = folder / "establishments.csv", folder / "contacts.csv"
        write_establishments(establishments, lines // 4)
        write_contacts(contacts, lines, lines // 4)
        server = await start_server(folder / "postgres", free_port(), durable=True)
        try:
            url = await server.create_database("bench")
            await migrate(url)
            print(f"{'load':<28}{'lines':>10}{'seconds':>9}{'lines/s':>10}{'CPU s (here)':>14}")
            for table, path in (("establishments", establishments), ("contacts", contacts)):
                for what in ("new", "known", "known, complete"):
                    order = Order(table, path, folder / "refused.csv", complete=what.endswith("complete"))
                    began, cpu = time.perf_counter(), _cpu()
                    result = await load(url, order)
                    seconds = time.perf_counter() - began
                    rate = result.read / seconds
                    slowest = min(slowest, rate)
                    assert result.refused == 0
                    print(
                        f"{table + ', ' + what:<28}{result.read:>10}{seconds:>9.1f}{rate:>10,.0f}"
                        f"{_cpu() - cpu:>14.1f}"
                    )
        finally:
            await server.process.stop()
    print(f"slowest: {slowest:,.0f} lines/s (wanted: {WANTED:,})")
    return 0 if slowest >= WANTED else 1


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 400_000)))
