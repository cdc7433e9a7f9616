"""`scorebook verify` finds every kind of damage to what this service stores, and names the row."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from services.assessment.app import SERVICE
from services.assessment.checks import CHECKS
from shared.auth.signing import SigningKey
from tests.integration.assessment.world import World
from tests.support.client import service_in_process
from tests.support.databases import Databases

pytestmark = pytest.mark.integration

_AGAIN = (
    "INSERT INTO assessment (id, programme, kind, enterprise_id, partner_id, training_id, enrollment_id, baseline_id, "
    "assessed_on, recorded_at, recorded_by) SELECT gen_random_uuid(), programme, kind, enterprise_id, partner_id, "
    "training_id, enrollment_id, baseline_id, assessed_on, recorded_at, 'x' FROM assessment WHERE kind = "
)
_MEASURED = "WHERE status = 'measured'"

DAMAGE: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("one-baseline", "enterprise/"): (f"DROP INDEX one_baseline_per_enterprise; {_AGAIN} 'baseline'",),
    ("one-baseline", "assessment/"): ("UPDATE known_enterprise SET partner_id = gen_random_uuid()",),
    ("follow-up-rests-on-baseline", "enrollment/"): (f"DROP INDEX one_endline_per_enrollment; {_AGAIN} 'endline'",),
    ("follow-up-rests-on-baseline", "assessment/"): (
        "UPDATE assessment SET assessed_on = '2014-06-28' WHERE kind = 'baseline'",
        "UPDATE known_training SET starts_on = '2014-07-01'",
        "UPDATE known_enrollment SET state = 'withdrawn', withdrawn_on = '2014-05-02'",
        "UPDATE known_enrollment SET enterprise_id = gen_random_uuid()",
    ),
    ("readings-consistent", "reading/"): (
        f"ALTER TABLE reading DROP CONSTRAINT reading_check; UPDATE reading SET numerator = NULL {_MEASURED}",
        f"UPDATE reading SET numerator = 0.5 {_MEASURED}",
        f"UPDATE reading SET numerator = 99999 {_MEASURED}",
        "UPDATE kpi_version SET valid_from = '2014-05-01' WHERE code = 'defect-rate'",
    ),
    ("readings-consistent", "assessment/"): ("DELETE FROM reading",),
    ("kpi-versions", "kpi_version/"): ("UPDATE kpi_version SET version = 2 WHERE code = 'accidents'",),
    ("satisfaction-within-classroom", "satisfaction/"): (
        "DELETE FROM known_participant WHERE participant = 'P-0001'",
        "UPDATE known_participant SET first_seen_on = '2014-04-24'",
    ),
    ("one-event-per-fact", "improvement/"): ("DELETE FROM stream_head WHERE aggregate_type = 'improvement'",),
    ("one-event-per-fact", "assessment/"): (
        "UPDATE stream_head SET last_sequence = 2 WHERE aggregate_type = 'assessment'",
    ),
    ("one-event-per-fact", "outbox/"): (
        "DELETE FROM improvement",
        "UPDATE improvement SET programme = 'peru'",
        "UPDATE case_study SET state = 'draft', consent_statement = NULL, consent_given_on = NULL, published_on = NULL",
    ),
    ("event-says-what-is-stored", "outbox/"): (
        f"UPDATE reading SET numerator = 125 {_MEASURED}",
        "UPDATE reading SET status = 'refused' WHERE status = 'not-tracked'",
        "UPDATE satisfaction SET satisfied = 2",
        "UPDATE improvement SET completed_on = '2014-06-02'",
        "UPDATE case_study SET published_on = '2014-08-16'",
    ),
}


async def record_everything(world: World) -> None:
    """Record one of everything."""
    place = await world.enrolled_enterprise()
    await world.hold_session(place.training, place.enterprise, 4)
    survey = {"training_id": str(place.training), "recorded_on": "2014-04-23", "respondents": 4, "satisfied": 3}
    improvement = {"enterprise_id": str(place.enterprise), "title": "Walkways", "completed_on": "2014-06-01"}
    draft = {"enterprise_id": str(place.enterprise), "title": "Title", "summary": "Summary"}
    case = await world.post("/case-studies", draft)
    publication = {"consent_statement": "Yes.", "consent_given_on": "2014-08-01", "published_on": "2014-08-15"}
    for answer in (
        await world.baseline(place.enterprise),
        await world.endline(place),
        await world.post("/satisfaction", survey),
        await world.post("/improvements", improvement),
        await world.post(f"/case-studies/{case.json()['id']}/publish", publication),
    ):
        assert answer.status_code == 201, answer.text


@pytest_asyncio.fixture
async def as_administrator(databases: Databases, token_keys: tuple[SigningKey, Path]) -> AsyncIterator[AsyncConnection]:
    """An administrator's connection to a service that has recorded one of everything."""
    key, jwks = token_keys
    async with databases.fresh(SERVICE.name, SERVICE.migrations) as database:
        async with service_in_process(SERVICE, database, key, str(jwks)) as client:
            world = World(client)
            await world.define_programme()
            await record_everything(world)
            assert await client.findings() == []
        engine = create_async_engine(make_url(database.admin_url).set(drivername="postgresql+asyncpg"))
        async with engine.connect() as connection:
            yield connection
        await engine.dispose()


async def findings(connection: AsyncConnection) -> list[tuple[str, str]]:
    """Return (check, row) of everything found."""
    return [(check.name, finding.row) for check in CHECKS for finding in await check.run(connection)]


async def test_every_kind_of_damage_is_found_and_its_row_named(as_administrator: AsyncConnection) -> None:
    assert {name for name, _ in DAMAGE} == {check.name for check in CHECKS}
    for name, row, damage in ((*where, damage) for where, each in DAMAGE.items() for damage in each):
        for table in ("assessment", "reading", "kpi_version", "satisfaction", "improvement", "case_study"):
            await as_administrator.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for statement in damage.split(";"):
            await as_administrator.exec_driver_sql(statement)
        found = await findings(as_administrator)
        assert any(check == name and where.startswith(row) for check, where in found), (damage, found)
        await as_administrator.rollback()
    assert await findings(as_administrator) == []
