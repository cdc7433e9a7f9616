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
           s.amount_minor, i.state, i.earned_on, coalesce(p.open_minor, 0) AS open,
           coalesce(p.reduced_minor, 0) AS reduced, coalesce(p.approved_minor, 0) AS approved,
           s.amount_minor - s.tax_minor AS net, coalesce(p.credited_net_minor, 0) AS credited_net,
           coalesce((SELECT sum(c.amount_minor - c.tax_minor) FROM credit_note_part c
                     JOIN credit_note n ON n.id = c.credit_note_id
                     WHERE c.share_id = s.id AND n.state = 'issued' AND NOT c.is_earned), 0) AS credited_deferred
    FROM invoice i JOIN invoice_share s ON s.invoice_id = i.id LEFT JOIN share_position p ON p.share_id = s.id
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
    SELECT p.partner_id, p.agreement_id AS party, sum(p.open_minor) AS open,
           sum(p.approved_minor + i.reduced_minor) AS contracted
    FROM cost_position p JOIN claim_item i ON i.claim_id = p.claim_id AND i.cost_id = p.cost_id AND i.is_live
    WHERE p.approved_minor IS NOT NULL GROUP BY p.partner_id, p.agreement_id
"""
"""What documents say of costs that a funder granted."""


def _with_funded(shares: str, funded: str) -> str:
    return f"""
    SELECT partner_id, party, sum(minor) AS minor FROM (
        {shares} UNION ALL SELECT partner_id, party, {funded} FROM ({_FUNDED}) AS f) AS both_ways
    GROUP BY partner_id, party
    """  # noqa: S608 - our own text


_CREDIT: Final = """
    SELECT partner_id, coalesce(enterprise_id, agreement_id) AS party, sum(amount_minor) AS minor
    FROM receivable_movement WHERE side = 'credit' GROUP BY partner_id, coalesce(enterprise_id, agreement_id)
"""

DOCUMENT_CHECKS: Final = (
    sql_check(
        "receivable-of-enterprise",
        "what an enterprise owes in the ledger is issued less allocated, credited and written off (I8)",
        _compare("1110", _sum("open", "payer_class = 'F'")),
    ),
    sql_check(
        "receivable-of-agreement",
        "what a funder owes is issued, or granted of costs, less reduced, allocated, credited and written off (I8)",
        _compare("1120", _with_funded(_sum("open", "payer_class <> 'F'"), "open")),
    ),
    sql_check(
        "deferred-fees",
        "deferred fees are those issued, not credited and not yet earned, without tax",
        _compare(
            "2130",
            _sum("credited_deferred - net", "payer_class = 'F' AND state = 'issued' AND earned_on IS NULL"),
        ),
    ),
    sql_check(
        "deferred-subsidies",
        "deferred subsidies are those issued, not credited and not yet decided on",
        _compare(
            "2140",
            _sum("reduced + approved + credited_deferred - amount_minor", "payer_class <> 'F' AND state = 'issued'"),
        ),
    ),
    sql_check(
        "unapplied-cash",
        "a payer's credit is what it paid and was given back, less what was allocated, refunded and offset (I9)",
        _compare("2110", _CREDIT),
    ),
    sql_check(
        "contracted-memo",
        "the memo accounts hold what drafts, invoices and grants of costs contract, without tax, less what is credited",
        _compare("9110", _with_funded(_sum("net - credited_net", "state IN ('draft', 'issued')"), "contracted")),
    ),
    sql_check(
        "allocations-within-bounds",
        "no payment is allocated beyond its amount, no share paid beyond what is owed (I9)",
        """
        SELECT 'payment/' || p.id, format('brought %s, %s is taken from it', p.amount_minor, sum(t.amount_minor))
        FROM payment p JOIN (SELECT payment_id, amount_minor FROM allocation
                             UNION ALL SELECT payment_id, amount_minor FROM payment_refund) AS t ON t.payment_id = p.id
        GROUP BY p.id HAVING sum(t.amount_minor) > p.amount_minor
        UNION ALL
        SELECT 'allocation/' || a.id, format('is %s, its parts %s', a.amount_minor, coalesce(sum(p.amount_minor), 0))
        FROM allocation a LEFT JOIN allocation_part p ON p.allocation_id = a.id
        GROUP BY a.id HAVING a.amount_minor <> coalesce(sum(p.amount_minor), 0)
        UNION ALL
        SELECT 'share/' || share_id, format('of %s: paid %s, open %s', amount_minor, paid_minor, open_minor)
        FROM share_position
        WHERE open_minor < 0 OR paid_minor < 0
           OR (paid_minor > 0 AND agreement_id IS NOT NULL AND approved_minor IS NULL)
        UNION ALL
        SELECT 'cost/' || cost_id, format('of %s granted by claim %s: paid %s, open %s', approved_minor, claim_id,
                                          paid_minor, open_minor)
        FROM cost_position WHERE open_minor < 0 OR paid_minor < 0
        """,
    ),
    sql_check(
        "number-series",
        "numbers are 1 to n without a gap per book, kind and year (I11)",
        """
        WITH numbered AS (
            SELECT partner_id, 'invoice' AS kind, fiscal_year, serial FROM invoice WHERE number IS NOT NULL
            UNION ALL SELECT partner_id, 'credit-note', fiscal_year, serial FROM credit_note WHERE number IS NOT NULL
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
        "the shares of every invoice make its total and its tax, and its enterprise's share is among them",
        """
        SELECT 'invoice/' || i.id, format('total %s with tax %s, shares %s with tax %s', i.total_minor, i.tax_minor,
                                          coalesce(sum(s.amount_minor), 0), coalesce(sum(s.tax_minor), 0))
        FROM invoice i LEFT JOIN invoice_share s ON s.invoice_id = i.id
        GROUP BY i.id
        HAVING coalesce(sum(s.amount_minor), 0) <> i.total_minor OR coalesce(sum(s.tax_minor), 0) <> i.tax_minor
            OR count(*) FILTER (WHERE s.payer_class = 'F') <> 1
        """,
    ),
    sql_check(
        "invoice-settlement",
        "an invoice that stands is settled exactly when nothing of the enterprise's share is open",
        f"""
        SELECT 'invoice/' || i.id, format('is %s with %s open, settled on %s', i.state, e.open, i.settled_on)
        FROM invoice i JOIN ({_EXPECTED}) AS e ON e.invoice_id = i.id AND e.payer_class = 'F'
        WHERE i.number IS NOT NULL AND i.state <> 'void'
          AND (i.settled_on IS NOT NULL) <> (e.open = 0)
          AND i.state <> 'void'
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
        "every enrollment has an invoice for each instalment, unless it was withdrawn or there is no price for its day",
        """
        SELECT 'enrollment/' || n.id, format('has no invoice though price %s covers %s', p.id, n.enrolled_on)
        FROM enrollment n
        JOIN price p ON p.partner_id = n.partner_id AND p.module = n.module
             AND n.enrolled_on BETWEEN p.valid_from AND coalesce(p.valid_to, 'infinity')
             AND coalesce(p.delivery, n.delivery) = n.delivery
        WHERE n.withdrawn_on IS NULL AND NOT EXISTS (SELECT FROM invoice i WHERE i.enrollment_id = n.id)
        UNION ALL
        SELECT 'enrollment/' || i.enrollment_id, format('price %s has %s instalments, %s were drafted', i.price_id,
                                                        max(i.instalments), count(DISTINCT i.instalment))
        FROM invoice i GROUP BY i.enrollment_id, i.price_id
        HAVING bool_and(i.state IN ('draft', 'issued')) AND count(DISTINCT i.instalment) <> max(i.instalments)
        UNION ALL
        SELECT 'enrollment/' || n.id, format('was withdrawn on %s and still has draft %s', n.withdrawn_on, i.id)
        FROM enrollment n JOIN invoice i ON i.enrollment_id = n.id
        WHERE n.withdrawn_on IS NOT NULL AND i.state = 'draft'
        """,
    ),
)
