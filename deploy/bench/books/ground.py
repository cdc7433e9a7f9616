"""A database of billing with one book to measure in, made as its migrations and functions make it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg

from services.billing.app import SERVICE
from shared.auth.actor import Actor
from shared.clock import system_clock
from shared.database.engine import database_engine
from shared.database.migrate import migrate
from shared.database.provision import Provisioned
from shared.database.transaction import Transactions
from shared.ids import new_id
from shared.settings import ServiceSettings

PROGRAMME: Final = "bench"
BOOK: Final = UUID("01900000-0000-7000-8000-000000000001")
FIRST_DAY: Final = date(2016, 1, 1)
ACTOR: Final = Actor("bench", system=True)
_HERE: Final = Path(__file__).parent
_FILL: Final = (_HERE / "fill.sql").read_text("utf-8")
_FIRST: Final = 250
_AT_ONCE: Final = 50_000
_ACCOUNTS: Final = """
SELECT ledger.open_account($1, code, 'BOB', CASE WHEN code <> '4010' THEN id END, NULL, NULL)
FROM (SELECT id, code FROM enterprise, (VALUES ('1110'), ('2130')) AS side (code)
      UNION ALL SELECT NULL, '4010') AS wanted
"""
_FACTS: Final = (
    """
    INSERT INTO programme (programme, id, name, currency, policy_version, modules, size_classes, regions, phases)
    VALUES ('bench', gen_random_uuid(), 'Bench', 'BOB', 1, '[{"code": "WPC", "is_first": true}]', '{small,medium}',
            '{LP}', '[{"code": "II", "starts_on": "2014-01-01", "ends_on": null}]')
    """,
    f"INSERT INTO partner (id, programme, name, kind) VALUES ('{BOOK}', 'bench', 'Chamber (bench)', 'national')",  # noqa: S608 - ours
    f"SELECT ledger.open_book('{BOOK}', 'bench', 'BOB', 'month')",
)
_ENTERPRISES: Final = f"""
INSERT INTO enterprise (id, programme, partner_id, name, tax_id)
SELECT ledger.uuid7(), 'bench', '{BOOK}', 'Enterprise ' || n || ' (bench)', (1000000 + n)::text
FROM generate_series(1, $1::integer) AS n
"""  # noqa: S608 - ours


@asynccontextmanager
async def as_owner(database: Provisioned) -> AsyncIterator[asyncpg.Connection]:
    """Connect as the owner of the tables; its triggers hold for it too."""
    connection = await asyncpg.connect(database.admin_url, server_settings={"jit": "off", "timezone": "UTC"})
    try:
        await connection.execute(f'SET ROLE "{database.owner}"')
        yield connection
    finally:
        await connection.close()


async def prepare(database: Provisioned, enterprises: int) -> None:
    """Migrate an empty database and open a book with accounts for so many enterprises."""
    await migrate(database.admin_url, SERVICE.migrations, owner=database.owner, application=database.application)
    async with as_owner(database) as connection:
        for statement in _FACTS:
            await connection.execute(statement)
        await connection.execute(_ENTERPRISES, enterprises)
        await connection.execute(_ACCOUNTS, BOOK)


async def fill(database: Provisioned, entries: int, days: int, first_day: date = FIRST_DAY) -> None:
    """Post `entries` evenly over `days` by sets, as the owner and under every guard; then seal and analyse."""
    async with as_owner(database) as connection:
        await connection.execute(
            "SELECT ledger.lock_period($1, month::date, false, 'bench') FROM generate_series("
            "date_trunc('month', $2::date), $2::date + $3::integer - 1, interval '1 month') AS month",
            BOOK,
            first_day,
            days,
        )
    done, part = 0, _FIRST
    while done < entries:
        # A session keeps plans made while the tables were empty, such as reading all postings for each new entry. So
        # the parts begin small, and each has statistics and a session of its own.
        part = min(2 * part, _AT_ONCE, entries - done)
        async with as_owner(database) as connection:
            await connection.execute(_FILL, part, BOOK, days, first_day, done, entries)
            await connection.execute("ANALYZE ledger.entry, ledger.posting")
        done += part


async def seal_all(database: Provisioned) -> None:
    """Seal what is not sealed yet."""
    async with as_owner(database) as connection:
        while await connection.fetch("SELECT * FROM ledger.seal(50000)"):
            pass


async def vacuum(database: Provisioned) -> None:
    """Do at once what autovacuum comes round to: statistics, and the map that lets an index be read alone."""
    connection = await asyncpg.connect(database.admin_url)
    try:
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


@dataclass(frozen=True, slots=True)
class Office:
    """Billing as a service process has it: its pool, with a fresh transaction for each use case."""

    transactions: Transactions

    @classmethod
    @asynccontextmanager
    async def open(cls, database: Provisioned) -> AsyncIterator["Office"]:
        """Open a pool for the application role; after a bulk load, so that no plan is older than the statistics."""
        engine = database_engine(ServiceSettings(database_url=database.application_url, kafka="unused"))
        try:
            yield cls(Transactions(engine, system_clock, new_id))
        finally:
            await engine.dispose()
