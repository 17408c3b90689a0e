"""Which rows of the product's database hold a text, whatever the table and the column."""

import asyncpg

from infrastructure.database import PoolType

TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"


async def rows_naming(
    database: "PoolType | asyncpg.Connection[asyncpg.Record]", *texts: str
) -> dict[str, int]:
    """How many rows of each table hold one of these texts, in any case; tables without any are left out."""
    found = {}
    for (table,) in await database.fetch(TABLES):
        query = f"SELECT count(*) FROM {table} WHERE {table}::text ILIKE ANY($1)"  # noqa: S608 - our own tables
        if number := await database.fetchval(query, [f"%{text}%" for text in texts]):
            found[table] = number
    return found
