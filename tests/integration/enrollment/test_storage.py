"""The database itself refuses what the rules refuse, and verification names what was changed behind their back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import inspect
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from services.enrollment.app import SERVICE
from services.enrollment.tables import metadata
from shared.database.migrate import migrate
from tests.integration.conftest import ServiceClient
from tests.integration.enrollment.builders import Country
from tests.support.client import Client
from tests.support.databases import Databases

pytestmark = pytest.mark.integration


async def delivered(client: Client) -> tuple[Country, str, str, str]:
    """Take one enterprise through the first module; returns the country, enterprise, training and enrollment."""
    country = await Country(client).ready()
    enterprise = await country.enterprise()
    training = await country.training()
    return country, enterprise, training, await country.complete(training, enterprise)


@asynccontextmanager
async def behind_their_back(client: Client, databases: Databases) -> AsyncIterator[AsyncConnection]:
    """Open a transaction past every right and every trigger, to be rolled back."""
    name = make_url(client.runtime.settings.database_url).database
    url = make_url(databases.admin_url).set(drivername="postgresql+asyncpg", database=name)
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            # ENABLE ALWAYS fires even for a replica; only taking the trigger away lets a row be changed.
            for table in ("policy_size_class", "baseline", "session", "attendance", "visit"):
                await connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
            yield connection
            await connection.rollback()
    finally:
        await engine.dispose()


async def test_the_tables_are_those_the_code_names(service_client: ServiceClient) -> None:
    def columns(connection: Connection) -> dict[str, set[str]]:
        looking = inspect(connection)
        names = [*looking.get_table_names(), *looking.get_view_names()]
        return {name: {column["name"] for column in looking.get_columns(name)} for name in names}

    async with service_client(SERVICE) as client, client.connection() as connection:
        stored = await connection.run_sync(columns)
        assert {name: stored[name] for name in metadata.tables} == {
            name: set(table.columns.keys()) for name, table in metadata.tables.items()
        }
        for name in metadata.tables:
            assert "programme" in stored[name], name


REFUSED = (
    "UPDATE policy_version SET headcount_maximum = 9999",
    "UPDATE policy_module SET visits = 1",
    "DELETE FROM session",
    "UPDATE attendance SET participant = 'P-9'",
    "DELETE FROM visit",
    "UPDATE participant SET sex = 'male'",
    "UPDATE baseline SET assessed_on = '2014-01-01'",
    "TRUNCATE visit",
    "UPDATE enrollment SET status = 'active', completed_on = NULL",
    "UPDATE enrollment SET headcount = 31 WHERE status = 'completed'",
    "UPDATE enterprise SET women = 200",
    "UPDATE enterprise SET size_class = 'medium'",
    "UPDATE enterprise SET tax_id = 'a b'",
    "UPDATE training SET ends_on = starts_on",
    "UPDATE training SET lead_role = 'candidate'",
    "INSERT INTO policy_size_class SELECT programme, version, 9, 'more', 251, 300 FROM policy_version",
    "INSERT INTO policy_module SELECT programme, version, 9, 'X', 9, 'x', true, 2, 3, 5, 2, 2 FROM policy_version",
    "INSERT INTO participant SELECT 'peru', id, 'P-7', 'male', 'worker' FROM enterprise",
    "INSERT INTO session SELECT gen_random_uuid(), programme, id, 3, starts_on, now() FROM training",
    "INSERT INTO session SELECT gen_random_uuid(), programme, id, 3, ends_on + 1, now() FROM training",
)


async def test_the_application_cannot_change_what_is_recorded(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        await delivered(client)
        for statement in REFUSED:
            with pytest.raises(DBAPIError) as error:
                await execute(client, statement)
            # Refused by a right, a constraint or a trigger: not because the statement itself is wrong.
            state = getattr(error.value.orig, "sqlstate", "")
            assert state[:2] == "23" or "permission denied" in str(error.value), (statement, str(error.value))


async def execute(client: Client, *statements: str) -> None:
    """Run statements as the application, in one transaction."""
    async with client.connection() as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)


async def test_the_database_gives_no_place_beyond_the_limit(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        country = await Country(client).ready()
        training = await country.training()
        for _ in range(2):
            await country.enroll(training, await country.enterprise())
        late = await country.enterprise()
        insert = f"""
            INSERT INTO enrollment (id, programme, training_id, enterprise_id, partner_id, module, size_class,
                                    headcount, policy_version, enrolled_on, status, recorded_at)
            SELECT gen_random_uuid(), programme, training_id, '{late}', partner_id, module, size_class, headcount,
                   policy_version, enrolled_on, status, recorded_at FROM enrollment LIMIT 1
        """
        with pytest.raises(DBAPIError, match="has 2 places"):
            await execute(client, insert)


async def test_the_database_seats_nobody_beyond_the_seats(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        await delivered(client)
        people = (
            "INSERT INTO participant SELECT programme, id, 'X-' || n, 'male', 'worker' "
            "FROM enterprise, generate_series(1, 2) n"
        )
        present = (
            "INSERT INTO attendance SELECT s.programme, s.training_id, s.id, p.enterprise_id, p.code, 9 "
            "FROM session s, participant p WHERE p.code LIKE 'X-%'"
        )
        with pytest.raises(DBAPIError, match="exceed their seats"):
            await execute(client, people, present)


TAMPERED = {
    "enrollment-policy": "UPDATE policy_size_class SET minimum = 52 WHERE code = 'medium'",
    "enrollment-eligibility": "UPDATE enterprise SET women = 200",
    "enrollment-capacity": "UPDATE training SET max_enterprises = 0",
    "enrollment-seats": "UPDATE training SET seats_workers = 0",
    "enrollment-module-order": "UPDATE training SET is_first = false",
    "enrollment-baseline": "UPDATE baseline SET assessed_on = '2014-05-01'",
    "enrollment-classroom": "UPDATE session SET held_on = '2014-05-01' WHERE day = 1",
    "enrollment-visits": "UPDATE visit SET visited_on = '2014-04-01' WHERE number = 2",
    "enrollment-completion": "DELETE FROM visit WHERE number = 2",
    "enrollment-said-programme-defined": "UPDATE programme SET currency = 'USD'",
    "enrollment-said-partner-registered": "UPDATE partner SET region = 'SC' WHERE region = 'LP'",
    "enrollment-said-enterprise-registered": "DELETE FROM outbox WHERE event_type LIKE '%enterprise-registered%'",
    "enrollment-said-training-scheduled": "UPDATE training SET starts_on = '2014-04-01'",
    "enrollment-said-session-held": "DELETE FROM attendance",
    "enrollment-said-enterprise-enrolled": "UPDATE enrollment SET headcount = 31",
    "enrollment-said-enrollment-completed": "UPDATE enrollment SET status = 'active', completed_on = NULL",
    "enrollment-said-enrollment-withdrawn": "UPDATE enrollment SET status = 'withdrawn', completed_on = NULL, "
    "withdrawn_on = '2014-06-10', withdrawal_reason = 'none'",
    "enrollment-said-visit-completed": "DELETE FROM visit",
    "enrollment-said-visit-aborted": "UPDATE visit SET outcome = 'aborted', reason = 'none'",
}


async def test_every_check_has_a_case_here() -> None:
    assert {check.name for check in SERVICE.checks} == set(TAMPERED)


async def test_verification_names_the_row_that_was_changed(service_client: ServiceClient, databases: Databases) -> None:
    async with service_client(SERVICE) as client:
        await delivered(client)
        assert await client.findings() == []
        for check in SERVICE.checks:
            async with behind_their_back(client, databases) as connection:
                assert await check.run(connection) == [], check.name
                await connection.exec_driver_sql(TAMPERED[check.name])
                found = await check.run(connection)
                assert found, check.name
                noun, _, identity = found[0].row.partition("/")
                assert noun, check.name
                assert identity, check.name


async def test_migrations_go_down_and_up_again_on_a_populated_database(
    service_client: ServiceClient, databases: Databases
) -> None:
    async with service_client(SERVICE) as client:
        await delivered(client)
        url = make_url(client.runtime.settings.database_url)
        admin = make_url(databases.admin_url).set(database=url.database).render_as_string(hide_password=False)
        template = await databases.template(SERVICE.name, SERVICE.migrations)
        await client.runtime.engine.dispose()
        steps = ["-1"] * 5 + ["head"]
        for step in steps:
            await migrate(admin, SERVICE.migrations, owner=template.owner, application=template.application, to=step)
        again = await Country(client, code="peru").ready()
        assert (await again.get("/enterprises"))["items"] == []
