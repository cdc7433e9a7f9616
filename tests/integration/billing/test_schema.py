"""Migrations up and down, and queries that know the tables they read."""

import re
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import MetaData
from sqlalchemy.engine import make_url

from services.billing.app import SERVICE
from services.billing.tables import LEDGER, METADATA
from shared.database.migrate import migrate
from shared.database.provision import provision
from shared.ids import new_id
from tests.integration.billing.facts import START
from tests.integration.billing.raw import connected, line, post
from tests.integration.billing.world import World
from tests.support.databases import Databases

pytestmark = pytest.mark.integration
NOT_READ = {"entry": {"tx", "req_hash"}}
"""Columns that only the database itself uses."""


@pytest.mark.parametrize("metadata", [METADATA, LEDGER], ids=["documents", "ledger"])
async def test_tables_in_code_have_the_columns_of_the_migrated_database(world: World, metadata: MetaData) -> None:
    async with connected(world, "superuser") as connection:
        rows = await connection.fetch(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = $1",
            metadata.schema or "public",
        )
    real: dict[str, set[str]] = {}
    for row in rows:
        real.setdefault(row["table_name"], set()).add(row["column_name"])
    for table in metadata.tables.values():
        assert {column.name for column in table.columns} == real[table.name] - NOT_READ.get(table.name, set()), (
            table.name
        )


async def test_the_ledger_has_no_way_to_bypass_search_path(world: World) -> None:
    async with connected(world, "superuser") as connection:
        loose = await connection.fetch(
            "SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'ledger'::regnamespace "
            "AND (p.proconfig IS NULL OR NOT p.proconfig::text LIKE '%search_path=%pg_temp%')"
        )
        public = await connection.fetch(
            "SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'ledger'::regnamespace "
            "AND has_function_privilege('public', p.oid, 'EXECUTE')"
        )
    assert [row["proname"] for row in loose] == []
    assert [row["proname"] for row in public] == []


LEFT_BEHIND = """
SELECT c.relname AS name FROM pg_class c
WHERE c.relkind IN ('r', 'v', 'S') AND c.relnamespace::regnamespace::text IN ('public', 'ledger')
  AND c.relname <> 'alembic_version'
UNION ALL SELECT proname FROM pg_proc WHERE pronamespace::regnamespace::text IN ('public', 'ledger')
UNION ALL SELECT typname FROM pg_type
WHERE typnamespace::regnamespace::text = 'public' AND typname NOT LIKE '%alembic_version'
"""


async def test_migrations_of_a_book_with_entries_go_down_and_up_again_without_a_trace(databases: Databases) -> None:
    made = await provision(databases.admin_url, "updown", SERVICE.name, "for-tests-only")
    try:
        for to in ("head", "base", "head"):
            await migrate(made.admin_url, SERVICE.migrations, owner=made.owner, application=made.application, to=to)
            connection = await asyncpg.connect(made.admin_url)
            try:
                left = await connection.fetch(LEFT_BEHIND)
                if to == "head":
                    book = new_id()
                    await connection.execute("SELECT ledger.open_book($1, 'bolivia', 'BOB', 'year')", book)
                    await post(connection, book)
            finally:
                await connection.close()
            assert bool(left) == (to == "head"), [row["name"] for row in left]
    finally:
        await databases.execute(f'DROP DATABASE "{make_url(made.admin_url).database}" WITH (FORCE)')


async def test_balances_are_as_of_any_day_and_as_recorded_by_any_moment(world: World) -> None:
    await world.price("100.00")
    firm, training = await world.enterprise(), await world.training()
    invoice = await world.issue(await world.invoice_of(await world.enroll(firm, training)))
    async with connected(world, "superuser") as connection:
        moment = await connection.fetchval("SELECT clock_timestamp()")
    payment = await world.pay("100.00", START + timedelta(days=9), enterprise_id=firm)
    await world.allocate(payment, "100.00", START + timedelta(days=12), invoice_id=invoice["id"])

    async def owed(**cut: object) -> str:
        [account] = await world.all(f"/books/{world.partner}/accounts", {"code": "1110", **cut})
        assert account["enterprise_id"] == str(firm)
        return str(account["balance"]["amount"])

    assert await owed() == "0.00"
    assert await owed(as_of=START + timedelta(days=11)) == "100.00"
    assert await owed(as_of=START - timedelta(days=1)) == "0.00"
    assert await owed(recorded_at=moment.isoformat()) == "100.00"
    then = await world.balances(recorded_at=moment.isoformat())
    assert then == {"1110": "100.00", "2130": "-100.00", "9110": "100.00", "9910": "-100.00"}
    assert (await world.balances(as_of=START + timedelta(days=10)))["2110"] == "-100.00"
    lists = await world.get(f"/books/{world.partner}/entries")
    assert len(lists.json()["items"]) == 5
    table = await world.client.http.get(
        f"{world.path}/books/{world.partner}/accounts",
        headers={"authorization": f"Bearer {world.client.token('auditor')}", "accept": "text/csv"},
    )
    assert table.headers["content-type"].startswith("text/csv")
    assert "balance.amount" in table.text.splitlines()[0]


async def test_periods_close_in_order_once_and_never_with_money_in_suspense(world: World) -> None:
    firm = await world.enterprise()
    await world.pay("5.00", START, enterprise_id=firm)
    await world.pay("5.00", START + timedelta(days=40), enterprise_id=firm)
    january, february = await world.all("/periods")
    assert await world.refused(f"/periods/{february['id']}/close", {}) == (409, "period", "in-order")
    async with connected(world, "application") as connection:
        await post(connection, world.partner, (line("1010", 7), line("2120", -7)), kind="receipt")
    assert await world.refused(f"/periods/{january['id']}/close", {}) == (409, "period", "no-suspense")
    async with connected(world, "application") as connection:
        known = (line("2120", 7), line("2110", -7, enterprise=str(firm)))
        await post(connection, world.partner, known, kind="identification")
    closed = await world.done(f"/periods/{january['id']}/close", {}, role="partner-finance", partner=world.partner)
    assert closed["state"] == "closed"
    assert await world.refused(f"/periods/{january['id']}/close", {}) == (409, "period", "open")
    await world.done(f"/periods/{february['id']}/close", {"reason": "month end"})
    [first, second] = await world.said("period-closed")
    assert (first["starts_on"], second["ends_on"]) == ("2016-01-01", "2016-02-29")
    late = {
        "partner_id": str(world.partner),
        "enterprise_id": str(firm),
        "received_on": str(START),
        "amount": world.money("5.00"),
    }
    assert await world.refused("/payments", late) == (409, "date", "open-period")
    answer = await world.send("/payments", late)
    assert answer.json()["type"] == "urn:scorebook:problem:period-closed"


async def test_a_period_that_is_not_over_is_not_closed(world: World) -> None:
    await world.pay("5.00", world.client.clock().date(), enterprise_id=await world.enterprise())
    [period] = await world.all("/periods")
    assert await world.refused(f"/periods/{period['id']}/close", {}) == (422, "ends_on", "not-in-the-future")


async def test_late_facts_of_a_closed_month_are_booked_in_the_open_one(world: World) -> None:
    await world.price("100.00")
    firm, training = await world.enterprise(), await world.training()
    enrollment = await world.enroll(firm, training)
    invoice = await world.issue(await world.invoice_of(enrollment), START)
    [january] = await world.all("/periods")
    await world.done(f"/periods/{january['id']}/close", {})
    await world.complete(enrollment, firm, training, START + timedelta(days=5))
    await world.endline(enrollment, firm, training, START + timedelta(days=5))
    late = await world.enroll(await world.enterprise(), training, on=START)
    assert (await world.invoice_of(enrollment))["earned_on"] == "2016-02-01"
    drafted = await world.invoice_of(late)
    assert (drafted["enrolled_on"], drafted["contracted_on"]) == (str(START), "2016-02-01")
    await world.withdraw(late, UUID(drafted["enterprise_id"]), training, START + timedelta(days=1))
    assert (await world.invoice_of(late))["ended_on"] == "2016-02-01"
    assert invoice["number"] == "INV-2016-00001"
    await world.clean()


def revisions() -> list[str]:
    """Return the revisions of billing's migrations in their order."""
    follows: dict[str, str] = {}
    for path in (SERVICE.migrations / "versions").glob("[0-9]*.py"):
        named = dict(re.findall(r'^(revision|down_revision) = "?(\w+)"?$', path.read_text("utf-8"), re.MULTILINE))
        follows[named["down_revision"]] = named["revision"]
    ordered = [follows["None"]]
    while ordered[-1] in follows:
        ordered.append(follows[ordered[-1]])
    assert len(ordered) == len(follows), "the migrations are one chain"
    return ordered


BALANCES = """
SELECT a.code, sum(p.amount_minor) AS minor, count(*) AS n FROM ledger.posting p
JOIN ledger.account a ON a.id = p.account_id GROUP BY a.code ORDER BY a.code
"""


async def test_a_populated_book_keeps_its_balances_up_and_down_every_migration(databases: Databases) -> None:
    made = await provision(databases.admin_url, "climbing", SERVICE.name, "for-tests-only")
    book = new_id()
    expected: dict[str, tuple[int, int]] = {}
    chain = revisions()
    first = chain.index("0003")
    for step, revision in (*((up, up) for up in chain[first:]), *(("-1", down) for down in reversed(chain[first:-1]))):
        await migrate(made.admin_url, SERVICE.migrations, owner=made.owner, application=made.application, to=step)
        connection = await asyncpg.connect(made.admin_url)
        try:
            assert await connection.fetchval("SELECT version_num FROM alembic_version") == revision
            if not expected:
                await connection.execute("SELECT ledger.open_book($1, 'bolivia', 'BOB', 'month')", book)
            found = {row["code"]: (row["minor"], row["n"]) for row in await connection.fetch(BALANCES)}
            assert found == expected, (step, revision)
            # Every revision takes entries.
            await post(connection, book, (line("1010", 500), line("3010", -500)), on=START)
            await post(connection, book, (line("1020", 7), line("1010", -7)), on=START + timedelta(days=31))
            expected = {row["code"]: (row["minor"], row["n"]) for row in await connection.fetch(BALANCES)}
            total = await connection.fetchval("SELECT sum(balance_minor) FROM ledger.balances($1)", book)
            assert total == 0
        finally:
            await connection.close()
