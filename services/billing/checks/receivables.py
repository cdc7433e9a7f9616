"""What happens to a debt after the invoice: credit notes, write-offs, statements, reminders, the allowance."""

from typing import Final

from shared.database.checks import sql_check

RECEIVABLE_CHECKS: Final = (
    sql_check(
        "statement-equals-ledger",
        "statements of account hold what accounts 1110, 1120 and 2110 hold, for every payer on every day",
        """
        WITH posted AS (
            SELECT a.book_id AS partner_id, coalesce(a.enterprise_id, a.agreement_id) AS party,
                   CASE a.code WHEN '2110' THEN 'credit' ELSE 'receivable' END AS side, p.effective_on AS on_day,
                   p.currency, sum(p.amount_minor) AS minor
            FROM ledger.posting p JOIN ledger.account a ON a.id = p.account_id
            WHERE a.code IN ('1110', '1120', '2110') GROUP BY 1, 2, 3, 4, 5
        ), documented AS (
            SELECT partner_id, coalesce(enterprise_id, agreement_id) AS party, side, on_day, currency,
                   sum(amount_minor) AS minor
            FROM receivable_movement GROUP BY 1, 2, 3, 4, 5
        )
        SELECT 'statement/' || coalesce(p.partner_id, d.partner_id) || '/' || coalesce(p.party, d.party) || '/'
                            || coalesce(p.side, d.side) || '/' || coalesce(p.on_day, d.on_day),
               format('ledger %s, documents %s', coalesce(p.minor, 0), coalesce(d.minor, 0))
        FROM posted p FULL JOIN documented d USING (partner_id, party, side, on_day, currency)
        WHERE coalesce(p.minor, 0) <> coalesce(d.minor, 0)
        """,
    ),
    sql_check(
        "credit-within-creditable",
        "credit notes are their parts, take no more than was issued, and give back no more than was paid",
        """
        SELECT 'credit-note/' || n.id, format('is %s, its parts %s', n.total_minor, coalesce(sum(p.amount_minor), 0))
        FROM credit_note n LEFT JOIN credit_note_part p ON p.credit_note_id = n.id
        GROUP BY n.id HAVING n.total_minor <> coalesce(sum(p.amount_minor), 0)
        UNION ALL
        SELECT 'share/' || share_id, format('of %s, reduced by %s: %s is credited', amount_minor, reduced_minor,
                                            credited_minor)
        FROM share_position WHERE credited_minor > amount_minor - reduced_minor
        UNION ALL
        SELECT 'invoice/' || i.id, format('is %s, %s of %s is credited', i.state, sum(p.credited_minor), i.total_minor)
        FROM invoice i JOIN share_position p ON p.invoice_id = i.id
        WHERE i.total_minor > 0
        GROUP BY i.id HAVING (i.state = 'credited') <> (sum(p.credited_minor) = i.total_minor)
        UNION ALL
        SELECT 'credit-note/' || given.id, format('gave back %s, %s is used', given.back, given.used)
        FROM (SELECT n.id, n.state, s.agreement_id, sum(p.released_minor) AS back,
                     (SELECT coalesce(sum(u.amount_minor), 0) FROM credit_use u
                      WHERE u.credit_note_id = n.id AND u.agreement_id IS NOT DISTINCT FROM s.agreement_id) AS used
              FROM credit_note n JOIN credit_note_part p ON p.credit_note_id = n.id
              JOIN invoice_share s ON s.id = p.share_id GROUP BY n.id, s.agreement_id) AS given
        WHERE given.used > CASE given.state WHEN 'issued' THEN given.back ELSE 0 END
        UNION ALL
        SELECT 'credit-use/' || u.id, format('is %s, its parts %s', u.amount_minor, coalesce(sum(p.amount_minor), 0))
        FROM credit_use u LEFT JOIN credit_use_part p ON p.credit_use_id = u.id
        WHERE u.kind = 'offset' GROUP BY u.id HAVING u.amount_minor IS DISTINCT FROM sum(p.amount_minor)
        """,
    ),
    sql_check(
        "write-offs",
        "write-offs are their parts, and the ledger's losses of this kind are theirs",
        """
        SELECT 'write-off/' || w.id, format('is %s, its parts %s', w.amount_minor, coalesce(sum(p.amount_minor), 0))
        FROM write_off w LEFT JOIN write_off_part p ON p.write_off_id = w.id
        GROUP BY w.id HAVING w.amount_minor IS DISTINCT FROM sum(p.amount_minor)
        UNION ALL
        SELECT 'account/' || code || '/' || partner_id, format('ledger %s, documents %s', sum(posted), sum(documented))
        FROM (SELECT a.book_id AS partner_id, a.code, sum(p.amount_minor) AS posted, 0 AS documented
              FROM ledger.posting p JOIN ledger.account a ON a.id = p.account_id
              JOIN ledger.entry e ON e.id = p.entry_id
              WHERE e.kind = 'write-off' AND a.code >= '7000' GROUP BY 1, 2
              UNION ALL
              SELECT partner_id, CASE cause WHEN 'bank-charge' THEN '7210' ELSE '7110' END, 0, sum(amount_minor)
              FROM write_off w
              WHERE NOT EXISTS (SELECT FROM write_off_reversal r WHERE r.write_off_id = w.id)
              GROUP BY 1, 2) AS both_ways
        GROUP BY code, partner_id HAVING sum(posted) <> sum(documented)
        """,
    ),
    sql_check(
        "reminders",
        "reminders are their items, and no level was sent before the one below it",
        """
        SELECT 'reminder/' || r.id, format('is %s, its items %s', r.total_minor, coalesce(sum(t.open_minor), 0))
        FROM reminder r LEFT JOIN reminder_item t ON t.reminder_id = r.id AND t.level = r.level
        GROUP BY r.id HAVING r.total_minor IS DISTINCT FROM sum(t.open_minor)
        UNION ALL
        SELECT 'reminder/' || r.id, format('level %s of invoice %s without the one below', t.level, t.invoice_id)
        FROM reminder_item t JOIN reminder r ON r.id = t.reminder_id
        WHERE t.level > 1 AND NOT EXISTS (
            SELECT FROM reminder_item b JOIN reminder e ON e.id = b.reminder_id
            WHERE b.invoice_id = t.invoice_id AND b.due_on = t.due_on AND b.level = t.level - 1
              AND e.reminded_on <= r.reminded_on)
        """,
    ),
    sql_check(
        "allowance-booked",
        "account 1190 holds what allowances booked, and each of them is what its ages make",
        """
        SELECT 'account/1190/' || partner_id, format('ledger %s, booked %s', sum(posted), sum(booked))
        FROM (SELECT a.book_id AS partner_id, -sum(p.amount_minor) AS posted, 0 AS booked
              FROM ledger.posting p JOIN ledger.account a ON a.id = p.account_id
              JOIN ledger.entry e ON e.id = p.entry_id
              WHERE a.code = '1190' AND e.kind = 'allowance' GROUP BY a.book_id
              UNION ALL SELECT partner_id, 0, sum(booked_minor) FROM allowance GROUP BY partner_id) AS both_ways
        GROUP BY partner_id HAVING sum(posted) <> sum(booked)
        UNION ALL
        SELECT 'allowance/' || a.id, format('is %s, its ages make %s', a.target_minor, made.minor)
        FROM allowance a CROSS JOIN LATERAL (
            SELECT coalesce(sum((doubt.value ->> 'part')::bigint), 0) AS minor FROM jsonb_each(a.buckets) AS doubt
        ) AS made
        WHERE a.target_minor <> made.minor
        """,
    ),
)
