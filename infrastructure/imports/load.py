"""Loading a file: batches that are each written or not, as fast as PostgreSQL takes them.

Invariants:
- A batch is one transaction. A load that is cut short keeps the batches it wrote; the same command again
  passes over them and goes on.
- While PostgreSQL writes one batch, the next one is read: two cores work. No more than two are in memory.
- One load at a time, whatever the number of machines.
- Only a complete file removes, after its last line, in one transaction, and never more than was allowed.
- Accounts and their attachments are not touched: a load changes what AKTO knows, not what people have.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import asyncpg

from domain.messages import Kind
from infrastructure.database import driver_errors
from infrastructure.imports import statements as sql
from infrastructure.imports.report import Report
from infrastructure.imports.rows import Layout, Row, Unfit, layout_of
from infrastructure.imports.source import Record, Source

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

BATCH = 20_000
#: Any constant does, as long as every load takes the same.
LOAD_LOCK = 5_302_017_443
#: A batch takes a second; a removal in millions of rows some minutes.
SETTINGS = {"timezone": "UTC", "statement_timeout": "900000", "lock_timeout": "60000"}
CONNECT_TIMEOUT = 10.0


class LoadError(Exception):
    """The load stopped for a reason an operator can act on, told in French."""


@dataclass(frozen=True)
class Order:
    """What to load. `complete`: what the file does not name is removed, up to `removals_max` percent."""

    table: str
    path: Path
    report: Path
    kind: Kind | None = None
    complete: bool = False
    removals_max: float = 20.0
    dry_run: bool = False


@dataclass
class Result:
    """What became of the lines. `same`: lines that said what was known already, or that others repeat."""

    read: int = 0
    refused: int = 0
    added: int = 0
    changed: int = 0
    links: int = 0
    removed: int = 0
    links_removed: int = 0
    encoding: str = ""
    separator: str = ""
    reasons: dict[str, int] = field(default_factory=dict)


@dataclass
class _Batch:
    rows: list[Row]
    refused: list[tuple[Record, str]]
    lines: dict[int, list[str]]
    read: int
    position: int


Progress = Callable[[int, int, Result], None]


async def load(database_url: str, order: Order, progress: Progress = lambda *_: None) -> Result:
    """Load the file; `progress` is told the bytes read, the file's size and what has been done so far.

    Raises:
        SourceError: the file as a whole is wrong; nothing was written.
        LoadError: another load is running, or too much would be removed.
        DatabaseUnavailable: PostgreSQL went away; what was written stays, and a second run finishes.
    """
    source = Source(order.path)
    try:
        layout = layout_of(order.table, source.header, order.kind)
        with Report(order.report, source.header) as report:
            async with _connected(database_url) as connection:
                loading = _Loading(order, source, layout, report, connection, progress)
                return await loading.run()
    finally:
        source.close()


@asynccontextmanager
async def _connected(database_url: str) -> AsyncIterator[Connection]:
    with driver_errors():
        connection = await asyncpg.connect(database_url, timeout=CONNECT_TIMEOUT, server_settings=SETTINGS)
        try:
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOAD_LOCK):
                raise LoadError("un autre chargement est en cours")
            yield connection
        finally:
            await connection.close(timeout=5)


class _Loading:
    def __init__(
        self,
        order: Order,
        source: Source,
        layout: Layout,
        report: Report,
        connection: Connection,
        progress: Progress,
    ) -> None:
        self._order = order
        self._source = source
        self._layout = layout
        self._report = report
        self._connection = connection
        self._progress = progress
        self._result = Result(encoding=source.encoding, separator=source.separator)

    async def run(self) -> Result:
        await self._connection.execute(sql.STAGES[self._order.table])
        if self._order.dry_run:
            # The same statements, taken back as a whole: what a dry run counts is what a load would do.
            rehearsal = self._connection.transaction()
            await rehearsal.start()
            try:
                await self._batches()
                await self._remove_others()
            finally:
                if not self._connection.is_closed():
                    await rehearsal.rollback()
        else:
            await self._batches()
            await self._remove_others()
        return self._result

    async def _batches(self) -> None:
        records = iter(self._source)
        reading = asyncio.create_task(asyncio.to_thread(self._read, records))
        try:
            while (batch := await reading).read:
                reading = asyncio.create_task(asyncio.to_thread(self._read, records))
                await self._write(batch)
        finally:
            if not reading.done():
                await asyncio.wait({reading})  # a thread cannot be told to stop, and reads the open file

    def _read(self, records: Iterator[Record]) -> _Batch:
        batch = _Batch([], [], {}, 0, 0)
        read_row = self._layout.reader()
        for record in islice(records, BATCH):
            batch.read += 1
            if record.problem is not None:
                batch.refused.append((record, record.problem))
                continue
            try:
                batch.rows.append(read_row(record.line, record.fields))
            except Unfit as unfit:
                batch.refused.append((record, str(unfit)))
            else:
                batch.lines[record.line] = record.fields
        batch.position = self._source.position
        return batch

    async def _write(self, batch: _Batch) -> None:
        connection, order, result = self._connection, self._order, self._result
        unknown: list[int] = []
        links = 0
        async with connection.transaction():
            await connection.execute(f"TRUNCATE incoming; {sql.BY_KEY}")
            await connection.copy_records_to_table(
                "incoming", records=batch.rows, columns=sql.COLUMNS[order.table]
            )
            if order.table == "contacts":
                unknown = [row["line"] for row in await connection.fetch(sql.UNKNOWN_ESTABLISHMENTS)]
                counts = await connection.fetchrow(sql.CONTACTS)
                links = await connection.fetchval(sql.LINKS, order.complete)
            else:
                counts = await connection.fetchrow(sql.ESTABLISHMENTS, order.complete)
            refused = [(record.line, reason, record.fields) for record, reason in batch.refused]
            refused += [(line, "establishment_unknown", batch.lines[line]) for line in unknown]
            if order.complete:
                keys = {key for _, _, fields in refused if (key := self._layout.key(fields))}
                await connection.copy_records_to_table("kept", records=[(key,) for key in keys])
        assert counts is not None
        for line, reason, fields in sorted(refused):
            self._report.refuse(line, reason, fields)
        result.read += batch.read
        result.refused, result.reasons = self._report.lines, self._report.reasons
        result.added += counts["added"]
        result.changed += counts["changed"]
        result.links += links
        self._progress(batch.position, self._source.size, result)

    async def _remove_others(self) -> None:
        if not self._order.complete:
            return
        connection, result = self._connection, self._result
        await connection.execute(sql.ANALYSE)
        async with connection.transaction():
            if self._order.table == "contacts":
                before = await connection.fetchval("SELECT count(*) FROM contacts")
                await connection.execute(sql.KEEP_CONTACTS)
                result.links_removed = _count(await connection.execute(sql.REMOVE_LINKS))
                result.removed = _count(await connection.execute(sql.REMOVE_CONTACTS))
            else:
                before = await connection.fetchval("SELECT count(*) FROM establishments")
                await connection.execute(sql.KEEP_ESTABLISHMENTS)
                result.removed = _count(await connection.execute(sql.REMOVE_ESTABLISHMENTS))
            share = 100 * result.removed / before if before else 0
            if share > self._order.removals_max:
                raise LoadError(
                    f"{result.removed} retraits sur {before} ({share:.0f} %), plus que les "
                    f"{self._order.removals_max:g} % permis : rien n'a été retiré"
                )


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])
