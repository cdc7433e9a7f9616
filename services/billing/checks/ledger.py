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
        "the triggers and keys that keep the ledger are there, and this role cannot write around them (I2, I3, I4)",
        """
        SELECT 'trigger/' || wanted.name, 'is missing or not ENABLE ALWAYS'
        FROM (VALUES ('entry_balanced'), ('entry_in_open_period'), ('entry_reversal'), ('entry_append_only'),
                     ('posting_with_its_entry'), ('posting_append_only'), ('account_append_only'),
                     ('fx_rate_append_only'), ('period_step_append_only'), ('seal_append_only'),
                     ('entry_seal_append_only'),
                     ('book_append_only'), ('period_step'), ('period_kept'), ('allocation_append_only'),
                     ('allocation_part_append_only'), ('invoice_share_append_only'), ('invoice_issued'),
                     ('credit_note_kept'), ('payment_kept'), ('payment_fixed'), ('cost_append_only'),
                     ('cost_reversal_append_only'), ('cost_reversal_unpaid'), ('cost_payment_append_only'),
                     ('cost_payment_part_append_only'), ('cost_payment_part_owed'),
                     ('cost_payment_reversal_append_only'), ('prepayment_append_only'),
                     ('prepayment_reversal_append_only'), ('prepayment_reversal_unused'), ('rate_card_fixed'),
                     ('delivery_rated'), ('agreement_life'), ('agreement_amended'), ('agreement_step_append_only'),
                     ('claim_life'), ('claim_step_append_only'), ('claim_reduction_append_only'),
                     ('claim_submission_append_only'), ('claim_item_covered'), ('allocation_of_open_claim'),
                     ('allocation_part_funding'), ('write_off_part_funding'), ('credit_use_part_funding'),
                     ('session_evidence_append_only'), ('attendance_evidence_append_only'),
                     ('visit_evidence_append_only'), ('pledge_contract_append_only'),
                     ('pledge_contract_covered')) AS wanted (name)
        WHERE NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgname = wanted.name AND t.tgenabled = 'A')
        UNION ALL
        SELECT 'key/' || wanted.keys, 'is no longer unique in ledger.entry'
        FROM (VALUES ('book_id, idem_scope, idem_key'), ('reverses_entry_id'),
                     ('book_id, source_type, source_id, source_version, kind')) AS wanted (keys)
        WHERE NOT EXISTS (
            SELECT FROM pg_constraint k WHERE k.conrelid = 'ledger.entry'::regclass AND k.contype = 'u'
            AND pg_get_constraintdef(k.oid) = format('UNIQUE (%s)', wanted.keys))
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
        "every entry lies in its period, recorded before that closed or with leave; periods close in order (I6)",
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
        WHERE later.state = 'closed' AND earlier.state <> 'closed' AND earlier.starts_on < later.starts_on
        UNION ALL
        SELECT 'entry/' || e.uid, format('was posted by %s into a period closed for review since %s', e.actor, s.at)
        FROM ledger.entry e
        JOIN ledger.period_step s ON s.period_id = e.period_id AND s.action = 'soft-close' AND s.at < e.recorded_at
        WHERE NOT EXISTS (
                  SELECT FROM ledger.period_step g
                  WHERE g.period_id = e.period_id AND g.at BETWEEN s.at AND e.recorded_at
                    AND (g.action = 'reopen' OR g.action = 'grant' AND g.subject = e.actor))
        UNION ALL
        SELECT 'period/' || d.id, format('is %s, its last step was %s', d.state, coalesce(s.action, 'none'))
        FROM ledger.period d LEFT JOIN LATERAL (
            SELECT action FROM ledger.period_step WHERE period_id = d.id AND action IN ('soft-close', 'close', 'reopen')
            ORDER BY id DESC LIMIT 1) AS s ON true
        WHERE d.state <> CASE s.action WHEN 'soft-close' THEN 'soft-closed' WHEN 'close' THEN 'closed' ELSE 'open' END
        UNION ALL
        SELECT 'period/' || r.period_id, format('was reopened by %s, whom nobody else had asked', r.actor)
        FROM ledger.period_step r WHERE r.action = 'reopen' AND NOT EXISTS (
            SELECT FROM ledger.period_step a
            WHERE a.period_id = r.period_id AND a.action = 'ask-reopening' AND a.id < r.id AND a.actor <> r.actor)
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
    sql_check(
        "ledger-checkpoints",
        "kept balances are the sums of the postings up to their day, for every closed period that has them (I14)",
        """
        SELECT 'checkpoint/' || coalesce(k.period_id, s.period_id) || '/' || coalesce(k.account_id, s.account_id),
               format('kept %s and %s, postings make %s and %s', k.amount_minor, k.base_minor, s.amount, s.base)
        FROM ledger.balance_checkpoint k
        FULL JOIN (
            SELECT c.period_id, p.account_id, sum(p.amount_minor) AS amount, sum(p.base_minor) AS base
            FROM ledger.checkpoint c
            JOIN ledger.account a ON a.book_id = c.book_id
            JOIN ledger.posting p ON p.account_id = a.id AND p.effective_on <= c.ends_on
            GROUP BY c.period_id, p.account_id HAVING sum(p.amount_minor) <> 0 OR sum(p.base_minor) <> 0
        ) AS s ON s.period_id = k.period_id AND s.account_id = k.account_id
        WHERE (k.amount_minor, k.base_minor) IS DISTINCT FROM (s.amount, s.base)
        UNION ALL
        SELECT 'checkpoint/' || c.period_id, format('is of a period that is %s', d.state)
        FROM ledger.checkpoint c JOIN ledger.period d ON d.id = c.period_id WHERE d.state <> 'closed'
        """,
    ),
    sql_check(
        "ledger-seals",
        "every entry of a finished transaction below the horizon is sealed, says what it said then, and each block "
        "follows from the one before it (I12)",
        """
        SELECT 'entry/' || c.entry_uid, 'does not say any more what it said when it was sealed'
        FROM ledger.entry_seal s
        JOIN (SELECT entry_id, content, content::jsonb ->> 0 AS entry_uid FROM ledger.entry_content) AS c
             USING (entry_id)
        WHERE s.content_hash <> sha256(convert_to(c.content, 'UTF8'))
        UNION ALL
        SELECT 'entry/' || s.entry_id, 'was sealed and is gone'
        FROM ledger.entry_seal s WHERE NOT EXISTS (SELECT FROM ledger.entry e WHERE e.id = s.entry_id)
        UNION ALL
        SELECT 'entry/' || e.uid, 'is not sealed'
        FROM ledger.entry e JOIN ledger.seal_run r ON r.id = (SELECT max(id) FROM ledger.seal_run)
        WHERE e.tx < r.horizon AND NOT EXISTS (SELECT FROM ledger.entry_seal s WHERE s.entry_id = e.id)
        UNION ALL
        SELECT 'seal/' || k.book_id || '/' || k.seq, format('%s entries, %s are there', k.entries, count(s.entry_id))
        FROM ledger.seal k LEFT JOIN ledger.entry_seal s ON s.book_id = k.book_id AND s.seq = k.seq
        GROUP BY k.book_id, k.seq HAVING count(s.entry_id) <> k.entries
        UNION ALL
        SELECT 'seal/' || k.book_id || '/' || k.seq, 'does not follow from the block before it'
        FROM (SELECT book_id, seq, prev_hash, lag(hash) OVER w AS before, lag(seq) OVER w AS seq_before
              FROM ledger.seal WINDOW w AS (PARTITION BY book_id ORDER BY seq)) AS k
        WHERE k.seq <> coalesce(k.seq_before, 0) + 1
           OR k.prev_hash <> coalesce(k.before, ledger.first_link(k.book_id))
        UNION ALL
        SELECT 'seal/' || k.book_id || '/' || k.seq, 'its hash is not that of its entries'
        FROM ledger.seal k JOIN LATERAL (
            SELECT string_agg(s.content_hash, ''::bytea ORDER BY s.entry_id) AS bytes
            FROM ledger.entry_seal s WHERE s.book_id = k.book_id AND s.seq = k.seq) AS b ON true
        WHERE k.hash <> ledger.block_hash(k.prev_hash, b.bytes)
        """,
    ),
)
