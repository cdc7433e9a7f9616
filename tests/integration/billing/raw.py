"""Speaking to billing's database around the service: as the application role, as the owner, as a superuser."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from shared.ids import new_id
from tests.integration.billing.facts import START
from tests.integration.billing.world import World

WHO = ("application", "owner", "superuser", "replica")


@asynccontextmanager
async def connected(world: World, who: str) -> AsyncIterator[asyncpg.Connection]:
    """Connect as one of WHO; replica is a superuser for whom ordinary triggers and foreign keys do not fire."""
    url = world.database.application_url if who == "application" else world.database.admin_url
    connection = await asyncpg.connect(url)
    try:
        if who == "owner":
            await connection.execute(f'SET ROLE "{world.database.owner}"')
        if who == "replica":
            await connection.execute("SET session_replication_role = replica")
        yield connection
    finally:
        await connection.close()


def line(account: str, amount: float, **more: object) -> dict[str, Any]:
    """Return a posting as ledger.post_entry takes it."""
    return {"account": account, "amount": amount, "currency": "BOB", **more}


BALANCED = (line("1010", 500), line("3010", -500))


async def post(
    connection: asyncpg.Connection,
    book: UUID,
    lines: tuple[dict[str, Any], ...] = BALANCED,
    *,
    on: date = START,
    key: str | None = None,
    source: UUID | None = None,
    kind: str = "cost",
    may_move: bool = False,
) -> asyncpg.Record:
    """Post an entry through the ledger's function."""
    return await connection.fetchrow(
        "SELECT posted_uid, posted_on, was_replayed FROM ledger.post_entry($1, $2, $3, $4, $5, 'test', $6, 1, 'test', "
        "$7, 'tester', NULL, $8::text::jsonb)",
        new_id(),
        book,
        kind,
        on,
        may_move,
        source or new_id(),
        key or str(new_id()),
        json.dumps(lines),
    )


async def reverse(
    connection: asyncpg.Connection, entry: UUID, *, on: date = START, key: str | None = None
) -> asyncpg.Record:
    """Reverse an entry through the ledger's function."""
    return await connection.fetchrow(
        "SELECT posted_uid, posted_on, was_replayed FROM ledger.reverse_entry($1, $2, $3, false, 'test', $4, 'tester', "
        "'a mistake')",
        new_id(),
        entry,
        on,
        key or str(new_id()),
    )


async def fingerprint(world: World) -> tuple[Any, ...]:
    """Return counts and sums of everything that a refused write must not have touched."""
    async with connected(world, "superuser") as connection:
        row = await connection.fetchrow(
            """
            SELECT (SELECT count(*) FROM ledger.entry), (SELECT count(*) FROM ledger.posting),
                   (SELECT coalesce(sum(abs(amount_minor)), 0) FROM ledger.posting),
                   (SELECT count(*) FROM ledger.account), (SELECT count(*) FROM outbox),
                   (SELECT count(*) FROM idempotency_key), (SELECT count(*) FROM audit_trail),
                   (SELECT count(*) FROM price), (SELECT count(*) FROM agreement), (SELECT count(*) FROM invoice),
                   (SELECT count(*) FROM payment), (SELECT count(*) FROM allocation), (SELECT count(*) FROM claim),
                   (SELECT count(*) FROM cost), (SELECT coalesce(sum(last), 0) FROM number_series),
                   (SELECT string_agg(state, ',' ORDER BY id) FROM invoice), (SELECT count(*) FROM tax_rule),
                   (SELECT count(*) FROM discount), (SELECT count(*) FROM book_profile),
                   (SELECT count(*) FROM enterprise_profile), (SELECT count(*) FROM frozen_document),
                   (SELECT string_agg(state, ',' ORDER BY id) FROM credit_note), (SELECT count(*) FROM credit_use),
                   (SELECT count(*) FROM write_off), (SELECT count(*) FROM write_off_reversal),
                   (SELECT count(*) FROM tolerance), (SELECT count(*) FROM reminder_schedule),
                   (SELECT count(*) FROM reminder_run), (SELECT count(*) FROM reminder_pause),
                   (SELECT count(*) FROM allowance)
            """
        )
    return tuple(row)
