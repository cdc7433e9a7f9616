"""What the banks said, and what became of each of their lines."""

from typing import Final

from services.billing.exports.documents import documents

BANKED: Final = (
    documents(
        "bank-accounts",
        "Bank accounts",
        """
        bank_account_id text: id, as in the column party_id of accounts.csv
        name text: what it is called
        number text: IBAN or number
        country text: country of the bank
        opened_on day: first day kept in the book
        closed_on day: day it was closed
        opening money: balance at the beginning of the first day
        currency text: currency of the amounts
        """,
        """
        SELECT b.id AS bank_account_id, b.name, b.number, b.country, b.opened_on, b.closed_on,
               b.opening_minor AS opening, b.currency
        FROM bank_account b WHERE b.partner_id = :book ORDER BY b.number
        """,
    ),
    documents(
        "bank-statements",
        "Bank statements that were imported",
        """
        statement_id text: id of the statement
        bank_account_id text: the account
        serial count: its number in the order of the account
        identifier text: what the bank calls it
        from_on day: first day
        to_on day: last day
        opening money: opening balance, as the bank says
        closing money: closing balance, as the bank says
        currency text: currency of the amounts
        file_name text: the file it came in
        file_sha256 text: digest of that file
        confirmed_at moment: when it was taken in
        gap_reason text: why it does not begin where the one before ended
        """,
        """
        SELECT s.id AS statement_id, s.bank_account_id, s.serial, s.identifier, s.from_on, s.to_on,
               s.opening_minor AS opening, s.closing_minor AS closing, b.currency, i.file_name,
               encode(sha256(i.content), 'hex') AS file_sha256, i.confirmed_at, i.gap_reason
        FROM bank_statement s JOIN bank_account b ON b.id = s.bank_account_id JOIN bank_import i ON i.id = s.import_id
        WHERE b.partner_id = :book ORDER BY b.number, s.serial
        """,
    ),
    documents(
        "bank-lines",
        "Lines of bank statements",
        """
        line_id text: id, as in the column source_id of the journal
        statement_id text: the statement
        row_number count: its place in the statement
        booked_on day: day the bank booked it
        value_on day: day from which it counts for interest
        amount money total: what came in; negative: what went out
        currency text: currency of the amounts
        bank_reference text: the bank's reference
        reference text: what the payer wrote
        party text: the other side's name
        party_account text: the other side's account
        is_gap flag: no line of the bank's but what is missing between two statements
        state text: imported, suggested, matched, posted or ignored
        ignore_reason text: why it is not in the book
        """,
        """
        SELECT l.id AS line_id, l.statement_id, l.row_number, l.booked_on, l.value_on, l.amount_minor AS amount,
               l.currency, l.bank_reference, l.reference, l.party_name AS party, l.party_account, l.is_gap, l.state,
               l.ignore_reason
        FROM bank_line l JOIN bank_statement s ON s.id = l.statement_id
        WHERE l.partner_id = :book ORDER BY l.bank_account_id, s.serial, l.row_number, l.id
        """,
    ),
    documents(
        "bank-matches",
        "What lines of bank statements turned out to be",
        """
        match_id text: id, as in the column source_id of the journal
        line_id text: the line
        kind text: payment, link, refund, bounce, bank-charge, transfer or ignore
        state text: chosen, posted or undone
        payment_id text: the payment it became or belongs to
        entry text: the entry in the book that was this movement already
        counter_line_id text: the other line of a transfer
        posted_on day: day it was posted
        undone_on day: day it was undone
        undo_reason text: why
        """,
        """
        SELECT m.id AS match_id, m.line_id, m.kind, m.state, m.payment_id, m.entry_uid AS entry, m.counter_line_id,
               m.posted_on, m.undone_on, m.undo_reason
        FROM bank_match m JOIN bank_line l ON l.id = m.line_id
        WHERE l.partner_id = :book ORDER BY l.booked_on, l.id, m.id
        """,
    ),
)
