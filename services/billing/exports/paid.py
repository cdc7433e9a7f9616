"""Money that came, and what it was set against."""

from typing import Final

from services.billing.exports.documents import documents

PAID: Final = (
    documents(
        "payments",
        "Money received",
        """
        payment_id text: id, as in the column source_id of the journal
        received_on day: day the money came
        identified_on day: day it was known whose it is; none: in suspense
        payer_class text: class of the payer
        enterprise_id text: the enterprise that paid
        agreement_id text: the funder that paid
        method text: bank, cash or mobile-money
        reference text: what the payer wrote
        bank_account_id text: the bank account it came to
        bank_line_id text: the line of a bank statement it came with
        amount money total: amount received
        allocated money total: of that, set against invoices and claims
        currency text: currency of the amounts
        """,
        """
        SELECT p.id AS payment_id, p.received_on, p.identified_on, p.payer_class, p.enterprise_id, p.agreement_id,
               p.method, p.reference, p.bank_account_id, p.bank_line_id, p.amount_minor AS amount,
               (SELECT coalesce(sum(a.amount_minor), 0)::bigint FROM allocation a WHERE a.payment_id = p.id)
                   AS allocated,
               p.currency
        FROM payment p WHERE p.partner_id = :book ORDER BY p.received_on, p.id
        """,
    ),
    documents(
        "refunds",
        "Payments given back",
        """
        refund_id text: id, as in the column source_id of the journal
        payment_id text: the payment
        refunded_on day: day
        method text: bank, cash or mobile-money
        bank_account_id text: the bank account it left
        bank_line_id text: the line of a bank statement it left with
        amount money total: amount; negative: a refund taken back
        currency text: currency of the amounts
        reason text: why
        reverses text: the refund that is taken back
        """,
        """
        SELECT r.id AS refund_id, r.payment_id, r.refunded_on, r.method, r.bank_account_id, r.bank_line_id,
               r.amount_minor AS amount, p.currency, r.reason, r.reverses_id AS reverses
        FROM payment_refund r JOIN payment p ON p.id = r.payment_id
        WHERE p.partner_id = :book ORDER BY r.refunded_on, r.id
        """,
    ),
    documents(
        "payment-reversals",
        "Payments that bounced or were recorded by mistake",
        """
        reversal_id text: id, as in the column source_id of the journal
        payment_id text: the payment
        reversed_on day: day
        bank_line_id text: the line of a bank statement with which it bounced
        reason text: why
        undone_on day: day on which that was undone
        """,
        """
        SELECT r.id AS reversal_id, r.payment_id, r.reversed_on, r.bank_line_id, r.reason, r.undone_on
        FROM payment_reversal r JOIN payment p ON p.id = r.payment_id
        WHERE p.partner_id = :book ORDER BY r.reversed_on, r.id
        """,
    ),
    documents(
        "allocations",
        "Money set against invoices and claims",
        """
        allocation_id text: id, as in the column source_id of the journal
        payment_id text: the money
        invoice_id text: the invoice it pays, or
        claim_id text: the claim it pays
        document text: number of that invoice or claim
        allocated_on day: day
        amount money total: amount; negative: taken back
        currency text: currency of the amounts
        reverses text: the allocation that is taken back
        reason text: why
        """,
        """
        SELECT a.id AS allocation_id, a.payment_id, a.invoice_id, a.claim_id, coalesce(i.number, k.number) AS document,
               a.allocated_on, a.amount_minor AS amount, p.currency, a.reverses_id AS reverses, a.reason
        FROM allocation a JOIN payment p ON p.id = a.payment_id
        LEFT JOIN invoice i ON i.id = a.invoice_id LEFT JOIN claim k ON k.id = a.claim_id
        WHERE p.partner_id = :book ORDER BY a.allocated_on, a.id
        """,
    ),
    documents(
        "allocation-parts",
        "Which invoice shares, or costs that a funder granted, an allocation pays",
        """
        allocation_id text: the allocation
        share_id text: the share it pays, or
        cost_id text: the cost it pays
        invoice_id text: the invoice of that share
        amount money total: amount
        currency text: currency of the amounts
        """,
        """
        SELECT t.allocation_id, t.share_id, t.cost_id, s.invoice_id, t.amount_minor AS amount, p.currency
        FROM allocation_part t JOIN allocation a ON a.id = t.allocation_id JOIN payment p ON p.id = a.payment_id
        LEFT JOIN invoice_share s ON s.id = t.share_id
        WHERE p.partner_id = :book ORDER BY t.allocation_id, t.share_id, t.cost_id
        """,
    ),
)
