"""Money in: the ledger's bank accounts against statements, suspense against what nobody has explained."""

from typing import Final

from shared.database.checks import sql_check

_OPEN: Final = "l.state NOT IN ('posted', 'ignored')"

BANK_CHECKS: Final = (
    sql_check(
        "bank-balances",
        "a bank account in the ledger is the closing balance of its last statement plus what no statement has shown",
        """
        SELECT 'bank-account/' || a.id,
               format('ledger %s, bank %s, on no statement %s', coalesce(g.minor, 0), b.minor, coalesce(o.minor, 0))
        FROM bank_account a
        CROSS JOIN LATERAL (SELECT coalesce((
            SELECT closing_minor FROM bank_statement WHERE bank_account_id = a.id ORDER BY serial DESC LIMIT 1),
            a.opening_minor) AS minor) AS b
        LEFT JOIN (SELECT bank_account_id, sum(amount_minor) AS minor FROM bank_entry GROUP BY 1) AS g
            ON g.bank_account_id = a.id
        LEFT JOIN (SELECT bank_account_id, sum(amount_minor) AS minor FROM bank_outstanding('infinity') GROUP BY 1) AS o
            ON o.bank_account_id = a.id
        WHERE coalesce(g.minor, 0) <> b.minor + coalesce(o.minor, 0)
        UNION ALL
        SELECT 'bank-account/none/' || g.partner_id, format('ledger %s, on no statement %s', g.minor, o.minor)
        FROM (SELECT partner_id, currency, sum(amount_minor) AS minor FROM bank_entry WHERE bank_account_id IS NULL
              GROUP BY 1, 2) AS g
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS minor FROM bank_outstanding('infinity') x
                            WHERE x.bank_account_id IS NULL AND x.partner_id = g.partner_id
                              AND x.currency = g.currency) AS o
        WHERE g.minor <> o.minor
        """,
    ),
    sql_check(
        "bank-statements",
        "statements of an account follow on each other, and their lines lead from opening to closing",
        """
        SELECT 'statement/' || s.id, format('%s: from %s, lines %s, to %s', s.serial, s.opening_minor,
                                            coalesce(sum(l.amount_minor), 0), s.closing_minor)
        FROM bank_statement s LEFT JOIN bank_line l ON l.statement_id = s.id
        GROUP BY s.id HAVING s.opening_minor + coalesce(sum(l.amount_minor), 0) <> s.closing_minor
        UNION ALL
        SELECT 'statement/' || s.id, format('%s begins with %s, the one before ended with %s', s.serial,
                                            s.opening_minor, coalesce(b.closing_minor, a.opening_minor))
        FROM bank_statement s JOIN bank_account a ON a.id = s.bank_account_id
        LEFT JOIN bank_statement b ON b.bank_account_id = s.bank_account_id AND b.serial = s.serial - 1
        WHERE s.opening_minor <> coalesce(b.closing_minor, a.opening_minor) OR (b.id IS NULL) <> (s.serial = 1)
        UNION ALL
        SELECT 'bank-line/' || l.id, format('is of account %s, its statement of %s', l.bank_account_id,
                                            s.bank_account_id)
        FROM bank_line l JOIN bank_statement s ON s.id = l.statement_id WHERE s.bank_account_id <> l.bank_account_id
        """,
    ),
    sql_check(
        "bank-lines-booked",
        "every bank line moves its account once: by an entry of its own, or by the one it was linked to",
        """
        SELECT 'bank-line/' || l.id, format('is %s of %s, booked %s times with %s', l.state, l.amount_minor,
                                            count(b.uid), coalesce(sum(b.amount_minor), 0))
        FROM bank_line l
        LEFT JOIN bank_entry b ON b.bank_account_id = l.bank_account_id AND b.reverses_uid IS NULL
             AND (b.source_type = 'bank-line' AND b.source_id = l.id AND b.reversed_on IS NULL
                  OR b.line_id = l.id
                  OR b.source_type = 'bank-match' AND b.reversed_on IS NULL
                     AND b.source_id IN (SELECT m.id FROM bank_match m WHERE m.line_id = l.id AND m.state = 'posted'))
        GROUP BY l.id HAVING count(b.uid) <> 1 OR sum(b.amount_minor) <> l.amount_minor
        UNION ALL
        SELECT 'bank-line/' || l.id, format('is %s, its matches are %s', l.state, coalesce(m.states, 'none'))
        FROM bank_line l
        CROSS JOIN LATERAL (SELECT string_agg(state, ',') AS states FROM bank_match
                            WHERE line_id = l.id AND state <> 'undone') AS m
        WHERE m.states IS DISTINCT FROM CASE l.state WHEN 'matched' THEN 'chosen' WHEN 'posted' THEN 'posted'
                                                     WHEN 'ignored' THEN 'posted' END
        """,
    ),
    sql_check(
        "suspense",
        "suspense is the bank lines that nobody has explained and the payments that nobody has identified",
        f"""
        WITH unexplained AS (
            SELECT l.partner_id, l.currency, l.amount_minor AS minor FROM bank_line l WHERE {_OPEN}
            UNION ALL
            SELECT p.partner_id, p.currency, p.amount_minor FROM payment p
            WHERE p.payer_class IS NULL
              AND NOT EXISTS (SELECT FROM payment_reversal r WHERE r.payment_id = p.id AND r.undone_on IS NULL)
        ), booked AS (
            SELECT a.book_id AS partner_id, a.currency, -p.amount_minor AS minor
            FROM ledger.account a JOIN ledger.posting p ON p.account_id = a.id
            WHERE a.code = '2120'
        ), both_ways AS (
            SELECT partner_id, currency, minor AS said, 0 AS ledger FROM unexplained
            UNION ALL SELECT partner_id, currency, 0, minor FROM booked
        )
        SELECT 'account/2120/' || partner_id, format('ledger has %s %s, unexplained are %s', sum(ledger), currency,
                                                     sum(said))
        FROM both_ways GROUP BY partner_id, currency HAVING sum(said) <> sum(ledger)
        """,  # noqa: S608 - our own text
    ),
    sql_check(
        "payments-undone",
        "what undoes an allocation or a refund is its opposite; a payment that was reversed pays nothing",
        """
        SELECT 'allocation/' || u.id, format('%s undoes %s of %s', u.amount_minor, o.id, o.amount_minor)
        FROM allocation u JOIN allocation o ON o.id = u.reverses_id
        WHERE u.amount_minor <> -o.amount_minor OR u.payment_id <> o.payment_id
           OR u.invoice_id IS DISTINCT FROM o.invoice_id OR u.claim_id IS DISTINCT FROM o.claim_id
        UNION ALL
        SELECT 'refund/' || u.id, format('%s undoes %s of %s', u.amount_minor, o.id, o.amount_minor)
        FROM payment_refund u JOIN payment_refund o ON o.id = u.reverses_id
        WHERE u.amount_minor <> -o.amount_minor OR u.payment_id <> o.payment_id
        UNION ALL
        SELECT 'payment/' || p.id, format('is reversed, %s of it allocated, %s refunded', a.minor, f.minor)
        FROM payment p
        JOIN payment_reversal r ON r.payment_id = p.id AND r.undone_on IS NULL
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS minor FROM allocation WHERE payment_id = p.id) AS a
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS minor FROM payment_refund
                            WHERE payment_id = p.id) AS f
        WHERE a.minor <> 0 OR f.minor <> 0
        """,
    ),
)
