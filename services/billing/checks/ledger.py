"""Invariants of the ledger itself (reference: I1 to I7)."""

from typing import Final

from shared.database.checks import sql_check

LEDGER_CHECKS: Final = (
    sql_check(
        "ledger-entries-balance",
        "every entry has at least two postings and sums to zero in every currency and in the book's (I1)",
        """
        SELECT 'entry/' || e.uid, format('%s postings', count(p.line))
        FROM ledger.entry e LEFT JOIN ledger.posting p ON p.entry_id = e.id
        GROUP BY e.id HAVING count(p.line) < 2
        UNION ALL
        SELECT 'entry/' || e.uid, format('off by %s %s', sum(p.amount_minor), p.currency)
        FROM ledger.entry e JOIN ledger.posting p ON p.entry_id = e.id
        GROUP BY e.id, p.currency HAVING sum(p.amount_minor) <> 0
        UNION ALL
        SELECT 'entry/' || e.uid, format('off by %s in the book''s currency', sum(p.base_minor))
        FROM ledger.entry e JOIN ledger.posting p ON p.entry_id = e.id
        GROUP BY e.id HAVING sum(p.base_minor) <> 0
        UNION ALL
        SELECT 'posting/' || e.uid || '/' || p.line,
               format('%s %s is %s in the book''s own currency', p.amount_minor, p.currency, p.base_minor)
        FROM ledger.posting p JOIN ledger.entry e ON e.id = p.entry_id JOIN ledger.book b ON b.id = e.book_id
        WHERE p.currency = b.currency AND p.amount_minor <> p.base_minor
        UNION ALL
        SELECT 'posting/' || p.entry_id || '/' || p.line, 'has no entry'
        FROM ledger.posting p WHERE NOT EXISTS (SELECT FROM ledger.entry e WHERE e.id = p.entry_id)
        """,
    ),
    sql_check(
        "ledger-guards",
        "the triggers that keep the ledger are there and always on, and this role cannot write around them (I2, I3)",
        """
        SELECT 'trigger/' || wanted.name, 'is missing or not ENABLE ALWAYS'
        FROM (VALUES ('entry_balanced'), ('entry_in_open_period'), ('entry_reversal'), ('entry_append_only'),
                     ('posting_with_its_entry'), ('posting_append_only'), ('account_append_only'),
                     ('fx_rate_append_only'),
                     ('book_append_only'), ('period_step'), ('period_kept'), ('allocation_append_only'),
                     ('allocation_part_append_only'), ('invoice_share_append_only'), ('invoice_issued'),
                     ('credit_note_append_only'), ('payment_append_only'), ('cost_append_only'),
                     ('agreement_life'), ('agreement_amended'), ('agreement_step_append_only'), ('claim_life'),
                     ('claim_step_append_only'),
                     ('claim_reduction_append_only'), ('claim_submission_append_only'), ('claim_item_covered'),
                     ('allocation_of_open_claim'), ('allocation_part_funding'), ('session_evidence_append_only'),
                     ('attendance_evidence_append_only'), ('visit_evidence_append_only'),
                     ('pledge_contract_append_only'), ('pledge_contract_covered')) AS wanted (name)
        WHERE NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgname = wanted.name AND t.tgenabled = 'A')
        UNION ALL
        SELECT 'privilege/' || c.relname, format('%s may %s', current_user, wanted.right_)
        FROM pg_class c, (VALUES ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS wanted (right_)
        WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind = 'r'
          AND has_table_privilege(current_user, c.oid, wanted.right_)
        """,
    ),
    sql_check(
        "ledger-reversals",
        "an entry is reversed at most once, not before its day, by exactly its opposite (I5)",
        """
        SELECT 'entry/' || o.uid, format('is reversed %s times', count(*))
        FROM ledger.entry r JOIN ledger.entry o ON o.id = r.reverses_entry_id GROUP BY o.uid HAVING count(*) > 1
        UNION ALL
        SELECT 'entry/' || r.uid, format('reverses %s of %s on %s', o.uid, o.effective_on, r.effective_on)
        FROM ledger.entry r JOIN ledger.entry o ON o.id = r.reverses_entry_id
        WHERE r.effective_on < o.effective_on OR r.kind <> o.kind OR r.book_id <> o.book_id
        UNION ALL
        SELECT 'entry/' || r.uid, format('line %s is not the opposite of %s', coalesce(p.line, q.line), o.uid)
        FROM ledger.entry r JOIN ledger.entry o ON o.id = r.reverses_entry_id
        CROSS JOIN LATERAL (SELECT * FROM ledger.posting WHERE entry_id = r.id) AS p
        FULL JOIN ledger.posting q ON q.entry_id = o.id AND q.line = p.line
        WHERE r.id IS NOT NULL
          AND (q.account_id IS DISTINCT FROM p.account_id OR q.amount_minor IS DISTINCT FROM -p.amount_minor)
        """,
    ),
    sql_check(
        "ledger-periods",
        "every entry lies in its period and was recorded before that closed; periods close in order (I6)",
        """
        SELECT 'entry/' || e.uid, format('of %s lies outside %s to %s', e.effective_on, p.starts_on, p.ends_on)
        FROM ledger.entry e JOIN ledger.period p ON p.id = e.period_id
        WHERE e.effective_on NOT BETWEEN p.starts_on AND p.ends_on OR e.book_id <> p.book_id
        UNION ALL
        SELECT 'entry/' || e.uid, format('was recorded at %s, its period closed at %s', e.recorded_at, p.closed_at)
        FROM ledger.entry e JOIN ledger.period p ON p.id = e.period_id WHERE e.recorded_at > p.closed_at
        UNION ALL
        SELECT 'period/' || later.id, format('is closed while the one from %s is open', earlier.starts_on)
        FROM ledger.period later JOIN ledger.period earlier ON earlier.book_id = later.book_id
        WHERE later.state = 'closed' AND earlier.state = 'open' AND earlier.starts_on < later.starts_on
        UNION ALL
        SELECT 'book/' || a.book_id, format('%s left in suspense at the close of %s', -sum(p.amount_minor), d.ends_on)
        FROM ledger.period d JOIN ledger.account a ON a.book_id = d.book_id AND a.code = '2120'
        JOIN ledger.posting p ON p.account_id = a.id AND p.effective_on <= d.ends_on
        WHERE d.state = 'closed' GROUP BY a.book_id, d.ends_on HAVING sum(p.amount_minor) <> 0
        """,
    ),
    sql_check(
        "ledger-trial-balance",
        "every book adds up to zero at the end of every day, as effective and as recorded (I7)",
        """
        SELECT 'book/' || a.book_id, format('is off by %s %s on %s', sum(p.amount_minor), p.currency, p.effective_on)
        FROM ledger.posting p JOIN ledger.account a ON a.id = p.account_id
        GROUP BY a.book_id, p.currency, p.effective_on HAVING sum(p.amount_minor) <> 0
        UNION ALL
        SELECT 'book/' || e.book_id, format('is off by %s %s as recorded on %s', sum(p.amount_minor), p.currency,
                                            e.recorded_at::date)
        FROM ledger.posting p JOIN ledger.entry e ON e.id = p.entry_id
        GROUP BY e.book_id, p.currency, e.recorded_at::date HAVING sum(p.amount_minor) <> 0
        UNION ALL
        SELECT 'book/' || a.book_id, format('is off by %s in its own currency on %s', sum(p.base_minor), p.effective_on)
        FROM ledger.posting p JOIN ledger.account a ON a.id = p.account_id
        GROUP BY a.book_id, p.effective_on HAVING sum(p.base_minor) <> 0
        UNION ALL
        SELECT 'posting/' || p.entry_id || '/' || p.line, 'differs from its entry in book or day'
        FROM ledger.posting p JOIN ledger.entry e ON e.id = p.entry_id JOIN ledger.account a ON a.id = p.account_id
        WHERE a.book_id <> e.book_id OR p.effective_on <> e.effective_on OR p.programme <> e.programme
        """,
    ),
    sql_check(
        "ledger-accounts-not-negative",
        "accounts that may not be negative never were, on any day",
        """
        SELECT 'account/' || a.uid, format('%s is at %s on %s', a.code, days.balance, days.effective_on)
        FROM ledger.account a JOIN ledger.chart c ON c.code = a.code
        CROSS JOIN LATERAL (
            SELECT p.effective_on, sum(sum(p.amount_minor)) OVER (ORDER BY p.effective_on) AS balance
            FROM ledger.posting p WHERE p.account_id = a.id GROUP BY p.effective_on) AS days
        WHERE NOT a.may_be_negative AND days.balance * CASE c.normal_side WHEN 'debit' THEN 1 ELSE -1 END < 0
        """,
    ),
)
