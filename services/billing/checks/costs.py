"""Costs, their cards, bills and payments against each other and against the ledger."""

from typing import Final

from shared.database.checks import sql_check

_LIVE_PARTS: Final = """
    SELECT t.cost_id, t.payment_id, t.amount_minor FROM cost_payment_part t
    WHERE NOT EXISTS (SELECT FROM cost_payment_reversal r WHERE r.payment_id = t.payment_id)
"""


def _balance(name: str, describes: str, code: str, documents: str) -> tuple[str, str, str]:
    # Rows (partner_id, minor) of `documents`, debit positive, against what costs and their payments put on `code`;
    # an opening balance or an entry by hand has no document here.
    return (
        name,
        describes,
        f"""
        SELECT 'account/{code}/' || coalesce(l.book_id, d.partner_id),
               format('ledger has %s, documents say %s', coalesce(l.minor, 0), coalesce(d.minor, 0))
        FROM (SELECT a.book_id, sum(p.base_minor) AS minor
              FROM ledger.account a JOIN ledger.posting p ON p.account_id = a.id
              JOIN ledger.entry e ON e.id = p.entry_id
              WHERE a.code = '{code}' AND e.kind IN ('cost', 'in-kind', 'cost-payment') GROUP BY a.book_id) AS l
        FULL JOIN (SELECT partner_id, sum(minor) AS minor FROM ({documents}) AS m GROUP BY partner_id) AS d
            ON d.partner_id = l.book_id
        WHERE coalesce(l.minor, 0) <> coalesce(d.minor, 0)
        """,  # noqa: S608 - our own text
    )


COST_CHECKS: Final = (
    sql_check(
        *_balance(
            "payables",
            "what is owed in the ledger is costs in cash not reversed less what was paid for them",
            "2010",
            f"""
            SELECT c.partner_id, -c.amount_minor AS minor FROM cost c
            WHERE NOT c.is_in_kind AND NOT c.by_ilo AND NOT EXISTS (SELECT FROM cost_reversal r WHERE r.cost_id = c.id)
            UNION ALL
            SELECT p.partner_id, t.amount_minor FROM ({_LIVE_PARTS}) AS t JOIN cost_payment p ON p.id = t.payment_id
            """,  # noqa: S608 - our own text
        )
    ),
    sql_check(
        *_balance(
            "prepaid-costs",
            "what is prepaid in the ledger is prepayments not taken back less what costs used up",
            "1210",
            """
            SELECT q.partner_id, q.amount_minor AS minor FROM prepayment q
            WHERE NOT EXISTS (SELECT FROM prepayment_reversal r WHERE r.prepayment_id = q.id)
            UNION ALL
            SELECT p.partner_id, -p.amount_minor FROM cost_payment p
            WHERE p.prepayment_id IS NOT NULL
              AND NOT EXISTS (SELECT FROM cost_payment_reversal r WHERE r.payment_id = p.id)
            """,
        )
    ),
    sql_check(
        "costs-and-entries",
        "costs, payments for them and prepayments have one entry each, of their amount and day, reversed as they are",
        """
        WITH document AS (
            SELECT c.id, 'cost' AS source_type, c.partner_id, c.posted_on AS on_day, c.amount_minor, r.reversed_on,
                   CASE WHEN c.is_in_kind THEN 'in-kind' ELSE 'cost' END AS kind,
                   CASE WHEN c.by_ilo THEN '4190' WHEN c.is_in_kind THEN '4130' ELSE '2010' END AS credited,
                   c.kind AS cost_kind, c.training_id
            FROM cost c LEFT JOIN cost_reversal r ON r.cost_id = c.id
            UNION ALL
            SELECT p.id, 'cost-payment', p.partner_id, p.paid_on, p.amount_minor, r.reversed_on, 'cost-payment',
                   CASE p.method WHEN 'bank' THEN '1010' WHEN 'cash' THEN '1020' WHEN 'mobile-money' THEN '1020'
                                 ELSE '1210' END, NULL, NULL
            FROM cost_payment p LEFT JOIN cost_payment_reversal r ON r.payment_id = p.id
            UNION ALL
            SELECT q.id, 'prepayment', q.partner_id, q.paid_on, q.amount_minor, r.reversed_on, 'cost-payment',
                   CASE q.method WHEN 'bank' THEN '1010' ELSE '1020' END, NULL, NULL
            FROM prepayment q LEFT JOIN prepayment_reversal r ON r.prepayment_id = q.id
        ), posted AS (
            SELECT e.source_type, e.source_id, e.book_id, e.kind, e.effective_on, o.effective_on AS reversed_on,
                   sum(p.base_minor) FILTER (WHERE p.amount_minor > 0) AS debit,
                   min(a.code) FILTER (WHERE p.amount_minor < 0) AS credited,
                   min(p.cost_kind) FILTER (WHERE p.amount_minor > 0) AS cost_kind,
                   (array_agg(p.training_id) FILTER (WHERE p.amount_minor > 0))[1] AS training_id
            FROM ledger.entry e JOIN ledger.posting p ON p.entry_id = e.id JOIN ledger.account a ON a.id = p.account_id
            LEFT JOIN ledger.entry o ON o.reverses_entry_id = e.id
            WHERE e.source_type IN ('cost', 'cost-payment', 'prepayment') GROUP BY e.id, o.id
        )
        SELECT coalesce(d.source_type, p.source_type) || '/' || coalesce(d.id, p.source_id),
               format('says %s of %s on %s, credit %s, %s, training %s, reversed %s; its entry %s of %s on %s, '
                      'credit %s, %s, training %s, reversed %s', d.kind, d.amount_minor, d.on_day, d.credited,
                      d.cost_kind, d.training_id, d.reversed_on, p.kind, p.debit, p.effective_on, p.credited,
                      p.cost_kind, p.training_id, p.reversed_on)
        FROM document d FULL JOIN posted p ON p.source_type = d.source_type AND p.source_id = d.id
        WHERE (d.partner_id, d.kind, d.amount_minor, d.on_day, d.credited, d.reversed_on) IS DISTINCT FROM
              (p.book_id, p.kind, p.debit, p.effective_on, p.credited, p.reversed_on)
           OR d.source_type = 'cost' AND (d.cost_kind, d.training_id) IS DISTINCT FROM (p.cost_kind, p.training_id)
        """,
    ),
    sql_check(
        "cost-payments-within-bounds",
        "payments are their parts, no cost is paid beyond its amount or while reversed, no prepayment overdrawn",
        f"""
        SELECT 'cost-payment/' || p.id, format('is %s, its parts %s', p.amount_minor, coalesce(sum(t.amount_minor), 0))
        FROM cost_payment p LEFT JOIN cost_payment_part t ON t.payment_id = p.id
        GROUP BY p.id HAVING p.amount_minor <> coalesce(sum(t.amount_minor), 0)
        UNION ALL
        SELECT 'cost/' || c.id, format('is %s, %s is paid%s', c.amount_minor, sum(t.amount_minor),
                                       CASE WHEN bool_or(r.cost_id IS NOT NULL) THEN ', and it is reversed' END)
        FROM cost c JOIN ({_LIVE_PARTS}) AS t ON t.cost_id = c.id LEFT JOIN cost_reversal r ON r.cost_id = c.id
        GROUP BY c.id
        HAVING sum(t.amount_minor) > c.amount_minor OR c.is_in_kind OR c.by_ilo OR bool_or(r.cost_id IS NOT NULL)
        UNION ALL
        SELECT 'prepayment/' || q.id, format('is %s, %s is used%s', q.amount_minor, sum(p.amount_minor),
                                             CASE WHEN bool_or(r.prepayment_id IS NOT NULL) THEN ', and it is back' END)
        FROM prepayment q JOIN cost_payment p ON p.prepayment_id = q.id
             AND NOT EXISTS (SELECT FROM cost_payment_reversal r WHERE r.payment_id = p.id)
        LEFT JOIN prepayment_reversal r ON r.prepayment_id = q.id
        GROUP BY q.id HAVING sum(p.amount_minor) > q.amount_minor OR bool_or(r.prepayment_id IS NOT NULL)
        """,  # noqa: S608 - our own text
    ),
    sql_check(
        "costs-of-deliveries",
        "every session and visit known has its costs as its cards say, or is on the list of those without a rate",
        """
        SELECT 'event/' || i.event_id, format('%s makes no delivery', i.event_type)
        FROM inbox i
        WHERE (i.event_type IN ('enrollment.session-held.v1', 'enrollment.visit-completed.v1')
               OR i.event_type = 'enrollment.visit-aborted.v1'
                  -- Those from before deliveries were kept are only known by their cost.
                  AND i.received_at > (SELECT min(received_at) FROM delivery))
          AND NOT EXISTS (SELECT FROM delivery d WHERE d.source_event_id = i.event_id)
          AND NOT EXISTS (SELECT FROM parked k WHERE k.event_id = i.event_id AND k.state <> 'released')
        UNION ALL
        SELECT 'delivery/' || d.id, format('%s x %s by card %s of %s makes %s as %s, its cost %s says %s as %s',
                                           d.quantity, d.item, r.id, r.amount_minor, d.quantity * r.amount_minor,
                                           r.cost_kind, c.id, c.amount_minor, c.kind)
        FROM delivery d JOIN rate_card r ON r.id = d.card_id LEFT JOIN cost c ON c.id = d.cost_id
        WHERE d.quantity * r.amount_minor <> coalesce(c.amount_minor, 0) OR r.item <> d.item
           OR c.id IS NOT NULL AND (c.kind, c.card_id, c.item, c.quantity, c.source_event_id, c.training_id)
                                   IS DISTINCT FROM
                                   (r.cost_kind, r.id, d.item, d.quantity, d.source_event_id, d.training_id)
           OR r.programme <> d.programme OR r.partner_id <> d.partner_id OR r.trainer_id IS DISTINCT FROM d.trainer_id
              AND r.trainer_id IS NOT NULL
        UNION ALL
        SELECT 'delivery/' || d.id, format('rated by its event, its cost %s', d.cost_id)
        FROM delivery d LEFT JOIN cost c ON c.id = d.cost_id
        WHERE d.rated_by = 'event' AND d.cost_id IS NOT NULL
          AND (c.source_event_id IS DISTINCT FROM d.source_event_id OR c.card_id IS NOT NULL)
        UNION ALL
        SELECT 'cost/' || c.id, format('comes by card %s and belongs to no delivery', c.card_id)
        FROM cost c
        WHERE c.card_id IS NOT NULL AND NOT EXISTS (SELECT FROM delivery d WHERE d.cost_id = c.id)
        """,
    ),
    sql_check(
        "cost-bills",
        "the costs of a bill make its amount and are of its kind",
        """
        SELECT 'bill/' || b.id, format('is %s of %s, its costs %s', b.amount_minor, b.kind,
                                       coalesce(sum(c.amount_minor), 0))
        FROM cost_bill b LEFT JOIN cost c ON c.bill_id = b.id
        GROUP BY b.id
        HAVING coalesce(sum(c.amount_minor), 0) <> b.amount_minor
            OR bool_or(c.kind <> b.kind OR c.partner_id <> b.partner_id OR c.supplier IS DISTINCT FROM b.supplier)
        """,
    ),
    sql_check(
        "cost-corrections",
        "a cost that corrects another is of the same book, and that other is reversed",
        """
        SELECT 'cost/' || c.id, format('corrects %s, which is not reversed or of another book', o.id)
        FROM cost c JOIN cost o ON o.id = c.corrects
        WHERE o.partner_id <> c.partner_id OR NOT EXISTS (SELECT FROM cost_reversal r WHERE r.cost_id = o.id)
        """,
    ),
    sql_check(
        "rate-cards",
        "there is at most one card of a key on a day",
        """
        SELECT 'rate-card/' || a.id, format('overlaps card %s of the same key', b.id)
        FROM rate_card a JOIN rate_card b ON b.id > a.id AND b.programme = a.programme AND b.item = a.item
             AND (b.partner_id, b.module, b.delivery, b.trainer_id) IS NOT DISTINCT FROM
                 (a.partner_id, a.module, a.delivery, a.trainer_id)
             AND daterange(a.valid_from, a.valid_to, '[]') && daterange(b.valid_from, b.valid_to, '[]')
        """,
    ),
)
