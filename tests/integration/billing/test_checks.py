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
    *("ledger.entry", "ledger.posting", "ledger.account", "ledger.period"),
    *("invoice", "invoice_share", "allocation", "allocation_part", "payment", "agreement", "cost", "credit_note"),
    *("claim", "claim_item", "number_series", "price"),
    *("claim_step", "claim_reduction", "claim_submission", "agreement_step", "pledge", "pledge_contract"),
    *("session_evidence", "attendance_evidence", "visit_evidence"),
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
        "UPDATE claim_item SET claimed_minor = claimed_minor + 1 WHERE cost_id IS NOT NULL AND approved_minor IS NULL",
    ),
    "agreement-steps": (
        "UPDATE agreement SET state = 'suspended' WHERE code = 'D-1'",
        "UPDATE agreement SET ceiling_minor = ceiling_minor + 1 WHERE code = 'D-2'",
        "UPDATE agreement_step SET ceiling_before_minor = 1 WHERE serial = 3",
    ),
    "claims-are-their-items": (
        "UPDATE claim SET submitted_minor = submitted_minor + 1",
        "UPDATE claim_item SET claimed_minor = claimed_minor + 1",
        "UPDATE claim_reduction SET amount_minor = amount_minor + 1",
        "UPDATE claim_step SET amount_minor = amount_minor + 1 WHERE step = 'reduced'",
        "UPDATE claim_item SET is_live = false WHERE approved_minor IS NOT NULL",
        "UPDATE claim_item SET is_live = true WHERE item_set = 1 AND cost_id IS NOT NULL",
        "UPDATE claim SET state = 'closed', closed_on = decided_on WHERE reduced_minor > 0",
    ),
    "claims-within-bounds": (
        "UPDATE agreement SET ceiling_minor = committed_minor, committed_minor = 0 WHERE code = 'D-2'; "
        "UPDATE agreement SET ceiling_minor = 1 WHERE code = 'D-2'",
        "DROP INDEX claim_item_once; INSERT INTO claim_item (claim_id, share_id, programme, claimed_minor, is_live, "
        "item_set) SELECT claim_id, share_id, programme, claimed_minor, true, 9 FROM claim_item "
        "WHERE share_id IS NOT NULL AND is_live LIMIT 1",
        "UPDATE invoice_share SET agreement_id = (SELECT id FROM agreement WHERE code = 'D-2') "
        "WHERE agreement_id IS NOT NULL",
        "UPDATE claim_item SET is_live = true WHERE cost_id IS NOT NULL",
        "UPDATE cost SET amount_minor = 1",
    ),
    "claim-evidence": (
        "DELETE FROM claim_submission",
        "ALTER TABLE claim_submission DROP CONSTRAINT claim_submission_check; "
        "UPDATE claim_submission SET manifest = replace(manifest, 'D-1', 'D-9')",
        "UPDATE claim_submission SET item_set = item_set + 1",
        "UPDATE session_evidence SET held_on = held_on + 1",
        "UPDATE attendance_evidence SET people = people + 1",
        "UPDATE visit_evidence SET number = number + 1",
        "DELETE FROM visit_evidence",
    ),
    "pledges": (
        "UPDATE pledge_contract SET amount_minor = amount_minor * 9",
        "UPDATE pledge SET payer_class = 'G'",
        "ALTER TABLE pledge DROP CONSTRAINT pledge_check2; ALTER TABLE pledge DROP CONSTRAINT pledge_check3; "
        "UPDATE pledge SET ended_on = pledged_on - 1",
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
    ),
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
    await world.step(claim, "close", START + 42 * DAY)
    await _funded(world, training, firm, enrollment)
    second = await world.issue(await world.invoice_of(await world.enroll(await world.enterprise(), training)))
    await world.done(f"/invoices/{second['id']}/credit-notes", {"issued_on": str(START), "reason": "a mistake"})
    await world.enroll(await world.enterprise(), training, on=START + 40 * DAY)
    await world.cost("50.00", "venue", START, training)
    await world.cost("9.00", "venue", START, training, funding="in-kind")
    for row in sorted(await world.all("/periods"), key=lambda row: str(row["starts_on"])):
        await world.done(f"/periods/{row['id']}/close", {})
    await world.done("/cost-recovery/measurements", {"as_of": str(START + 60 * DAY)})


async def _funded(world: World, training: UUID, firm: UUID, enrollment: UUID) -> None:
    """Make an amended grant with a claim in several states, its evidence, and pledges."""
    await world.hold_session(training, START, firm)
    await world.visit(enrollment, firm, training, START)
    grant = await world.grant("D-2", "D", ["travel"], ceiling="500.00")
    for amount in ("600.00", "700.00"):
        amended = {"amended_on": str(START), "reason": "more to do", "ceiling": world.money(amount)}
        await world.done(f"/agreements/{grant['id']}/amend", amended)
    costs = [await world.cost(amount, "travel", START, training) for amount in ("70.00", "30.00", "20.00")]
    claim = await world.claim(grant, START, costs=[(costs[0], None), (costs[1], None)])
    await world.step(claim, "return", START)
    await world.step(claim, "revise", START, costs=[{"cost_id": costs[0]["id"]}])
    await world.step(claim, "submit", START)
    await world.step(claim, "approve", START, "60.00")
    await world.step(claim, "reduce", START, "10.00")
    money = await world.pay("20.00", START, agreement_id=grant["id"])
    await world.allocate(money, "20.00", START, claim_id=claim["id"])
    await world.claim(grant, START, costs=[(costs[2], None)])
    pledge = {"funder": "Fund", "payer_class": "D", "amount": world.money("300.00"), "pledged_on": str(START)}
    made = await world.done("/pledges", {**pledge, "source_document": "letter"})
    contract = {"agreement_id": grant["id"], "amount": world.money("100.00"), "contracted_on": str(START)}
    await world.done(f"/pledges/{made['id']}/contract", contract)
    await world.done(f"/pledges/{made['id']}/lapse", {"lapsed_on": str(START), "reason": "budget law"})


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
