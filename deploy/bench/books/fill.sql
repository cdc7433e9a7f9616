-- $1 entries of the book $2, two postings each, those from number $5 on of $6 that lie evenly over $3 days from $4 on: a
-- receivable of one of its enterprises against the fee income, so that one account has a posting in every entry. In one
-- statement, as the posting function does it: every trigger of the ledger fires.
WITH receivable AS (
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS many
    FROM ledger.account WHERE book_id = $2 AND code = '1110'
), wanted AS MATERIALIZED (
    SELECT n, $4::date + (n * $3::integer / $6::bigint)::integer AS day, ledger.uuid7() AS uid
    FROM generate_series($5::bigint, $5::bigint + $1::integer - 1) AS n
), header AS (
    INSERT INTO ledger.entry (uid, programme, book_id, period_id, kind, effective_on, fact_on, source_type, source_id,
                              source_version, idem_scope, idem_key, req_hash, actor)
    SELECT w.uid, p.programme, $2, p.id, 'invoice', w.day, w.day, 'bench', w.uid, 1, 'bench', w.uid::text,
           sha256(uuid_send(w.uid)), 'bench'
    FROM wanted w JOIN ledger.period p ON p.book_id = $2 AND w.day BETWEEN p.starts_on AND p.ends_on
    ORDER BY w.n
    RETURNING id, uid, programme, effective_on
)
INSERT INTO ledger.posting (entry_id, line, programme, account_id, amount_minor, currency, base_minor, effective_on)
SELECT h.id, leg.line, h.programme, CASE leg.line WHEN 1 THEN r.id ELSE income.id END, leg.sign * (1000 + w.n % 977), 'BOB',
       leg.sign * (1000 + w.n % 977), h.effective_on
FROM header h
JOIN wanted w ON w.uid = h.uid
JOIN receivable r ON r.place = w.n % r.many
CROSS JOIN (SELECT id FROM ledger.account WHERE book_id = $2 AND code = '4010') AS income
CROSS JOIN (VALUES (1, 1), (2, -1)) AS leg (line, sign)
