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
from shared.money import Money
from tests.integration.billing.banking import open_account, post, post_as, took
from tests.integration.billing.banking import paid as booked
from tests.integration.billing.collecting import credit, owing, paid
from tests.integration.billing.facts import START
from tests.integration.billing.spending import card, hold, pay_for, prepay, reverse, taken_back
from tests.integration.billing.world import World

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)
GUARDED = (
    *("ledger.entry", "ledger.posting", "ledger.account", "ledger.period", "ledger.seal", "ledger.balance_checkpoint"),
    *("invoice", "invoice_share", "allocation", "allocation_part", "payment", "agreement", "cost", "credit_note"),
    *("claim", "claim_item", "number_series", "price", "price_instalment", "frozen_document", "discount"),
    *("credit_note_part", "credit_use", "credit_use_part", "write_off", "write_off_part", "write_off_reversal"),
    *("reminder", "reminder_item", "allowance"),
    *("rate_card", "delivery", "cost_bill", "cost_reversal", "cost_payment", "cost_payment_part"),
    *("cost_payment_reversal", "prepayment", "prepayment_reversal"),
    *("claim_step", "claim_reduction", "claim_submission", "agreement_step", "pledge", "pledge_contract"),
    *("session_evidence", "attendance_evidence", "visit_evidence"),
    *("cost_recovery_measurement", "recovery_target"),
    *("payment_refund", "payment_reversal", "bank_account", "bank_statement", "bank_line", "bank_match"),
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
        "ALTER TABLE ledger.entry DROP CONSTRAINT entry_book_id_idem_scope_idem_key_key",
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
    "ledger-checkpoints": ("UPDATE ledger.balance_checkpoint SET amount_minor = amount_minor + 1",),
    "ledger-seals": (
        "UPDATE ledger.seal SET entries = entries + 1",
        "UPDATE ledger.entry SET reason = 'another' WHERE id = 1",
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
        "UPDATE invoice SET serial = serial + 500 WHERE serial = 1",
        "UPDATE number_series SET last = last + 1",
        "DELETE FROM number_series",
    ),
    "invoice-shares": (
        "UPDATE invoice SET total_minor = total_minor + 1",
        "UPDATE invoice SET tax_minor = tax_minor - 1 WHERE tax_minor > 0",
    ),
    "taxes-payable": (
        "UPDATE invoice SET tax_minor = tax_minor - 1 WHERE tax_minor > 0 AND state = 'issued'",
        "UPDATE ledger.posting p SET base_minor = base_minor - 1 FROM ledger.account a "
        "WHERE a.id = p.account_id AND a.code = '2210'",
    ),
    "taxes-paid": ("UPDATE allocation_part SET tax_minor = tax_minor + 1000 WHERE tax_minor > 0",),
    "discounts-shown": (
        "UPDATE invoice SET discount_minor = discount_minor + 1 WHERE discount_minor > 0 AND earned_on IS NOT NULL",
        "UPDATE ledger.posting p SET base_minor = base_minor + 1 FROM ledger.account a "
        "WHERE a.id = p.account_id AND a.code = '4090'",
    ),
    "instalments": (
        "UPDATE price_instalment SET share_bp = share_bp - 1 WHERE number = 1",
        "UPDATE invoice SET price_minor = price_minor + 1",
    ),
    "frozen-documents": (
        "DELETE FROM frozen_document",
        "UPDATE frozen_document SET body = body || ' ', "
        "sha256 = encode(sha256(convert_to(body || ' ', 'UTF8')), 'hex')",
        "UPDATE frozen_document SET id = gen_random_uuid()",
        "UPDATE invoice SET number = number || '0' WHERE number IS NOT NULL",
    ),
    "invoice-settlement": ("UPDATE invoice SET settled_on = NULL",),
    "income-earned": ("UPDATE enrollment SET completed_on = NULL",),
    "enrollment-billed": (
        "UPDATE enrollment SET withdrawn_on = enrolled_on",
        "UPDATE invoice SET instalments = 3 WHERE state = 'draft'",
        "DELETE FROM invoice_share USING invoice i WHERE i.id = invoice_id AND i.state = 'draft'; "
        "DELETE FROM invoice WHERE state = 'draft'",
    ),
    "statement-equals-ledger": (
        "UPDATE write_off SET written_on = written_on + 1",
        "UPDATE credit_use SET amount_minor = amount_minor + 1 WHERE kind = 'refund'",
        "UPDATE payment SET received_on = received_on - 1",
        "UPDATE credit_note_part SET released_minor = released_minor + 1, amount_minor = amount_minor + 1 "
        "WHERE released_minor > 0",
    ),
    "credit-within-creditable": (
        "UPDATE credit_note SET total_minor = total_minor + 1",
        "UPDATE credit_note_part SET amount_minor = amount_minor * 90",
        "UPDATE invoice SET state = 'credited', contract_ended_on = issued_on, end_reason = 'x' WHERE state = 'issued'",
        "UPDATE credit_use SET amount_minor = amount_minor * 90 WHERE kind = 'refund'",
        "UPDATE credit_use SET amount_minor = amount_minor + 1 WHERE kind = 'offset'",
        "DELETE FROM credit_use_part",
    ),
    "write-offs": (
        "UPDATE write_off SET amount_minor = amount_minor + 1",
        "UPDATE write_off SET cause = 'bank-charge'",
        "DELETE FROM write_off_reversal",
        "DELETE FROM write_off_part",
    ),
    "reminders": (
        "UPDATE reminder SET total_minor = total_minor + 1",
        "DELETE FROM reminder_item WHERE level = 1",
        "UPDATE reminder SET reminded_on = reminded_on - 99 WHERE level = 2",
    ),
    "allowance-booked": (
        "UPDATE allowance SET booked_minor = booked_minor + 1",
        "UPDATE allowance SET target_minor = target_minor + 1",
        "DELETE FROM allowance",
    ),
    "payables": (
        "UPDATE cost_payment_part SET amount_minor = amount_minor + 1",
        "UPDATE cost SET is_in_kind = false, by_ilo = false WHERE is_in_kind",
        "DELETE FROM cost_reversal",
    ),
    "prepaid-costs": (
        "UPDATE prepayment SET amount_minor = amount_minor + 1",
        "INSERT INTO cost_payment_reversal SELECT id, programme, paid_on, 'x' FROM cost_payment "
        "WHERE prepayment_id IS NOT NULL",
    ),
    "costs-and-entries": (
        "UPDATE cost SET amount_minor = amount_minor + 1",
        "UPDATE cost SET posted_on = posted_on + 1 WHERE by_ilo",
        "UPDATE cost SET kind = 'materials' WHERE kind = 'catering'",
        "UPDATE cost_reversal SET reversed_on = reversed_on + 1",
        "UPDATE cost_payment SET paid_on = paid_on + 1",
        "UPDATE prepayment SET method = 'cash'",
        "UPDATE ledger.entry SET source_id = gen_random_uuid() WHERE id = (SELECT min(id) FROM ledger.entry "
        "WHERE source_type = 'cost-payment')",
    ),
    "cost-payments-within-bounds": (
        "UPDATE cost_payment SET amount_minor = amount_minor + 1",
        "UPDATE cost_payment_part SET amount_minor = amount_minor * 9",
        "INSERT INTO cost_reversal SELECT cost_id, programme, '2016-03-01', 'x' FROM cost_payment_part p "
        "WHERE NOT EXISTS (SELECT FROM cost_reversal r WHERE r.cost_id = p.cost_id) LIMIT 1",
        "INSERT INTO prepayment_reversal SELECT id, programme, paid_on, 'x' FROM prepayment",
    ),
    "costs-of-deliveries": (
        "UPDATE delivery SET quantity = quantity + 1 WHERE cost_id IS NOT NULL AND card_id IS NOT NULL",
        "UPDATE rate_card SET amount_minor = amount_minor + 1",
        "UPDATE rate_card SET cost_kind = 'travel'",
        "DELETE FROM delivery WHERE kind = 'session'",
        "DELETE FROM delivery WHERE item = 'classroom-day'",
        "UPDATE cost SET source_event_id = gen_random_uuid() WHERE source_event_id IS NOT NULL AND card_id IS NULL",
    ),
    "cost-bills": (
        "UPDATE cost_bill SET amount_minor = amount_minor + 1",
        "UPDATE cost_bill SET kind = 'catering'",
        "UPDATE cost SET bill_id = NULL",
    ),
    "cost-corrections": (
        "UPDATE cost SET corrects = (SELECT id FROM cost c WHERE NOT EXISTS (SELECT FROM cost_reversal r "
        "WHERE r.cost_id = c.id) ORDER BY id LIMIT 1) WHERE corrects IS NOT NULL",
    ),
    "rate-cards": ("ALTER TABLE rate_card DROP CONSTRAINT rate_card_overlap; UPDATE rate_card SET valid_to = NULL",),
    "cost-recovery-paths": (
        "UPDATE cost SET by_ilo = NOT by_ilo WHERE by_ilo",
        "DELETE FROM cost_reversal",
        "UPDATE write_off_part SET tax_minor = 1",
        "UPDATE credit_note_part SET released_tax_minor = 1 WHERE released_minor > 0",
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
    "bank-balances": (
        "UPDATE bank_statement SET closing_minor = closing_minor + 1 WHERE serial = 2",
        "DELETE FROM bank_match WHERE kind = 'link'",
        "DELETE FROM ledger.posting USING ledger.entry e WHERE e.id = entry_id AND e.source_type = 'bank-line'",
    ),
    "bank-statements": (
        "UPDATE bank_line SET amount_minor = amount_minor + 1 WHERE state = 'posted'",
        "UPDATE bank_statement SET opening_minor = opening_minor + 1 WHERE serial = 2",
        "UPDATE bank_statement SET serial = 3 WHERE serial = 2",
    ),
    "bank-lines-booked": (
        "UPDATE bank_line SET state = 'posted' WHERE state = 'imported'",
        "UPDATE bank_match SET state = 'undone', undone_on = posted_on, undo_reason = 'x' WHERE kind = 'link'",
        "UPDATE bank_line SET amount_minor = amount_minor + 1",
    ),
    "suspense": (
        "UPDATE bank_line SET state = 'imported' WHERE state = 'posted'",
        "UPDATE payment_reversal SET undone_on = reversed_on",
    ),
    "payments-undone": (
        "UPDATE allocation SET amount_minor = 2 * amount_minor WHERE reverses_id IS NOT NULL",
        "UPDATE payment_refund SET amount_minor = 2 * amount_minor WHERE reverses_id IS NOT NULL",
        "INSERT INTO payment_reversal (id, programme, payment_id, reversed_on, reason) "
        "SELECT gen_random_uuid(), programme, payment_id, allocated_on, 'x' FROM allocation "
        "GROUP BY programme, payment_id, allocated_on HAVING sum(amount_minor) > 0",
    ),
    "one-event-per-fact": (
        "DELETE FROM payment_refund WHERE reverses_id IS NOT NULL",
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
    await _taxed(world)
    await _receivables(world, training)
    await world.cost("50.00", "venue", START, training)
    await world.cost("9.00", "venue", START, training, funding="in-kind")
    await _spend(world, firm, training, enrollment)
    for row in sorted(await world.all("/periods"), key=lambda row: str(row["starts_on"])):
        await world.done(f"/periods/{row['id']}/close", {})
    await world.done("/cost-recovery/measurements", {"as_of": str(START + 60 * DAY)})
    await world.done(
        "/cost-recovery/measurements",
        {"as_of": str(START + 60 * DAY), "window": {"kind": "year", "year": 2016}, "scope": {"module_group": "first"}},
    )
    target = {"phase": "II", "formula": "CR-2", "percent": "50", "source_note": "log-frame"}
    await world.done("/cost-recovery/targets", target)
    await _money_in(world, firm)


async def _money_in(world: World, firm: UUID) -> None:
    """A bank account with lines posted, linked and open; a refund undone, an allocation undone, a payment reversed."""
    on = START + 70 * DAY
    await open_account(world, on=on)
    hand = await world.pay("3.00", on, enterprise_id=firm)
    spent = await world.pay("4.00", on, enterprise_id=firm)
    first, second, _ = await took(world, [booked("3.00", on), booked("-1.00", on), booked("2.00", on)])
    await post_as(world, second, kind="bank-charge")
    assert (await post(world, (first, 0)))["posted"] == 1
    await took(world, [booked("8.00", on + DAY)], opening="4.00")
    back = {"reversed_on": str(on), "reason": "a mistake"}
    refund = {"amount": world.money("1.00"), "refunded_on": str(on), "method": "cash", "reason": "paid too much"}
    given = await world.done(f"/payments/{hand['id']}/refunds", refund)
    await world.done(f"/refunds/{given['id']}/reverse", back)
    owed = await world.issue(await world.invoice_of(await world.enroll(firm, await world.training(), on=on)), on)
    made = await world.allocate(spent, "1.00", on, invoice_id=owed["id"])
    await world.done(f"/allocations/{made['id']}/reverse", back)
    body = {"partner_id": str(world.partner), "received_on": str(on), "amount": world.money("50.00"), "method": "cash"}
    await world.done(f"/payments/{(await world.done('/payments', body))['id']}/reverse", back)


async def _taxed(world: World) -> None:
    """Make a taxed, discounted invoice in instalments, paid in part, earned; and one that is void."""
    rule = {"code": "IVA", "category": "S", "rate_pct": "13", "valid_from": "2014-01-01", "source_note": "made up"}
    await world.done("/tax-rules", rule)
    halves = [{"share_pct": "60", "due": "enrollment"}, {"share_pct": "40", "due": "completion"}]
    price = {"partner_id": str(world.partner), "module": "OSH", "valid_from": "2014-01-01", "tax_code": "IVA"}
    await world.done("/prices", {**price, "price": world.money("100.00"), "instalments": halves})
    firm, training = await world.enterprise(), await world.training("OSH")
    granted = {"partner_id": str(world.partner), "enterprise_id": str(firm), "module": "OSH", "kind": "percentage"}
    await world.done("/discounts", {**granted, "percent": "10", "granted_on": str(START), "reason": "pilot"})
    enrollment = await world.enroll(firm, training, module="OSH")
    first, _ = await world.all("/invoices", {"enrollment_id": enrollment})
    issued = await world.issue(first)
    paid = await world.pay("20.00", START + DAY, enterprise_id=firm)
    await world.allocate(paid, "20.00", START + DAY, invoice_id=issued["id"])
    await world.complete(enrollment, firm, training, START + DAY, "OSH")
    await world.endline(enrollment, firm, training, START + DAY)
    mistaken = await world.issue(await world.invoice_of(await world.enroll(await world.enterprise(), training)))
    void = {"voided_on": str(START), "reason": "a mistake", "rebill": True}
    await world.done(f"/invoices/{mistaken['id']}/void", void)


async def _receivables(world: World, training: UUID) -> None:
    """A credit in part with refund and offset, write-offs of which one is reversed, two reminders, an allowance."""
    given = await owing(world, training)
    await paid(world, given, "90.00", START + DAY)
    note = await credit(world, given, START + DAY, amount=world.money("40.00"))
    refund = {"refunded_on": str(START + DAY), "amount": world.money("15.00"), "reference": "transfer"}
    await world.done(f"/credit-notes/{note['id']}/refunds", refund)
    other = await owing(world, await world.training(), firm=given.firm, due=START)
    offset = {"offset_on": str(START + DAY), "amount": world.money("10.00"), "invoice_id": other.id}
    await world.done(f"/credit-notes/{note['id']}/offsets", offset)
    loss = {"invoice_id": other.id, "cause": "bad-debt", "written_on": str(START + DAY), "reason": "bankrupt"}
    kept, gone = [await world.done("/write-offs", {**loss, "amount": world.money(part)}) for part in ("5.00", "75.00")]
    await world.done(f"/write-offs/{gone['id']}/reverse", {"reversed_on": str(START + DAY), "reason": "not yet"})
    assert kept["amount"]["amount"] == "5.00"
    book = f"/books/{world.partner}"
    schedule = {"valid_from": str(START), "days_after_due": [7, 14], "minimum": world.money("0.00")}
    await world.done(f"{book}/reminder-schedules", schedule)
    for days in (7, 14):
        await world.done(f"{book}/reminder-runs", {"run_on": str(START + days * DAY)})
    rates = [{"age": "1-30", "rate_pct": "10"}]
    await world.done(f"{book}/allowances", {"as_of": str(START + 14 * DAY), "rates": rates, "reason": "review"})


async def _spend(world: World, firm: UUID, training: UUID, enrollment: UUID) -> None:
    """Cards, deliveries with and without them, a bill, payments, a prepayment, a correction, the ILO's part."""
    await card(world, "classroom-day", "5.00")
    await card(world, "classroom-day", "6.00", valid_from=str(START + 9 * DAY))
    await hold(world, training, START, 1, {firm: ("P1",)})
    await hold(world, training, START + 10 * DAY, 2, {firm: ("P1",)})
    await world.abort_visit(enrollment, firm, training, START + 11 * DAY, Money(700, "BOB"))
    await world.cost("3.00", "travel", START, training, funding="ilo-paid")
    await world.cost("2.00", "travel", START, training, funding="ilo-in-kind")
    wrong = await world.cost("4.00", "materials", START, training)
    right = {
        "training_id": str(training),
        "kind": "catering",
        "incurred_on": str(START),
        "amount": world.money("4.50"),
        "description": "lunch",
    }
    made = await world.done(f"/costs/{wrong['id']}/correct", {**taken_back(START + DAY), "cost": right})
    other = await world.training()
    bill = {
        "partner_id": str(world.partner),
        "kind": "venue",
        "incurred_on": str(START),
        "amount": world.money("7.01"),
        "description": "rooms",
        "supplier": "Hotel (demo)",
        "split_by": "equally",
        "trainings": [{"training_id": str(each)} for each in (training, other)],
    }
    costs = (await world.done("/bills", bill))["costs"]
    bounced = await pay_for(world, START + DAY, *costs)
    await reverse(world, "cost-payments", bounced, START + 2 * DAY)
    await pay_for(world, START + 2 * DAY, *costs, amount="1.00")
    prepaid = await prepay(world, START, "5.00")
    await pay_for(world, START + 2 * DAY, made, prepaid=prepaid)


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
