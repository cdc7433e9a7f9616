import asyncpg, pytest
from tests.integration.billing.raw import connected
pytestmark = pytest.mark.integration
async def test_names(empty_world):
    async with connected(empty_world, "superuser") as c:
        for r in await c.fetch("select conrelid::regclass::text t, conname, pg_get_constraintdef(oid) d from pg_constraint where conrelid::regclass::text in ('invoice','invoice_share','price','credit_note','number_series','allocation_part') order by 1,2"):
            print(r['t'], r['conname'], r['d'])
        for r in await c.fetch("select pg_get_functiondef(oid) d from pg_proc where proname in ('refuse_change')"):
            print(r['d'])
