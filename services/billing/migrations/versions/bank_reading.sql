-- The bank side of the ledger, beside the statements.

-- Every entry on 1010 with what it moved there. `line_id`: the line of a statement that is this entry: the line it was made
-- from, or the one that a person linked to it. `original_line_id`: that of the entry it reverses.
CREATE VIEW bank_entry AS
SELECT e.uid, e.programme, e.book_id AS partner_id, a.bank_account_id, p.currency, e.kind, e.effective_on,
       coalesce(o.source_type, e.source_type) AS source_type, coalesce(o.source_id, e.source_id) AS source_id,
       o.uid AS reverses_uid, r.effective_on AS reversed_on, sum(p.amount_minor)::bigint AS amount_minor,
       e.id AS entry_id, m.line_id, om.line_id AS original_line_id
FROM ledger.account a
JOIN ledger.posting p ON p.account_id = a.id
JOIN ledger.entry e ON e.id = p.entry_id
LEFT JOIN ledger.entry o ON o.id = e.reverses_entry_id
LEFT JOIN ledger.entry r ON r.reverses_entry_id = e.id
LEFT JOIN bank_match m ON m.entry_uid = e.uid AND m.state = 'posted'
LEFT JOIN bank_match om ON om.entry_uid = o.uid AND om.state = 'posted'
WHERE a.code = '1010'
GROUP BY e.id, a.bank_account_id, p.currency, o.uid, o.source_type, o.source_id, r.effective_on, m.line_id, om.line_id;

-- Entries on the bank that no statement has shown, as of a day: recorded by hand and not linked to a line. An entry and
-- its reversal are nothing together, unless the bank has shown the first.
-- Not listed: what a line, an opening or a link has made, and what an account took over when it was opened.
CREATE FUNCTION bank_outstanding(p_until date)
    RETURNS TABLE (uid uuid, partner_id uuid, bank_account_id uuid, currency text, kind text, effective_on date,
                   amount_minor bigint)
    LANGUAGE sql STABLE SET search_path = public, pg_catalog, pg_temp AS $$
    SELECT b.uid, b.partner_id, b.bank_account_id, b.currency, b.kind, b.effective_on, b.amount_minor
    FROM bank_entry b
    WHERE b.effective_on <= p_until AND b.amount_minor <> 0 AND b.line_id IS NULL
      AND b.source_type NOT IN ('bank-line', 'bank-account', 'bank-match')
      AND CASE WHEN b.reverses_uid IS NULL THEN b.reversed_on IS NULL OR b.reversed_on > p_until
               ELSE b.original_line_id IS NOT NULL END
      AND NOT (b.bank_account_id IS NULL AND EXISTS (
          SELECT FROM bank_account h JOIN ledger.entry t ON t.source_type = 'bank-account' AND t.source_id = h.id
          WHERE h.partner_id = b.partner_id AND h.currency = b.currency AND h.takes_over
            AND b.effective_on < h.opened_on AND b.entry_id < t.id))
$$;

-- What stands between a book and its bank until a day; nothing when they agree. A period is closed on this.
--   line: nobody has said what it is      entry: on no statement
--   account: no statement reaches the day (a book without bank accounts has nothing to reconcile)
CREATE FUNCTION bank_unreconciled(p_book uuid, p_until date)
    RETURNS TABLE (what text, id uuid, on_day date, amount_minor bigint, currency text, why text)
    LANGUAGE sql STABLE SET search_path = public, pg_catalog, pg_temp AS $$
    SELECT 'line', l.id, l.booked_on, l.amount_minor, l.currency, 'is ' || l.state
    FROM bank_line l
    WHERE l.partner_id = p_book AND l.booked_on <= p_until AND l.state NOT IN ('posted', 'ignored')
    UNION ALL
    SELECT 'entry', o.uid, o.effective_on, o.amount_minor, o.currency, o.kind || ' is on no statement'
    FROM bank_outstanding(p_until) o
    WHERE o.partner_id = p_book AND EXISTS (SELECT FROM bank_account a WHERE a.partner_id = p_book)
    UNION ALL
    SELECT 'account', a.id, s.until, NULL, a.currency,
           format('has statements until %s', coalesce(s.until::text, 'no day'))
    FROM bank_account a
    CROSS JOIN LATERAL (SELECT max(to_on) AS until FROM bank_statement WHERE bank_account_id = a.id) AS s
    WHERE a.partner_id = p_book AND a.opened_on <= p_until
      AND coalesce(s.until, a.opened_on - 1) < least(p_until, coalesce(a.closed_on, p_until))
$$;
