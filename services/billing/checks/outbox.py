"""One event for every fact, and none without."""

from typing import Final

from shared.database.checks import sql_check

_FACTS: Final = (
    ("billing.invoice-issued.v1", "SELECT id FROM invoice WHERE number IS NOT NULL"),
    ("billing.invoice-voided.v1", "SELECT id FROM invoice WHERE state = 'void'"),
    (
        "billing.invoice-settled.v1",
        "SELECT id FROM invoice WHERE settled_on IS NOT NULL UNION ALL SELECT invoice_id FROM invoice_reopening",
    ),
    ("billing.invoice-reopened.v1", "SELECT invoice_id FROM invoice_reopening"),
    ("billing.credit-note-issued.v1", "SELECT id FROM credit_note WHERE number IS NOT NULL"),
    ("billing.credit-note-voided.v1", "SELECT id FROM credit_note WHERE state = 'void'"),
    ("billing.credit-refunded.v1", "SELECT credit_note_id FROM credit_use WHERE kind = 'refund'"),
    ("billing.credit-offset.v1", "SELECT credit_note_id FROM credit_use WHERE kind = 'offset'"),
    ("billing.debt-written-off.v1", "SELECT id FROM write_off"),
    ("billing.write-off-reversed.v1", "SELECT write_off_id FROM write_off_reversal"),
    ("billing.reminder-issued.v1", "SELECT id FROM reminder"),
    ("billing.payment-received.v1", "SELECT id FROM payment WHERE payer_class IS NOT NULL"),
    ("billing.payment-identified.v1", "SELECT id FROM payment WHERE identified_late"),
    ("billing.payment-allocated.v1", "SELECT payment_id FROM allocation WHERE reverses_id IS NULL"),
    ("billing.allocation-reversed.v1", "SELECT payment_id FROM allocation WHERE reverses_id IS NOT NULL"),
    ("billing.payment-refunded.v1", "SELECT payment_id FROM payment_refund WHERE reverses_id IS NULL"),
    ("billing.refund-reversed.v1", "SELECT payment_id FROM payment_refund WHERE reverses_id IS NOT NULL"),
    ("billing.payment-reversed.v1", "SELECT payment_id FROM payment_reversal"),
    ("billing.payment-reinstated.v1", "SELECT payment_id FROM payment_reversal WHERE undone_on IS NOT NULL"),
    ("billing.statement-imported.v1", "SELECT bank_account_id FROM bank_statement"),
    ("billing.cost-recorded.v1", "SELECT id FROM cost"),
    ("billing.cost-reversed.v1", "SELECT cost_id FROM cost_reversal"),
    ("billing.subsidy-agreement-changed.v1", "SELECT agreement_id FROM agreement_step"),
    ("billing.subsidy-claim-submitted.v1", "SELECT claim_id FROM claim_submission"),
    ("billing.subsidy-claim-approved.v1", "SELECT id FROM claim WHERE state IN ('approved', 'closed')"),
    *(
        (f"billing.subsidy-claim-{step}.v1", f"SELECT claim_id FROM claim_step WHERE step = '{step}'")  # noqa: S608 - our own text
        for step in ("returned", "rejected", "reduced", "withdrawn", "closed", "reopened")
    ),
    ("billing.pledge-recorded.v1", "SELECT id FROM pledge"),
    ("billing.pledge-contracted.v1", "SELECT pledge_id FROM pledge_contract"),
    ("billing.pledge-ended.v1", "SELECT id FROM pledge WHERE ended_on IS NOT NULL"),
    ("billing.period-closed.v1", "SELECT period_id FROM ledger.period_step WHERE action = 'close'"),
    ("billing.period-reopened.v1", "SELECT period_id FROM ledger.period_step WHERE action = 'reopen'"),
    ("billing.ledger-sealed.v1", "SELECT book_id FROM ledger.seal"),
    (
        "billing.cost-recovery-measured.v1",
        "SELECT p.id FROM cost_recovery_measurement m JOIN programme p USING (programme) "
        "WHERE m.window_kind = 'cumulative' AND m.scope = '{}'",
    ),
    (
        "billing.cost-recovery-cut-measured.v1",
        "SELECT p.id FROM cost_recovery_measurement m JOIN programme p USING (programme) "
        "WHERE m.window_kind <> 'cumulative' OR m.scope <> '{}'",
    ),
    ("billing.self-sufficiency-reached.v1", "SELECT p.id FROM self_sufficiency JOIN programme p USING (programme)"),
)
"""Event type, and the aggregate ids of the facts it must have been said of, once per row."""


def _compare(event_type: str, facts: str) -> str:
    return f"""
    SELECT '{event_type}/' || coalesce(f.id, o.aggregate_id),
           format('%s facts, %s events', coalesce(f.n, 0), coalesce(o.n, 0))
    FROM (SELECT fact.id, count(*) AS n FROM ({facts}) AS fact (id) GROUP BY fact.id) AS f
    FULL JOIN (SELECT aggregate_id, count(*) AS n FROM outbox WHERE event_type = '{event_type}' GROUP BY aggregate_id)
        AS o ON o.aggregate_id = f.id
    WHERE coalesce(f.n, 0) <> coalesce(o.n, 0)
    """  # noqa: S608 - our own text


OUTBOX_CHECKS: Final = (
    sql_check(
        "one-event-per-fact",
        "every document and measurement was published once, and nothing was published without one",
        " UNION ALL ".join(_compare(event_type, facts) for event_type, facts in _FACTS),
    ),
)
