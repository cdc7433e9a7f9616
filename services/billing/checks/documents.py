"""Documents against the ledger and against each other (reference: I8 to I11)."""

from typing import Final

from shared.database.checks import sql_check

_BALANCES: Final = """
    SELECT a.book_id, a.code, coalesce(a.enterprise_id, a.agreement_id) AS party, sum(p.amount_minor) AS minor
    FROM ledger.account a JOIN ledger.posting p ON p.account_id = a.id
    GROUP BY a.book_id, a.code, coalesce(a.enterprise_id, a.agreement_id)
"""
"""What the ledger says is on each sub-account."""

_EXPECTED: Final = """
    SELECT i.partner_id, s.invoice_id, s.payer_class, coalesce(s.agreement_id, i.enterprise_id) AS party,
           s.amount_minor, i.state, i.earned_on,
           coalesce((SELECT sum(p.amount_minor) FROM allocation_part p WHERE p.share_id = s.id), 0) AS paid,
           coalesce(c.claimed_minor - c.approved_minor, 0) AS reduced, coalesce(c.approved_minor, 0) AS approved
    FROM invoice i JOIN invoice_share s ON s.invoice_id = i.id
    LEFT JOIN claim_item c ON c.share_id = s.id AND c.is_live
"""
"""What documents say of each share."""


def _compare(code: str, expected: str) -> str:
    # Rows (partner_id, party, minor) of `expected` against the ledger's balance of `code`, debit positive.
    return f"""
    SELECT 'account/{code}/' || coalesce(l.book_id, d.partner_id) || '/' || coalesce(l.party, d.party),
           format('ledger has %s, documents say %s', coalesce(l.minor, 0), coalesce(d.minor, 0))
    FROM (SELECT * FROM ({_BALANCES}) AS b WHERE code = '{code}') AS l
    FULL JOIN ({expected}) AS d ON d.partner_id = l.book_id AND d.party = l.party
    WHERE coalesce(l.minor, 0) <> coalesce(d.minor, 0)
    """  # noqa: S608 - our own text


def _sum(expression: str, condition: str) -> str:
    return f"""
    SELECT partner_id, party, sum({expression}) AS minor FROM ({_EXPECTED}) AS e WHERE {condition}
    GROUP BY partner_id, party
    """  # noqa: S608 - our own text


_FUNDED: Final = """
    SELECT c.partner_id, k.agreement_id AS party, sum(i.approved_minor) AS granted,
           sum(i.approved_minor + i.reduced_minor) AS contracted,
           sum(coalesce((SELECT sum(p.amount_minor) FROM allocation_part p JOIN allocation a ON a.id = p.allocation_id
                         WHERE p.cost_id = i.cost_id AND a.claim_id = k.id), 0)) AS paid
    FROM claim_item i JOIN claim k ON k.id = i.claim_id AND k.state IN ('approved', 'closed')
    JOIN cost c ON c.id = i.cost_id
    WHERE i.is_live GROUP BY c.partner_id, k.agreement_id
"""
"""What documents say of costs that a funder granted."""


def _with_funded(shares: str, funded: str) -> str:
    return f"""
    SELECT partner_id, party, sum(minor) AS minor FROM (
        {shares} UNION ALL SELECT partner_id, party, {funded} FROM ({_FUNDED}) AS f) AS both_ways
    GROUP BY partner_id, party
    """  # noqa: S608 - our own text


_PAYMENTS: Final = """
    SELECT p.partner_id, coalesce(p.enterprise_id, p.agreement_id) AS party,
           sum(coalesce((SELECT sum(a.amount_minor) FROM allocation a WHERE a.payment_id = p.id), 0)
               - p.amount_minor) AS minor
    FROM payment p GROUP BY p.partner_id, coalesce(p.enterprise_id, p.agreement_id)
"""

DOCUMENT_CHECKS: Final = (
    sql_check(
        "receivable-of-enterprise",
        "what an enterprise owes in the ledger is issued less allocated less credited (I8)",
        _compare("1110", _sum("amount_minor - paid", "payer_class = 'F' AND state = 'issued'")),
    ),
    sql_check(
        "receivable-of-agreement",
        "what a funder owes in the ledger is issued, or granted of costs, less reduced, allocated and credited (I8)",
        _compare(
            "1120",
            _with_funded(
                _sum("amount_minor - reduced - paid", "payer_class <> 'F' AND state = 'issued'"), "granted - paid"
            ),
        ),
    ),
    sql_check(
        "deferred-fees",
        "deferred fees are those issued and not yet earned",
        _compare("2130", _sum("-amount_minor", "payer_class = 'F' AND state = 'issued' AND earned_on IS NULL")),
    ),
    sql_check(
        "deferred-subsidies",
        "deferred subsidies are those issued and not yet decided on",
        _compare("2140", _sum("reduced + approved - amount_minor", "payer_class <> 'F' AND state = 'issued'")),
    ),
    sql_check(
        "unapplied-cash",
        "a payer's credit is what it paid less what was allocated (I9)",
        _compare("2110", _PAYMENTS),
    ),
    sql_check(
        "contracted-memo",
        "the memo accounts hold what drafts, invoices and approvals of costs contract",
        _compare("9110", _with_funded(_sum("amount_minor", "state IN ('draft', 'issued')"), "contracted")),
    ),
    sql_check(
        "allocations-within-bounds",
        "no payment is allocated beyond its amount, no share paid beyond what is owed (I9)",
        """
        SELECT 'payment/' || p.id, format('brought %s, %s is allocated', p.amount_minor, sum(a.amount_minor))
        FROM payment p JOIN allocation a ON a.payment_id = p.id
        GROUP BY p.id HAVING sum(a.amount_minor) > p.amount_minor
        UNION ALL
        SELECT 'allocation/' || a.id, format('is %s, its parts %s', a.amount_minor, coalesce(sum(p.amount_minor), 0))
        FROM allocation a LEFT JOIN allocation_part p ON p.allocation_id = a.id
        GROUP BY a.id HAVING a.amount_minor <> coalesce(sum(p.amount_minor), 0)
        UNION ALL
        SELECT 'share/' || owed.id, format('owes %s, got %s', owed.minor, sum(p.amount_minor))
        FROM (SELECT s.id,
                     CASE s.payer_class WHEN 'F' THEN s.amount_minor ELSE coalesce(c.approved_minor, 0) END AS minor
              FROM invoice_share s LEFT JOIN claim_item c ON c.share_id = s.id AND c.is_live) AS owed
        JOIN allocation_part p ON p.share_id = owed.id
        GROUP BY owed.id, owed.minor HAVING sum(p.amount_minor) > owed.minor
        """,
    ),
    sql_check(
        "number-series",
        "numbers are 1 to n without a gap per book, kind and year (I11)",
        """
        WITH numbered AS (
            SELECT partner_id, 'invoice' AS kind, fiscal_year, serial FROM invoice WHERE number IS NOT NULL
            UNION ALL SELECT partner_id, 'credit-note', fiscal_year, serial FROM credit_note
            UNION ALL SELECT partner_id, 'claim', fiscal_year, serial FROM claim WHERE number IS NOT NULL
        ), counted AS (
            SELECT partner_id, kind, fiscal_year, count(*) AS documents, min(serial) AS first, max(serial) AS last
            FROM numbered GROUP BY partner_id, kind, fiscal_year
        )
        SELECT 'series/' || coalesce(c.partner_id, s.partner_id) || '/' || coalesce(c.kind, s.kind) || '/'
                         || coalesce(c.fiscal_year, s.fiscal_year),
               format('%s documents from %s to %s, the counter says %s', c.documents, c.first, c.last, s.last)
        FROM counted c FULL JOIN number_series s USING (partner_id, kind, fiscal_year)
        WHERE c.first IS DISTINCT FROM 1 OR c.documents IS DISTINCT FROM c.last OR c.last IS DISTINCT FROM s.last
        """,
    ),
    sql_check(
        "invoice-shares",
        "the shares of every invoice make its total, and its enterprise's share is among them",
        """
        SELECT 'invoice/' || i.id, format('total %s, shares %s', i.total_minor, coalesce(sum(s.amount_minor), 0))
        FROM invoice i LEFT JOIN invoice_share s ON s.invoice_id = i.id
        GROUP BY i.id
        HAVING coalesce(sum(s.amount_minor), 0) <> i.total_minor OR count(*) FILTER (WHERE s.payer_class = 'F') <> 1
        """,
    ),
    sql_check(
        "invoice-settlement",
        "an invoice is settled exactly when nothing of the enterprise's share is open",
        f"""
        SELECT 'invoice/' || i.id, format('open %s, settled on %s', e.amount_minor - e.paid, i.settled_on)
        FROM invoice i JOIN ({_EXPECTED}) AS e ON e.invoice_id = i.id AND e.payer_class = 'F'
        WHERE i.number IS NOT NULL
          AND (i.settled_on IS NOT NULL) <> (e.amount_minor = e.paid OR i.state = 'credited')
        """,  # noqa: S608 - our own text
    ),
    sql_check(
        "income-earned",
        "a fee is earned exactly when its invoice is issued, its module completed and its endline assessed",
        """
        SELECT 'invoice/' || i.id, format('earned on %s, completed on %s, endline on %s', i.earned_on, n.completed_on,
                                          n.endline_on)
        FROM invoice i JOIN enrollment n ON n.id = i.enrollment_id
        WHERE i.state = 'issued' AND (i.earned_on IS NULL) <> (n.completed_on IS NULL OR n.endline_on IS NULL)
        """,
    ),
    sql_check(
        "enrollment-billed",
        "every enrollment has an invoice or a draft, unless it was withdrawn or there is no price for its day",
        """
        SELECT 'enrollment/' || n.id, format('has no invoice though price %s covers %s', p.id, n.enrolled_on)
        FROM enrollment n
        JOIN price p ON p.partner_id = n.partner_id AND p.module = n.module
             AND n.enrolled_on BETWEEN p.valid_from AND coalesce(p.valid_to, 'infinity')
        WHERE n.withdrawn_on IS NULL AND NOT EXISTS (SELECT FROM invoice i WHERE i.enrollment_id = n.id)
        UNION ALL
        SELECT 'enrollment/' || n.id, format('was withdrawn on %s and still has draft %s', n.withdrawn_on, i.id)
        FROM enrollment n JOIN invoice i ON i.enrollment_id = n.id
        WHERE n.withdrawn_on IS NOT NULL AND i.state = 'draft'
        """,
    ),
)
