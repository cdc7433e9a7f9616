"""Migrations go down step by step and up again on a populated database, and make the tables the code reads."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect

from services.assessment.app import SERVICE
from services.assessment.tables import metadata
from shared.auth.signing import SigningKey
from shared.database.migrate import expected_revision, migrate
from tests.integration.assessment.test_verification import record_everything
from tests.integration.assessment.world import World
from tests.support.client import Client, service_in_process
from tests.support.databases import Databases

pytestmark = pytest.mark.integration


async def test_down_and_up_again_with_data_in_every_table(
    databases: Databases, token_keys: tuple[SigningKey, Path]
) -> None:
    key, jwks = token_keys
    revision = expected_revision(SERVICE.migrations)
    assert revision is not None
    async with databases.fresh(SERVICE.name, SERVICE.migrations) as database:

        async def used() -> None:
            async with service_in_process(SERVICE, database, key, str(jwks)) as client:
                world = World(client, programme="peru")
                await world.define_programme()
                await record_everything(world)
                assert await client.findings() == []

        async def moved(to: str) -> None:
            await migrate(
                database.admin_url,
                SERVICE.migrations,
                owner=database.owner,
                application=database.application,
                to=to,
            )

        await used()
        for _ in range(int(revision)):
            await moved("-1")
        await moved("head")
        await used()


async def test_the_tables_are_those_the_code_reads(client: Client) -> None:
    def columns(connection: Connection) -> dict[str, set[str]]:
        inspector = inspect(connection)
        return {name: {column["name"] for column in inspector.get_columns(name)} for name in metadata.tables}

    async with client.connection() as connection:
        found = await connection.run_sync(columns)
    assert found["assessment"] - {"baseline_kind"} == set(metadata.tables["assessment"].c.keys())
    found.pop("assessment")
    assert found == {name: set(table.c.keys()) for name, table in metadata.tables.items() if name != "assessment"}
