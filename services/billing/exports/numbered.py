"""Numbers: what each document is known by, the series they come from, and vouchers, which have none."""

from typing import Final

from services.billing.exports.documents import documents

NUMBERED: Final = """
SELECT 'invoice' AS source_type, id, number FROM invoice
UNION ALL SELECT 'credit-note', id, number FROM credit_note
UNION ALL SELECT 'claim', id, number FROM claim
UNION ALL SELECT 'credit-use', u.id, c.number FROM credit_use u JOIN credit_note c ON c.id = u.credit_note_id
UNION ALL SELECT 'write-off', w.id, coalesce(i.number, k.number)
FROM write_off w LEFT JOIN invoice i ON i.id = w.invoice_id LEFT JOIN claim k ON k.id = w.claim_id
UNION ALL SELECT 'cost', id, nullif(document_reference, '') FROM cost
UNION ALL SELECT 'cost-payment', id, nullif(reference, '') FROM cost_payment
UNION ALL SELECT 'prepayment', id, nullif(reference, '') FROM prepayment
UNION ALL SELECT 'bank-account', id, number FROM bank_account
UNION ALL SELECT 'bank-line', id, nullif(bank_reference, '') FROM bank_line
UNION ALL SELECT 'refund', r.id, nullif(p.reference, '')
FROM payment_refund r JOIN payment p ON p.id = r.payment_id
UNION ALL SELECT 'payment-reversal', r.id, nullif(p.reference, '')
FROM payment_reversal r JOIN payment p ON p.id = r.payment_id
UNION ALL SELECT 'payment', id, nullif(reference, '') FROM payment
UNION ALL SELECT 'allocation', a.id, coalesce(i.number, k.number)
FROM allocation a LEFT JOIN invoice i ON i.id = a.invoice_id LEFT JOIN claim k ON k.id = a.claim_id
"""
"""What each source of an entry is known by: its own number, a payer's reference, or the number of what was paid."""

NUMBERS: Final = (
    documents(
        "vouchers",
        "Entries by hand and closings of a year",
        """
        voucher_id text: id, as in the column source_id of the journal
        kind text: journal, opening or closing
        effective_on day: day of its entry
        fiscal_year count: the year that a closing closes
        written_by text: who
        reason text: why
        reversed_on day: day on which it was reversed
        reverse_reason text: why
        """,
        """
        SELECT v.id AS voucher_id, v.kind, v.effective_on, v.fiscal_year, v.written_by, v.reason, v.reversed_on,
               v.reverse_reason
        FROM voucher v WHERE v.partner_id = :book ORDER BY v.effective_on, v.id
        """,
    ),
    documents(
        "number-series",
        "Number series, with every number that is missing",
        """
        kind text: kind of document
        fiscal_year count: year of the series
        last_given count: last number the counter gave out
        documents count: documents that carry a number of the series
        first count: lowest number on a document
        last count: highest number on a document
        missing text: numbers from 1 to the last given that no document carries; empty: none
        statement text: "complete" or "GAP"
        """,
        """
        WITH numbered AS (
            SELECT 'invoice' AS kind, fiscal_year, serial FROM invoice WHERE partner_id = :book AND number IS NOT NULL
            UNION ALL SELECT 'credit-note', fiscal_year, serial FROM credit_note
            WHERE partner_id = :book AND number IS NOT NULL
            UNION ALL SELECT 'claim', fiscal_year, serial FROM claim
            WHERE partner_id = :book AND number IS NOT NULL
        ), counted AS (
            SELECT kind, fiscal_year, count(*) AS documents, min(serial) AS first, max(serial) AS last
            FROM numbered GROUP BY kind, fiscal_year
        ), series AS (
            SELECT kind, fiscal_year, last AS last_given FROM number_series WHERE partner_id = :book
        )
        SELECT kind, fiscal_year, coalesce(s.last_given, 0) AS last_given, coalesce(c.documents, 0) AS documents,
               c.first, c.last, gaps.missing,
               CASE WHEN gaps.missing IS NULL AND c.documents = s.last_given AND c.last = s.last_given
                    THEN 'complete' ELSE 'GAP' END AS statement
        FROM series s FULL JOIN counted c USING (kind, fiscal_year)
        CROSS JOIN LATERAL (
            SELECT string_agg(wanted.n::text, ' ' ORDER BY wanted.n) AS missing
            FROM generate_series(1, greatest(s.last_given, c.last)) AS wanted (n)
            WHERE NOT EXISTS (SELECT FROM numbered x
                              WHERE x.kind = coalesce(s.kind, c.kind)
                                AND x.fiscal_year = coalesce(s.fiscal_year, c.fiscal_year) AND x.serial = wanted.n)
        ) AS gaps
        ORDER BY kind, fiscal_year
        """,
    ),
)
