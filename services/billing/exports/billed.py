"""What was billed, taken back, written off and reminded of."""

from typing import Final

from services.billing.exports.documents import documents

BILLED: Final = (
    documents(
        "invoices",
        "Invoices and drafts",
        """
        invoice_id text: id, as in the column source_id of the journal
        number text: number given at issue; none for a draft
        state text: draft, issued, cancelled, credited or void
        instalment count: which instalment of the price it is
        instalments count: of how many
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
        voided_on day: day on which it was declared void; its number is kept
        price money: price before discount and tax
        discount money: discount or waiver
        tax money total: tax in the total
        tax_rate_bp count: rate of the tax in hundredths of a per cent
        tax_category text: category of the tax (EN 16931)
        total money total: whole amount, all payers together
        currency text: currency of the amounts
        document_sha256 text: digest of the document as it was frozen at issue
        """,
        """
        SELECT i.id AS invoice_id, i.number, i.state, i.instalment, i.instalments, i.enterprise_id,
               coalesce(i.enterprise_name, f.name) AS enterprise, coalesce(i.enterprise_tax_id, f.tax_id) AS tax_id,
               i.enrollment_id, n.training_id, n.module, i.contracted_on, i.contract_ended_on, i.end_reason,
               i.issued_on,
               i.due_on, i.earned_on, i.settled_on, i.voided_on, i.price_minor AS price, i.discount_minor AS discount,
               i.tax_minor AS tax, i.tax_rate_bp, i.tax_category, i.total_minor AS total, i.currency, i.document_sha256
        FROM invoice i JOIN enrollment n ON n.id = i.enrollment_id LEFT JOIN enterprise f ON f.id = i.enterprise_id
        WHERE i.partner_id = :book ORDER BY i.fiscal_year, i.serial, i.id
        """,
    ),
    documents(
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
        tax money total: tax in it
        paid money total: money that was set against it
        currency text: currency of the amounts
        """,
        """
        SELECT s.id AS share_id, s.invoice_id, i.number, s.payer_class, s.agreement_id, g.code AS agreement,
               s.amount_minor AS amount, s.tax_minor AS tax,
               (SELECT coalesce(sum(p.amount_minor), 0)::bigint FROM allocation_part p WHERE p.share_id = s.id) AS paid,
               i.currency
        FROM invoice_share s JOIN invoice i ON i.id = s.invoice_id LEFT JOIN agreement g ON g.id = s.agreement_id
        WHERE i.partner_id = :book ORDER BY i.fiscal_year, i.serial, i.id, s.payer_class <> 'F', g.code, s.id
        """,
    ),
    documents(
        "credit-notes",
        "Credit notes",
        """
        note_id text: id, as in the column source_id of the journal
        number text: number of the credit note; none for a draft
        kind text: credit, refund or offset
        state text: draft, issued, void or cancelled
        invoice_id text: the invoice it takes back from
        invoice text: number of that invoice
        issued_on day: day of issue
        total money total: amount credited
        currency text: currency of the amounts
        reason text: why
        ended_on day: day on which it was declared void or cancelled
        end_reason text: why
        """,
        """
        SELECT c.id AS note_id, c.number, c.kind, c.state, c.invoice_id, i.number AS invoice, c.issued_on,
               c.total_minor AS total, i.currency, c.reason, c.ended_on, c.end_reason
        FROM credit_note c JOIN invoice i ON i.id = c.invoice_id
        WHERE c.partner_id = :book ORDER BY c.fiscal_year, c.serial, c.id
        """,
    ),
    documents(
        "credit-note-parts",
        "What a credit note takes back of each payer",
        """
        note_id text: the credit note
        share_id text: the share it takes back from
        amount money total: amount credited
        tax money total: tax in it
        released money total: of that, already paid, so that it is the payer's again
        currency text: currency of the amounts
        """,
        """
        SELECT p.credit_note_id AS note_id, p.share_id, p.amount_minor AS amount, p.tax_minor AS tax,
               p.released_minor AS released, i.currency
        FROM credit_note_part p JOIN credit_note c ON c.id = p.credit_note_id JOIN invoice i ON i.id = c.invoice_id
        WHERE c.partner_id = :book ORDER BY c.fiscal_year, c.serial, c.id, p.share_id
        """,
    ),
    documents(
        "credit-uses",
        "What credit notes were used for",
        """
        use_id text: id, as in the column source_id of the journal
        note_id text: the credit note
        note text: its number
        kind text: refund or offset
        used_on day: day
        agreement_id text: whose money it was; none: the enterprise's
        method text: how a refund left
        reference text: what the bank statement says of a refund
        invoice_id text: the invoice that an offset pays, or
        claim_id text: the claim that an offset pays
        amount money total: amount
        currency text: currency of the amounts
        """,
        """
        SELECT u.id AS use_id, u.credit_note_id AS note_id, c.number AS note, u.kind, u.used_on, u.agreement_id,
               u.method,
               u.reference, u.invoice_id, u.claim_id, u.amount_minor AS amount, i.currency
        FROM credit_use u JOIN credit_note c ON c.id = u.credit_note_id JOIN invoice i ON i.id = c.invoice_id
        WHERE c.partner_id = :book ORDER BY u.used_on, u.id
        """,
    ),
    documents(
        "credit-use-parts",
        "Which invoice shares, or costs that a funder granted, an offset pays",
        """
        use_id text: the use of a credit note
        share_id text: the share it pays, or
        cost_id text: the cost it pays
        amount money total: amount
        currency text: currency of the amounts
        """,
        """
        SELECT p.credit_use_id AS use_id, p.share_id, p.cost_id, p.amount_minor AS amount, i.currency
        FROM credit_use_part p JOIN credit_use u ON u.id = p.credit_use_id
        JOIN credit_note c ON c.id = u.credit_note_id JOIN invoice i ON i.id = c.invoice_id
        WHERE c.partner_id = :book ORDER BY p.credit_use_id, p.share_id, p.cost_id
        """,
    ),
    documents(
        "write-offs",
        "What was given up",
        """
        write_off_id text: id, as in the column source_id of the journal
        written_on day: day
        cause text: why it may be given up
        invoice_id text: the invoice, or
        claim_id text: the claim
        amount money total: amount
        currency text: currency of the amounts
        reason text: why
        written_by text: who
        reversed_on day: day on which that was reversed
        reverse_reason text: why
        """,
        """
        SELECT w.id AS write_off_id, w.written_on, w.cause, w.invoice_id, w.claim_id, w.amount_minor AS amount,
               w.currency,
               w.reason, w.written_by, r.reversed_on, r.reason AS reverse_reason
        FROM write_off w LEFT JOIN write_off_reversal r ON r.write_off_id = w.id
        WHERE w.partner_id = :book ORDER BY w.written_on, w.id
        """,
    ),
    documents(
        "write-off-parts",
        "Which invoice shares, or costs that a funder granted, were given up",
        """
        write_off_id text: the write-off
        share_id text: the share, or
        cost_id text: the cost
        amount money total: amount
        tax money total: tax in it
        currency text: currency of the amounts
        """,
        """
        SELECT p.write_off_id, p.share_id, p.cost_id, p.amount_minor AS amount, p.tax_minor AS tax, w.currency
        FROM write_off_part p JOIN write_off w ON w.id = p.write_off_id
        WHERE w.partner_id = :book ORDER BY w.written_on, w.id, p.share_id, p.cost_id
        """,
    ),
    documents(
        "allowances",
        "Allowance for doubtful receivables",
        """
        allowance_id text: id, as in the column source_id of the journal
        as_of day: day of its entry
        target money: what the allowance should be
        booked money total: change that was booked to get there
        currency text: currency of the amounts
        reason text: why
        made_by text: who
        """,
        """
        SELECT a.id AS allowance_id, a.as_of, a.target_minor AS target, a.booked_minor AS booked, a.currency,
               a.reason, a.made_by
        FROM allowance a WHERE a.partner_id = :book ORDER BY a.as_of, a.id
        """,
    ),
    documents(
        "reminders",
        "Reminders",
        """
        reminder_id text: id of the reminder
        reminded_on day: day
        enterprise_id text: who was reminded
        level count: how urgent
        invoice_id text: invoice it names
        open money total: what was open on that invoice
        currency text: currency of the amounts
        """,
        """
        SELECT m.id AS reminder_id, m.reminded_on, m.enterprise_id, t.level, t.invoice_id, t.open_minor AS open,
               m.currency
        FROM reminder m JOIN reminder_item t ON t.reminder_id = m.id
        WHERE m.partner_id = :book ORDER BY m.reminded_on, m.id, t.invoice_id
        """,
    ),
)
