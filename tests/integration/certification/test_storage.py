"""The database itself: migrations, tables as declared, rows that stay as they were recorded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy import inspect
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError

from services.certification import tables
from services.certification.app import SERVICE
from shared.database.migrate import migrate
from tests.integration.certification.scene import Scene, ok
from tests.integration.conftest import ServiceClient
from tests.support.client import Client
from tests.support.databases import Databases

pytestmark = pytest.mark.integration


@asynccontextmanager
async def as_superuser(databases: Databases, client: Client) -> AsyncIterator[asyncpg.Connection]:
    """Open a superuser's connection to the client's database."""
    url = make_url(databases.admin_url).set(database=client.runtime.engine.url.database)
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        yield connection
    finally:
        await connection.close()


async def test_the_tables_are_as_declared(service_client: ServiceClient) -> None:
    def described(connection: Connection) -> dict[str, dict[str, tuple[str, bool]]]:
        inspector = inspect(connection)
        return {
            name: {
                column["name"]: (column["type"].compile(connection.dialect), bool(column["nullable"]))
                for column in inspector.get_columns(name)
            }
            for name in tables.metadata.tables
        }

    async with service_client(SERVICE) as client, client.connection() as connection:
        found = await connection.run_sync(described)
        dialect = connection.dialect
    assert found == {
        name: {column.name: (column.type.compile(dialect), bool(column.nullable)) for column in table.columns}
        for name, table in tables.metadata.tables.items()
    }


async def test_every_table_of_the_service_names_its_programme() -> None:
    assert all("programme" in table.columns for table in tables.metadata.tables.values())


async def test_migrations_go_down_and_up_again_on_a_populated_database(
    service_client: ServiceClient, databases: Databases
) -> None:
    async with service_client(SERVICE) as client:
        await (await Scene(client).begin()).certified()
        made = await databases.template(SERVICE.name, SERVICE.migrations)
        admin = make_url(databases.admin_url).set(database=client.runtime.engine.url.database)
        url = admin.render_as_string(hide_password=False)
        await client.runtime.engine.dispose()
        for revision in ("-1", "-1", "-1", "-1", "base", "head"):
            await migrate(url, SERVICE.migrations, owner=made.owner, application=made.application, to=revision)
        async with as_superuser(databases, client) as connection:
            assert await connection.fetchval("SELECT version_num FROM alembic_version") == "0005"
            assert await connection.fetchval("SELECT count(*) FROM trainer") == 0


APPEND_ONLY = ("dossier", "recusal", "vote", "decision", "roll_call", "standing_step", "tot_result", "scheme_version")
KEPT = ("trainer", "standing", "board_member", "board_case", "certificate", "suspension")


async def test_what_was_recorded_can_be_neither_changed_nor_deleted(
    service_client: ServiceClient, databases: Databases
) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        await scene.seat_board([("X1", "independent")], trainer_id=scene.expert_id, subject="expert-on-board")
        await scene.seat_board([("I1", "independent")])
        trainer = await scene.candidate()
        case = ok(await scene.recommend(trainer))
        voters = dict.fromkeys(("E1", "E2", "W1", "W2", "G1", "G2", "I1"), "for")
        await scene.vote(case, voters)
        ok(await scene.decide(case))
        suspend = {"module": "WPC", "effective_on": "2015-01-01", "ground": "Complaint"}
        ok(await scene.post(f"trainers/{trainer}/suspensions", suspend))
        statements = [f"DELETE FROM {table}" for table in (*APPEND_ONLY, *KEPT)]
        statements += [
            f"UPDATE {table} SET programme = 'peru'" for table in (*APPEND_ONLY, "board_case", "certificate")
        ]
        statements += [
            "UPDATE board_case SET state = 'refused'",
            "UPDATE certificate SET number = 'FORGED' WHERE series = 'board'",
            "UPDATE certificate SET valid_until = '2099-01-01'",
        ]
        for statement in statements:
            with pytest.raises(DBAPIError) as refusal:
                async with client.connection() as connection:
                    await connection.exec_driver_sql(statement)
            assert getattr(refusal.value.orig, "sqlstate", "") in {"42501", "23001"}, statement
        async with as_superuser(databases, client) as connection:
            for statement in statements:
                with pytest.raises(asyncpg.RestrictViolationError):
                    await connection.execute(statement)
        assert await client.findings() == []


async def test_the_database_takes_no_vote_in_a_closed_case_whatever_writes_it(
    service_client: ServiceClient, databases: Databases
) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        await scene.certified()
        again = (
            "INSERT INTO vote (id, programme, case_id, round, member_id, choice, voted_on, dossier_hash, is_recorded, "
            "cast_by, cast_at) SELECT gen_random_uuid(), programme, case_id, round, member_id, 'against', voted_on, "
            "dossier_hash, is_recorded, cast_by, cast_at FROM vote"
        )
        async with as_superuser(databases, client) as connection:
            with pytest.raises(asyncpg.RestrictViolationError):
                await connection.execute(again)


async def test_no_certificate_of_the_board_without_a_decision_that_certified(
    service_client: ServiceClient, databases: Databases
) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        await scene.certified("Trainer 1")
        second = ok(await scene.recommend(await scene.candidate("Trainer 2")))
        await scene.vote(second, dict.fromkeys(scene.members, "against"))
        ok(await scene.decide(second, reason="Not ready."))
        forged = (
            "INSERT INTO certificate (id, programme, number, series, year, ordinal, trainer_id, module, case_id, "
            "decision_id, dossier_hash, valid_from, issued_at) "
            "SELECT gen_random_uuid(), c.programme, 'BOLIVIA-2014-0002-AAAAAA', 'board', 2014, 2, c.trainer_id, "
            "c.module, c.id, d.id, c.dossier_hash, d.decided_on, d.decided_at "
            "FROM decision d JOIN board_case c ON c.id = d.case_id WHERE d.outcome = 'refused'"
        )
        async with as_superuser(databases, client) as connection:
            with pytest.raises(asyncpg.ForeignKeyViolationError):
                await connection.execute(forged)


def test_every_migration_has_its_sql_beside_it() -> None:
    versions = SERVICE.migrations / "versions"
    wanted = {path.stem for path in versions.glob("*.py")} - {"0001_platform"}
    assert {path.stem for path in versions.glob("*.sql")} == wanted
