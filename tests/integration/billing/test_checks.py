"""Verification finds what somebody with every right tampered with, and names the row."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from services.billing.app import SERVICE
from tests.integration.billing.facts import START
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)
GUARDED = (
    *("ledger.entry", "ledger.posting", "ledger.account", "ledger.period", "ledger.entry_seal"),
    *("invoice", "invoice_share", "allocation", "allocation_part", "payment", "agreement", "cost", "credit_note"),
    *("claim", "claim_item", "number_series", "price", "cost_recovery_measurement", "recovery_target"),
)

TAMPERING: dict[str, tuple[str, ...]] = {
    "ledger-entries-balance": (
        "UPDATE ledger.posting SET amount_minor = amount_minor + 1 WHERE entry_id = 1 AND line = 1",
        "DELETE FROM ledger.posting WHERE entry_id = 2",
        "DELETE FROM ledger.posting WHERE entry_id = 2 AND line > 1",
    ),
    "ledger-guards": (
        "ALTER TABLE ledger.posting DISABLE TRIGGER posting_append_only",
        "ALTER TABLE ledger.entry ENABLE TRIGGER entry_balanced",
        "DROP TRIGGER posting_with_its_entry ON ledger.posting",
        "GRANT INSERT ON ledger.posting TO {application}",
    ),
    "ledger-reversals": (
        "UPDATE ledger.posting p SET amount_minor = 2 * amount_minor FROM ledger.entry e "
        "WHERE e.id = p.entry_id AND e.reverses_entry_id IS NOT NULL",
        "UPDATE ledger.entry SET effective_on = '2014-01-01', fact_on = '2014-01-01' "
        "WHERE reverses_entry_id IS NOT NULL",
    ),
    "ledger-periods": (
        "UPDATE ledger.entry SET recorded_at = recorded_at + interval '1 day' WHERE id = 1",
        "UPDATE ledger.entry SET effective_on = effective_on + 400 WHERE id = 1",
        "UPDATE ledger.period SET state = 'open', closed_at = NULL, closed_by = NULL WHERE starts_on < '2016-02-01'",
    ),
    "ledger-trial-balance": (
        "UPDATE ledger.posting SET amount_minor = amount_minor + 1 WHERE entry_id = 1 AND line = 1",
        "UPDATE ledger.posting SET effective_on = effective_on + 1 WHERE entry_id = 3",
    ),
    "ledger-accounts-not-negative": (
        "UPDATE ledger.posting p SET amount_minor = 3 * amount_minor FROM ledger.entry e "
        "WHERE e.id = p.entry_id AND e.kind = 'allocation'",
    ),
    "ledger-checkpoints": ("UPDATE ledger.balance_checkpoint SET base_minor = base_minor + 1",),
    "ledger-seals": ("UPDATE ledger.entry_seal SET content_hash = sha256('x')",),
    "receivable-of-enterprise": ("UPDATE invoice_share SET amount_minor = amount_minor + 1 WHERE payer_class = 'F'",),
    "receivable-of-agreement": ("UPDATE invoice_share SET amount_minor = amount_minor + 1 WHERE payer_class = 'D'",),
    "deferred-fees": ("UPDATE invoice SET earned_on = NULL",),
    "deferred-subsidies": (
        "UPDATE claim_item SET approved_minor = approved_minor + 1, claimed_minor = claimed_minor + 5",
    ),
    "unapplied-cash": ("UPDATE payment SET amount_minor = amount_minor + 1",),
    "contracted-memo": (
        "UPDATE invoice SET state = 'cancelled', contract_ended_on = contracted_on, end_reason = 'x' "
        "WHERE state = 'draft'",
    ),
    "allocations-within-bounds": (
        "UPDATE allocation SET amount_minor = amount_minor * 9",
        "UPDATE allocation_part SET amount_minor = amount_minor * 9",
        "UPDATE claim_item SET approved_minor = 1",
    ),
    "agreements-within-ceiling": (
        "UPDATE agreement SET committed_minor = committed_minor + 1",
        "UPDATE invoice_share SET amount_minor = amount_minor + 1 WHERE payer_class = 'D'",
        "UPDATE claim SET submitted_minor = submitted_minor + 1",
    ),
    "number-series": (
        "UPDATE invoice SET serial = serial + 5 WHERE serial = 1",
        "UPDATE number_series SET last = last + 1",
        "DELETE FROM number_series",
    ),
    "invoice-shares": ("UPDATE invoice SET total_minor = total_minor + 1",),
    "invoice-settlement": ("UPDATE invoice SET settled_on = NULL",),
    "income-earned": ("UPDATE enrollment SET completed_on = NULL",),
    "enrollment-billed": (
        "UPDATE enrollment SET withdrawn_on = enrolled_on",
        "DELETE FROM invoice_share USING invoice i WHERE i.id = invoice_id AND i.state = 'draft'; "
        "DELETE FROM invoice WHERE state = 'draft'",
    ),
    "cost-recovery-paths": (
        "UPDATE cost SET amount_minor = amount_minor + 1",
        "UPDATE ledger.posting SET module = 'OSH' WHERE module = 'WPC'",
        "UPDATE allocation SET allocated_on = allocated_on + 1",
        "UPDATE ledger.posting SET payer_class = 'G' WHERE payer_class = 'D'",
        "UPDATE ledger.posting SET phase = 'III' WHERE phase = 'II'",
        "UPDATE ledger.posting SET agreement_id = NULL",
        "UPDATE invoice SET issued_phase = 'III'",
        "UPDATE allocation SET phase = NULL",
    ),
    "measurements-recompute": (
        "UPDATE cost_recovery_measurement SET components = components || jsonb_build_object('F', 1)",
        "UPDATE cost_recovery_measurement SET until = '2016-01-01' WHERE scope <> '{{}}'",
        "UPDATE ledger.posting SET base_minor = 2 * base_minor WHERE cost_kind = 'venue'",
        "INSERT INTO ledger.posting SELECT entry_id, line + 100, programme, account_id, amount_minor, currency, "
        "effective_on, phase, training_id, module, region, delivery, payer_class, agreement_id, cost_kind, is_in_kind, "
        "base_minor FROM ledger.posting WHERE cost_kind = 'venue'",
    ),
    "recovery-targets": ("UPDATE recovery_target SET version = version + 1",),
    "one-event-per-fact": (
        "DELETE FROM outbox WHERE event_type = 'billing.cost-recorded.v1'",
        "INSERT INTO outbox (event_id, event_type, aggregate_type, aggregate_id, sequence, programme, occurred_at, "
        "correlation_id, actor, payload, shard) "
        "SELECT gen_random_uuid(), event_type, aggregate_type, aggregate_id, 99, programme, occurred_at, "
        "correlation_id, actor, payload, shard FROM outbox "
        "WHERE event_type = 'billing.invoice-issued.v1'",
    ),
}
"""What is done to the data, and the check that must find it."""


async def _everything(world: World) -> None:
    """Make one of each: draft, issued, credited, cancelled, paid, claimed, earned, costs, a closed period."""
    await world.price("100.00")
    donor = await world.agreement("D-1", "D", {"medium": "10"})
    firm, training = await world.enterprise(), await world.training()
    enrollment = await world.enroll(firm, training)
    invoice = await world.issue(await world.invoice_of(enrollment))
    await world.complete(enrollment, firm, training, START + DAY)
    await world.endline(enrollment, firm, training, START + DAY)
    payment = await world.pay("95.00", START + 40 * DAY, enterprise_id=firm)
    await world.allocate(payment, "90.00", START + 40 * DAY, invoice_id=invoice["id"])
    claim = await world.claim(donor, START + 40 * DAY, training_ids=[training])
    await world.done(
        f"/claims/{claim['id']}/approve", {"approved_on": str(START + 41 * DAY), "amount": world.money("8.00")}
    )
    received = await world.pay("8.00", START + 42 * DAY, agreement_id=donor["id"])
    await world.allocate(received, "8.00", START + 42 * DAY, claim_id=claim["id"])
    second = await world.issue(await world.invoice_of(await world.enroll(await world.enterprise(), training)))
    await world.done(f"/invoices/{second['id']}/credit-notes", {"issued_on": str(START), "reason": "a mistake"})
    await world.enroll(await world.enterprise(), training, on=START + 40 * DAY)
    await world.cost("50.00", "venue", START, training)
    await world.cost("9.00", "venue", START, training, funding="in-kind")
    for row in sorted(await world.all("/periods"), key=lambda row: str(row["starts_on"])):
        await world.done(f"/periods/{row['id']}/close", {})
    await world.done("/cost-recovery/measurements", {"as_of": str(START + 60 * DAY)})
    await world.done(
        "/cost-recovery/measurements",
        {"as_of": str(START + 60 * DAY), "window": {"kind": "year", "year": 2016}, "scope": {"module_group": "first"}},
    )
    target = {"phase": "II", "formula": "CR-2", "percent": "50", "source_note": "log-frame"}
    await world.done("/cost-recovery/targets", target)


@asynccontextmanager
async def _undone(world: World) -> AsyncIterator[AsyncConnection]:
    """Open a superuser's transaction without guards that is rolled back at the end."""
    url = make_url(world.database.admin_url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            for table in GUARDED:
                await connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            yield connection
            await connection.rollback()
    finally:
        await engine.dispose()


async def _findings(connection: AsyncConnection, application: str) -> dict[str, list[str]]:
    await connection.execute(text(f'SET LOCAL ROLE "{application}"'))
    return {check.name: [found.row for found in await check.run(connection)] for check in SERVICE.checks}


async def test_each_tampering_is_found_by_its_check_and_nothing_is_found_without(world: World) -> None:
    await _everything(world)
    await world.clean()
    missed = []
    for name, statement in ((name, each) for name, statements in TAMPERING.items() for each in statements):
        async with _undone(world) as connection:
            if name == "ledger-guards":
                await connection.rollback()
            for one in statement.format(application=world.database.application).split("; "):
                await connection.execute(text(one))
            found = await _findings(connection, world.database.application)
        rows = found[name]
        if not rows or not all("/" in row for row in rows):
            missed.append((statement, name, {key: rows for key, rows in found.items() if rows}))
    assert missed == []
    assert set(TAMPERING) == {check.name for check in SERVICE.checks}
    await world.clean()


async def test_an_unpriced_enrollment_is_listed_and_no_finding(world: World) -> None:
    enrollment: UUID = await world.enroll(await world.enterprise(), await world.training())
    [row] = await world.all("/enrollments", {"billing": "unpriced"})
    assert row["id"] == str(enrollment)
    await world.clean()
