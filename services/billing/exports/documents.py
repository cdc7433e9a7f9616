"""The documents of a book as tables: what was billed, credited, claimed, paid, set against what, and spent."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from services.billing.exports.book import Exported
from services.billing.exports.table import Amount, Cell, Column, Kind, Layout, Table

NUMBERED: Final = """
SELECT 'invoice' AS source_type, id, number FROM invoice
UNION ALL SELECT 'credit-note', id, number FROM credit_note
UNION ALL SELECT 'claim', id, number FROM claim
UNION ALL SELECT 'payment', id, nullif(reference, '') FROM payment
UNION ALL SELECT 'allocation', a.id, coalesce(i.number, k.number)
FROM allocation a LEFT JOIN invoice i ON i.id = a.invoice_id LEFT JOIN claim k ON k.id = a.claim_id
"""
"""What each source of an entry is known by: its own number, a payer's reference, or the number of what was paid."""


@dataclass(frozen=True, slots=True)
class Documents:
    """One kind of document: its columns, and the query that yields them by name; money comes with `currency`."""

    layout: Layout
    query: str

    def table(self, book: Exported) -> Table:
        """Return the documents of `book` as a table."""
        return Table(self.layout, book.facts, self._rows(book))

    async def _rows(self, book: Exported) -> AsyncIterator[Sequence[Cell]]:
        async for row in book.rows(self.query):
            yield [
                Amount(value, row.currency) if column.kind is Kind.MONEY and value is not None else value
                for column in self.layout.columns
                for value in (getattr(row, column.name),)
            ]


_KINDS: Final = {
    "text": Kind.TEXT,
    "day": Kind.DAY,
    "moment": Kind.MOMENT,
    "money": Kind.MONEY,
    "count": Kind.COUNT,
    "flag": Kind.FLAG,
}


def _documents(name: str, title: str, described: str, query: str) -> Documents:
    """Make one kind from lines `column kind: meaning`; `total` behind the kind adds the column up."""
    made = []
    for line in described.strip().splitlines():
        head, _, meaning = line.strip().partition(": ")
        column, kind, *total = head.split()
        made.append(Column(column, _KINDS[kind], meaning, bool(total)))
    return Documents(Layout(name, title, tuple(made)), query)


DOCUMENTS: Final = (
    _documents(
        "invoices",
        "Invoices and drafts",
        """
        invoice_id text: id, as in the column source_id of the journal
        number text: number given at issue; none for a draft
        state text: draft, issued, cancelled, credited or void
        enterprise_id text: whom it is for
        enterprise text: name on the day of issue, else today's
        tax_id text: tax id on the day of issue, else today's
        enrollment_id text: what it bills
        training_id text: the training of that enrollment
        module text: module of the training
        contracted_on day: day of the memo entry of what was contracted
        contract_ended_on day: day on which that was reversed
        end_reason text: why
        issued_on day: day of issue
        due_on day: last day to pay
        earned_on day: day on which the fee became income
        settled_on day: day on which nothing was open any more
        total money total: whole amount, all payers together
        currency text: currency of the amounts
        """,
        """
        SELECT i.id AS invoice_id, i.number, i.state, i.enterprise_id,
               coalesce(i.enterprise_name, f.name) AS enterprise, coalesce(i.enterprise_tax_id, f.tax_id) AS tax_id,
               i.enrollment_id, n.training_id, n.module,
               i.contracted_on, i.contract_ended_on, i.end_reason, i.issued_on, i.due_on, i.earned_on, i.settled_on,
               i.total_minor AS total, i.currency
        FROM invoice i JOIN enrollment n ON n.id = i.enrollment_id LEFT JOIN enterprise f ON f.id = i.enterprise_id
        WHERE i.partner_id = :book ORDER BY i.fiscal_year, i.serial, i.id
        """,
    ),
    _documents(
        "invoice-shares",
        "Shares of the payers of an invoice",
        """
        share_id text: id of the share
        invoice_id text: its invoice
        number text: number of the invoice
        payer_class text: F enterprise, P partner, G government, B lead buyer, D donor, I ILO
        agreement_id text: subsidy agreement that pays; none for the enterprise
        agreement text: code of that agreement
        amount money total: what this payer owes
        paid money total: what was set against it
        currency text: currency of the amounts
        """,
        """
        SELECT s.id AS share_id, s.invoice_id, i.number, s.payer_class, s.agreement_id, g.code AS agreement,
               s.amount_minor AS amount,
               (SELECT coalesce(sum(p.amount_minor), 0)::bigint FROM allocation_part p WHERE p.share_id = s.id) AS paid,
               i.currency
        FROM invoice_share s JOIN invoice i ON i.id = s.invoice_id LEFT JOIN agreement g ON g.id = s.agreement_id
        WHERE i.partner_id = :book ORDER BY i.fiscal_year, i.serial, i.id, s.payer_class <> 'F', g.code, s.id
        """,
    ),
    _documents(
        "credit-notes",
        "Credit notes",
        """
        note_id text: id, as in the column source_id of the journal
        number text: number of the credit note
        invoice_id text: the invoice it takes back
        invoice text: number of that invoice
        issued_on day: day of issue
        total money total: amount credited
        currency text: currency of the amounts
        reason text: why
        """,
        """
        SELECT c.id AS note_id, c.number, c.invoice_id, i.number AS invoice, c.issued_on, c.total_minor AS total,
               i.currency, c.reason
        FROM credit_note c JOIN invoice i ON i.id = c.invoice_id
        WHERE c.partner_id = :book ORDER BY c.fiscal_year, c.serial
        """,
    ),
    _documents(
        "agreements",
        "Subsidy agreements",
        """
        agreement_id text: id of the agreement
        code text: its code
        payer_class text: P partner's own funds, G government, B lead buyer, D donor, I ILO
        payer text: who pays
        state text: state of the agreement
        valid_from day: first day
        valid_to day: last day; none: open
        ceiling money: most it pays in all, other books of the programme included
        committed money: taken of that by live invoices, other books included
        currency text: currency of the amounts
        """,
        """
        SELECT g.id AS agreement_id, g.code, g.payer_class, g.payer_name AS payer, g.state, g.valid_from, g.valid_to,
               g.ceiling_minor AS ceiling, g.committed_minor AS committed, g.currency
        FROM agreement g JOIN partner o ON o.id = :book
        WHERE g.partner_id = :book OR (g.partner_id IS NULL AND g.programme = o.programme)
        ORDER BY g.code
        """,
    ),
    _documents(
        "claims",
        "Claims to funders",
        """
        claim_id text: id, as in the column source_id of the journal
        number text: number of the claim
        agreement_id text: whom it asks
        agreement text: code of that agreement
        state text: where the claim stands
        submitted_on day: day it was submitted
        decided_on day: day the funder decided
        submitted money total: amount asked for
        approved money total: amount approved
        paid money total: amount set against it
        currency text: currency of the amounts
        decision_reason text: why it was reduced or rejected
        """,
        """
        SELECT k.id AS claim_id, k.number, k.agreement_id, g.code AS agreement, k.state, k.submitted_on, k.decided_on,
               k.submitted_minor AS submitted, k.approved_minor AS approved,
               (SELECT coalesce(sum(a.amount_minor), 0)::bigint FROM allocation a WHERE a.claim_id = k.id) AS paid,
               g.currency, k.decision_reason
        FROM claim k JOIN agreement g ON g.id = k.agreement_id
        WHERE k.partner_id = :book ORDER BY k.fiscal_year, k.serial, k.id
        """,
    ),
    _documents(
        "claim-items",
        "Invoice shares in claims",
        """
        claim_id text: the claim
        claim text: its number
        share_id text: the share it asks for, or
        cost_id text: the cost it asks for
        invoice_id text: the invoice of that share
        invoice text: number of that invoice
        claimed money total: asked for
        approved money total: approved
        live flag: false once the claim was given up
        currency text: currency of the amounts
        """,
        """
        SELECT t.claim_id, k.number AS claim, t.share_id, t.cost_id, s.invoice_id, i.number AS invoice,
               t.claimed_minor AS claimed, t.approved_minor AS approved, t.is_live AS live, g.currency
        FROM claim_item t JOIN claim k ON k.id = t.claim_id JOIN agreement g ON g.id = k.agreement_id
        LEFT JOIN invoice_share s ON s.id = t.share_id LEFT JOIN invoice i ON i.id = s.invoice_id
        WHERE k.partner_id = :book AND t.item_set = k.item_set
        ORDER BY k.fiscal_year, k.serial, k.id, i.fiscal_year, i.serial, t.share_id, t.cost_id
        """,
    ),
    _documents(
        "payments",
        "Money received",
        """
        payment_id text: id, as in the column source_id of the journal
        received_on day: day the money came
        payer_class text: class of the payer
        enterprise_id text: the enterprise that paid
        agreement_id text: the funder that paid
        method text: bank, cash or mobile-money
        reference text: what the payer wrote
        amount money total: amount received
        allocated money total: of that, set against invoices and claims
        currency text: currency of the amounts
        """,
        """
        SELECT p.id AS payment_id, p.received_on, p.payer_class, p.enterprise_id, p.agreement_id, p.method, p.reference,
               p.amount_minor AS amount,
               (SELECT coalesce(sum(a.amount_minor), 0)::bigint FROM allocation a WHERE a.payment_id = p.id)
                   AS allocated,
               p.currency
        FROM payment p WHERE p.partner_id = :book ORDER BY p.received_on, p.id
        """,
    ),
    _documents(
        "allocations",
        "Money set against invoices and claims",
        """
        allocation_id text: id, as in the column source_id of the journal
        payment_id text: the money
        invoice_id text: the invoice it pays, or
        claim_id text: the claim it pays
        document text: number of that invoice or claim
        allocated_on day: day
        amount money total: amount
        currency text: currency of the amounts
        """,
        """
        SELECT a.id AS allocation_id, a.payment_id, a.invoice_id, a.claim_id, coalesce(i.number, k.number) AS document,
               a.allocated_on, a.amount_minor AS amount, p.currency
        FROM allocation a JOIN payment p ON p.id = a.payment_id
        LEFT JOIN invoice i ON i.id = a.invoice_id LEFT JOIN claim k ON k.id = a.claim_id
        WHERE p.partner_id = :book ORDER BY a.allocated_on, a.id
        """,
    ),
    _documents(
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
    _documents(
        "costs",
        "Costs",
        """
        cost_id text: id, as in the column source_id of the journal
        kind text: kind of cost
        is_direct flag: a training's own cost, not overhead
        is_in_kind flag: given in kind and valued
        training_id text: the training; none for overhead
        incurred_on day: day it was incurred
        posted_on day: day of its entry; later where that day's period was closed
        amount money total: amount
        currency text: currency of the amounts
        description text: what for
        source_event_id text: the event that recorded it; none: by hand
        """,
        """
        SELECT c.id AS cost_id, c.kind, c.is_direct, c.is_in_kind, c.training_id, c.incurred_on, c.posted_on,
               c.amount_minor AS amount, c.currency, c.description, c.source_event_id
        FROM cost c WHERE c.partner_id = :book ORDER BY c.incurred_on, c.id
        """,
    ),
    _documents(
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
    _documents(
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
            UNION ALL SELECT 'credit-note', fiscal_year, serial FROM credit_note WHERE partner_id = :book
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
"""Every kind, in the order of the audit file."""
