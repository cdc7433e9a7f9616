"""The migration of cost recovery on books that have something in them, down and up again."""

import asyncpg
import pytest

from services.billing.app import SERVICE
from shared.database.migrate import migrate
from tests.integration.billing.recovered import recovered
from tests.integration.billing.test_schema import revisions
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
BEFORE = "0008"
"""The revision that 0011 builds on."""


async def test_populated_books_keep_their_figures_and_documents_get_the_phase_of_their_entries(world: World) -> None:
    await recovered(world)
    await world.target("CR-2", "50")
    kept = await world.done("/cost-recovery/measurements", {"as_of": "2016-12-31"})
    figures = [await world.show("/cost-recovery", {"basis": basis}) for basis in ("contracted", "invoiced", "received")]
    await world.client.runtime.engine.dispose()
    made = world.database
    chain = revisions()
    for to in (f"-{len(chain) - 1 - chain.index(BEFORE)}", "head"):
        await migrate(made.admin_url, SERVICE.migrations, owner=made.owner, application=made.application, to=to)
    assert [
        await world.show("/cost-recovery", {"basis": basis}) for basis in ("contracted", "invoiced", "received")
    ] == figures
    rows = await world.all("/cost-recovery/measurements", {"basis": "invoiced"})
    assert [(row["measurement_id"], row["window"]["text"], row["last_entry_id"]) for row in rows] == [
        (kept["id"], "cumulative to 2016-12-31", None)
    ]
    kept_on_basis = next(each for each in kept["results"] if each["basis"] == "invoiced")
    assert rows[0]["components"] == kept_on_basis["components"]
    connection = await asyncpg.connect(made.application_url)
    try:
        phases = await connection.fetch("SELECT contracted_phase, issued_phase FROM invoice ORDER BY issued_on")
        assert [tuple(row) for row in phases] == [("II", "II")] * 3 + [("III", "III")]
        for right, has in (("SELECT", True), ("INSERT", False), ("UPDATE", False), ("DELETE", False)):
            query = "SELECT has_table_privilege(current_user, 'recovery_document', $1)"
            assert await connection.fetchval(query, right) is has
    finally:
        await connection.close()
    # Later revisions may lose facts on the way down that were published; cost recovery must still agree with itself.
    own = ("cost-recovery-paths", "measurements-recompute", "recovery-targets")
    assert [found for found in await world.client.findings() if found.startswith(own)] == []
