"""Who may do what: every route with every role."""

import pytest

from shared.auth.actor import Role
from shared.ids import new_id
from tests.integration.assessment.world import World

pytestmark = pytest.mark.integration

RECORDERS = {Role.TRAINER, Role.PARTNER_ADMIN, Role.PROGRAMME_MANAGER}
MANAGERS = {Role.PROGRAMME_MANAGER}
WRITES = {
    "/assessments/baseline": RECORDERS,
    "/assessments/progress": RECORDERS,
    "/assessments/endline": RECORDERS,
    "/satisfaction": RECORDERS,
    "/improvements": RECORDERS,
    "/case-studies": RECORDERS,
    f"/case-studies/{new_id()}/publish": MANAGERS,
    "/kpis": MANAGERS,
}
READS = ("/assessments", "/satisfaction", "/improvements", "/case-studies", "/kpis", "/figures")


async def test_every_write_is_open_to_its_roles_and_to_no_other(world: World) -> None:
    for path, allowed in WRITES.items():
        for role in Role:
            status = (await world.post(path, {}, role=role)).status_code
            assert status == (422 if role in allowed else 403), (path, role)
    assert (await world.stored())["audit_trail"] == 0


async def test_every_role_reads_within_its_programme_and_nobody_beyond(world: World) -> None:
    for path in READS:
        for role in Role:
            assert (await world.get(path, role=role, as_of="2017-09-30")).status_code == 200, (path, role)
        assert (await world.get(path, programme="peru", as_of="2017-09-30")).status_code == 404
        anonymous = await world.client.http.get(f"{world.base}{path}")
        assert anonymous.status_code == 401


async def test_every_write_leaves_actor_time_and_reason_in_the_audit_trail(world: World) -> None:
    enterprise = await world.register_enterprise()
    assert (await world.baseline(enterprise, subject="ana")).status_code == 201
    async with world.client.connection() as connection:
        row = (await connection.exec_driver_sql("SELECT * FROM audit_trail")).one()
    assert (row.actor, row.action, row.programme) == ("ana", "record_baseline", "bolivia")
    assert row.request["enterprise_id"] == str(enterprise)
