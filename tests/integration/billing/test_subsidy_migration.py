"""Agreements and claims of before go up and down; what the former tables cannot hold stops the way back."""

from typing import Final

import asyncpg
import pytest

from services.billing.app import SERVICE
from shared.database.migrate import migrate
from shared.database.provision import provision
from shared.ids import new_id
from tests.integration.billing.test_schema import revisions
from tests.support.databases import Databases

pytestmark = pytest.mark.integration

BEFORE: Final = """
INSERT INTO programme (programme, id, name, currency, policy_version, modules, size_classes, regions, phases)
VALUES ('bolivia', gen_random_uuid(), 'Programme', 'BOB', 1, '[]', '{small}', '{LP}', '[]');
INSERT INTO partner (id, programme, name, kind) VALUES ('{partner}', 'bolivia', 'Chamber', 'national');
INSERT INTO agreement (id, programme, code, payer_class, payer_name, ceiling_minor, currency, valid_from)
VALUES ('{deal}', 'bolivia', 'G-1', 'G', 'Fund', 1000, 'BOB', '2014-01-01');
INSERT INTO agreement (id, programme, code, payer_class, payer_name, ceiling_minor, currency, valid_from, state,
                       closed_on, close_reason)
VALUES (gen_random_uuid(), 'bolivia', 'G-2', 'G', 'Fund', 1000, 'BOB', '2014-01-01', 'closed', '2014-06-30', 'over');
INSERT INTO agreement_share (agreement_id, programme, size_class, share_bp) VALUES ('{deal}', 'bolivia', 'small', 1000);
INSERT INTO claim (id, programme, partner_id, agreement_id, number, fiscal_year, serial, state, submitted_on,
                   submitted_minor)
VALUES (gen_random_uuid(), 'bolivia', '{partner}', '{deal}', 'CL-2014-00001', 2014, 1, 'submitted', '2014-02-01', 10);
UPDATE claim SET state = 'rejected', decided_on = '2014-03-01', decision_reason = 'not eligible';
"""
FOUND: Final = """
SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY r::text), '[]')::text FROM (
    SELECT to_jsonb(a) FROM agreement a UNION ALL SELECT to_jsonb(s) FROM agreement_share s
    UNION ALL SELECT to_jsonb(k) FROM claim k) AS r
"""


async def test_agreements_and_claims_go_up_and_down_unchanged(databases: Databases) -> None:
    made = await provision(databases.admin_url, "subsidised", SERVICE.name, "for-tests-only")
    chain = revisions()
    former = chain[chain.index("0009") - 1]

    async def go(to: str) -> None:
        await migrate(made.admin_url, SERVICE.migrations, owner=made.owner, application=made.application, to=to)

    await go(former)
    connection = await asyncpg.connect(made.admin_url)
    try:
        ids = {"{partner}": str(new_id()), "{deal}": str(new_id())}
        statements = BEFORE
        for name, value in ids.items():
            statements = statements.replace(name, value)
        await connection.execute(statements)
        before = await connection.fetchval(FOUND)
        await connection.close()
        await go("0009")
        connection = await asyncpg.connect(made.admin_url)
        kept = await connection.fetch("SELECT code, state, activated_on = valid_from AS held, funds FROM agreement")
        assert sorted(tuple(row) for row in kept) == [
            ("G-1", "active", True, "price"),
            ("G-2", "closed", True, "price"),
        ]
        assert tuple(await connection.fetchrow("SELECT state, revision, item_set, reduced_minor FROM claim")) == (
            "rejected",
            0,
            1,
            0,
        )
        await connection.close()
        await go("-1")
        connection = await asyncpg.connect(made.admin_url)
        assert await connection.fetchval(FOUND) == before
        with pytest.raises(asyncpg.PostgresError):
            await connection.execute("UPDATE agreement SET ceiling_minor = 1")
        await connection.close()
        await go("0009")
        connection = await asyncpg.connect(made.admin_url)
        await connection.execute(
            "INSERT INTO agreement (id, programme, code, payer_class, payer_name, ceiling_minor, currency, valid_from, "
            "state) VALUES (gen_random_uuid(), 'bolivia', 'G-3', 'G', 'Fund', 1000, 'BOB', '2014-01-01', 'draft')"
        )
        with pytest.raises(asyncpg.PostgresError):
            await go("-1")
        assert await connection.fetchval("SELECT count(*) FROM agreement") == 3
    finally:
        await connection.close()
