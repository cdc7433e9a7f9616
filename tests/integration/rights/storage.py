"""All that a service has stored, seen past its own code."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg

_TABLES: Final = """
SELECT format('%I.%I', c.table_schema, c.table_name) AS name,
       array_agg(c.column_name::text) FILTER (WHERE c.data_type = 'uuid') AS ids
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE t.table_type = 'BASE TABLE' AND c.table_schema NOT IN ('pg_catalog', 'information_schema')
GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Storage:
    """The tables of one database, of every schema; `tables` are their columns that hold ids."""

    connection: Any
    tables: Mapping[str, list[str]]

    async def digest(self) -> Mapping[str, str]:
        """Return a digest of the rows of every table, the outbox and the idempotency keys included."""
        digests = " UNION ALL ".join(
            f"SELECT '{name}' AS name, count(*) AS rows, md5(string_agg(t::text, ';' ORDER BY t::text)) AS digest "
            f"FROM {name} t"
            for name in self.tables
        )
        return {row["name"]: f"{row['rows']} rows, {row['digest']}" for row in await self.connection.fetch(digests)}

    async def ids_of(self, partner: UUID) -> frozenset[str]:
        """Return the ids of all that belongs to a partner: of rows that name it, of rows that name those, and so on."""
        found = {partner}
        while True:
            more = set[UUID]()
            for table, ids in self.tables.items():
                own = next((name for name in ("uid", "id") if name in ids), None)
                if own is not None:
                    named = " OR ".join(f'"{name}" = ANY($1::uuid[])' for name in ids)
                    rows = await self.connection.fetch(f'SELECT "{own}" FROM {table} WHERE {named}', found)
                    more |= {row[0] for row in rows}
            if more <= found:
                return frozenset(map(str, found))
            found |= more


@asynccontextmanager
async def open_storage(url: str) -> AsyncIterator[Storage]:
    """Look into the database at `url` as its administrator."""
    connection = await asyncpg.connect(url)
    try:
        tables = {row["name"]: row["ids"] or [] for row in await connection.fetch(_TABLES)}
        yield Storage(connection, tables)
    finally:
        await connection.close()
