"""What was spent, and what was paid of it."""

from typing import Final

from services.billing.exports.documents import documents

SPENT: Final = (
    documents(
        "costs",
        "Costs",
        """
        cost_id text: id, as in the column source_id of the journal
        kind text: kind of cost
        is_direct flag: a training's own cost, not overhead
        is_in_kind flag: given in kind and valued
        by_ilo flag: paid or given by the ILO
        training_id text: the training; none for overhead
        incurred_on day: day it was incurred
        posted_on day: day of its entry; later where that day's period was closed
        amount money total: amount
        currency text: currency of the amounts
        description text: what for
        supplier text: who supplied it
        document_reference text: number of the supplier's paper
        given_by text: who gave it in kind
        valuation text: how a gift in kind was valued
        bill_id text: the bill it is a part of
        corrects text: the cost it replaces
        source_event_id text: the event that recorded it; none: by hand
        reversed_on day: day on which it was reversed
        reverse_reason text: why
        """,
        """
        SELECT c.id AS cost_id, c.kind, c.is_direct, c.is_in_kind, c.by_ilo, c.training_id, c.incurred_on, c.posted_on,
               c.amount_minor AS amount, c.currency, c.description, c.supplier, c.document_reference, c.given_by,
               c.valuation,
               c.bill_id, c.corrects, c.source_event_id, r.reversed_on, r.reason AS reverse_reason
        FROM cost c LEFT JOIN cost_reversal r ON r.cost_id = c.id
        WHERE c.partner_id = :book ORDER BY c.incurred_on, c.id
        """,
    ),
    documents(
        "bills",
        "Bills that were split into costs",
        """
        bill_id text: id of the bill
        kind text: kind of cost
        supplier text: who supplied it
        document_reference text: number of the supplier's paper
        document_on day: day on that paper
        incurred_on day: day it was incurred
        amount money total: amount
        currency text: currency of the amounts
        description text: what for
        split_by text: how it was split among trainings
        """,
        """
        SELECT b.id AS bill_id, b.kind, b.supplier, b.document_reference, b.document_on, b.incurred_on,
               b.amount_minor AS amount, b.currency, b.description, b.split_by
        FROM cost_bill b WHERE b.partner_id = :book ORDER BY b.incurred_on, b.id
        """,
    ),
    documents(
        "cost-payments",
        "Costs that were paid",
        """
        payment_id text: id, as in the column source_id of the journal
        paid_on day: day
        prepayment_id text: the prepayment it uses up; none: paid now
        method text: bank, cash or mobile-money
        reference text: what the bank statement says
        cost_id text: the cost
        amount money total: amount paid of that cost
        currency text: currency of the amounts
        reversed_on day: day on which the payment was reversed
        reverse_reason text: why
        """,
        """
        SELECT p.id AS payment_id, p.paid_on, p.prepayment_id, p.method, p.reference, t.cost_id,
               t.amount_minor AS amount,
               p.currency, r.reversed_on, r.reason AS reverse_reason
        FROM cost_payment p JOIN cost_payment_part t ON t.payment_id = p.id
        LEFT JOIN cost_payment_reversal r ON r.payment_id = p.id
        WHERE p.partner_id = :book ORDER BY p.paid_on, p.id, t.cost_id
        """,
    ),
    documents(
        "prepayments",
        "Money paid to suppliers in advance",
        """
        prepayment_id text: id, as in the column source_id of the journal
        paid_on day: day
        supplier text: to whom
        training_id text: for which training
        method text: bank, cash or mobile-money
        reference text: what the bank statement says
        amount money total: amount
        currency text: currency of the amounts
        reversed_on day: day on which it was reversed
        reverse_reason text: why
        """,
        """
        SELECT p.id AS prepayment_id, p.paid_on, p.supplier, p.training_id, p.method, p.reference,
               p.amount_minor AS amount,
               p.currency, r.reversed_on, r.reason AS reverse_reason
        FROM prepayment p LEFT JOIN prepayment_reversal r ON r.prepayment_id = p.id
        WHERE p.partner_id = :book ORDER BY p.paid_on, p.id
        """,
    ),
)
