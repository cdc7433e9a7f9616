"""`scorebook verify` finds what was tampered with and names the row."""

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from services.certification import tables
from services.certification.app import SERVICE
from tests.integration.certification.scene import Scene, ok
from tests.integration.conftest import ServiceClient
from tests.support.databases import Databases

pytestmark = pytest.mark.integration

# What somebody with full rights over the database might do, with triggers and foreign keys switched off, and the check
# that has to notice.
TAMPERINGS = [
    ("certificate-decision", "UPDATE certificate SET valid_until = '2030-01-01' WHERE series = 'board'"),
    ("certificate-decision", "DELETE FROM certificate WHERE series = 'board'"),
    ("certificate-decision", "UPDATE certificate SET module = 'OSH' WHERE series = 'board'"),
    ("certificate-decision", "UPDATE decision SET decided_on = '2014-09-26'"),
    ("decision-votes", "UPDATE vote SET choice = 'against' WHERE choice = 'for'"),
    ("decision-votes", "UPDATE roll_call SET vote_id = NULL WHERE constituency = 'government'"),
    ("decision-votes", "UPDATE roll_call SET is_recused = true, vote_id = NULL WHERE constituency = 'workers'"),
    ("decision-votes", "DELETE FROM roll_call WHERE vote_id = (SELECT id FROM vote WHERE choice = 'against')"),
    ("decision-votes", "UPDATE board_member SET mandate_to = '2014-09-24' WHERE name = 'Member W1'"),
    ("decision-votes", "UPDATE decision SET required = '{employers}'"),
    ("decision-votes", "UPDATE decision SET votes_for = 6, votes_against = 0"),
    ("decision-votes", "UPDATE vote SET voted_on = '2014-01-01' WHERE choice = 'against'"),
    (
        "decision-votes",
        "INSERT INTO vote (id, programme, case_id, round, member_id, choice, voted_on, dossier_hash, is_recorded, "
        "cast_by, cast_at) SELECT gen_random_uuid(), programme, case_id, round, member_id, 'against', voted_on, "
        "dossier_hash, true, cast_by, cast_at FROM vote WHERE choice = 'for' LIMIT 1",
    ),
    ("case-decision", "UPDATE board_case SET state = 'refused'"),
    ("case-decision", "DELETE FROM decision"),
    ("number-series", "UPDATE certificate_counter SET last = 5 WHERE series = 'board'"),
    ("number-series", "UPDATE certificate SET ordinal = 7 WHERE series = 'board'"),
    ("number-series", "UPDATE certificate SET number = 'BOLIVIA-2014-0002-AAAAAA' WHERE series = 'board'"),
    (
        "recommender-apart",
        "UPDATE board_member SET trainer_id = (SELECT expert_id FROM board_case) WHERE name = 'Member E1'",
    ),
    ("recommender-apart", "UPDATE decision SET decided_by = 'programme-manager'"),
    ("dossier-hash", "UPDATE dossier SET hash = repeat('0', 64)"),
    ("dossier-hash", "UPDATE vote SET dossier_hash = repeat('0', 64)"),
    ("dossier-evidence", "UPDATE enrollment SET closed_on = '2014-08-01' WHERE outcome = 'completed'"),
    ("dossier-evidence", "UPDATE training SET supervising_expert_id = NULL"),
    ("dossier-evidence", "DELETE FROM training_candidate"),
    ("standing-certificate", "UPDATE certificate SET withdrawn_on = '2015-01-01', withdrawal_ground = 'x'"),
    ("standing-certificate", "UPDATE standing SET state = 'suspended' WHERE state = 'certified'"),
    ("standing-history", "UPDATE standing SET state = 'withdrawn' WHERE state = 'certified'"),
    ("standing-history", "DELETE FROM standing_step WHERE step = 'recommend'"),
    ("standing-history", "UPDATE standing_step SET step = 'recognise' WHERE step = 'certify'"),
    ("fact-events", "DELETE FROM outbox WHERE event_type = 'certification.certificate-issued.v1'"),
    ("fact-events", "DELETE FROM trainer WHERE name = 'Bystander'"),
    (
        "fact-events",
        "INSERT INTO suspension (id, programme, certificate_id, suspended_on, ground, recorded_at) "
        "SELECT gen_random_uuid(), programme, id, '2015-01-01', 'x', issued_at FROM certificate WHERE series = 'board'",
    ),
]


async def test_every_tampering_is_found_by_the_check_that_looks_for_it(
    service_client: ServiceClient, databases: Databases
) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        await scene.trainer("Bystander")
        await scene.certified()
        assert await client.findings() == []
        url = make_url(databases.admin_url).set(
            drivername="postgresql+asyncpg", database=client.runtime.engine.url.database
        )
        engine = create_async_engine(url, poolclass=NullPool)
        try:
            async with engine.begin() as connection:
                await _disarm(connection)
            missed = []
            for check, statement in TAMPERINGS:
                async with engine.connect() as connection:
                    done = await connection.exec_driver_sql(statement)
                    assert done.rowcount > 0, f"changed nothing: {statement}"
                    found = {one.name for one in SERVICE.checks if await one.run(connection)}
                if check not in found:
                    missed.append((check, statement, sorted(found)))
            assert missed == []
        finally:
            await engine.dispose()


async def _disarm(connection: AsyncConnection) -> None:
    constraints = await connection.exec_driver_sql(
        "SELECT conrelid::regclass::text AS tab, conname AS name FROM pg_constraint "
        "WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND conrelid <> 0"
    )
    for row in constraints.all():
        await connection.exec_driver_sql(f'ALTER TABLE {row.tab} DROP CONSTRAINT "{row.name}"')
    for name in tables.metadata.tables:
        await connection.exec_driver_sql(f'ALTER TABLE "{name}" DISABLE TRIGGER ALL')


async def test_a_clean_history_has_no_findings(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        scene = await Scene(client).begin()
        trainer, _ = await scene.certified()
        ok(await scene.post(f"trainers/{trainer}/expert-appointments", {"module": "WPC", "appointed_on": "2015-01-01"}))
        assert await client.findings() == []
