-- Every movement of what a payer owes or has to its credit. Statements and ageing read this; the check
-- statement-equals-ledger compares it with accounts 1110, 1120 and 2110 day by day.

-- Every movement, debit positive: `receivable` is 1110 or 1120, `credit` is 2110. The party is the enterprise, or the
-- agreement whose payer owes the share. `share_id` and `invoice_id` say what a receivable is for.
CREATE VIEW receivable_movement AS
WITH share AS (
    SELECT s.id AS share_id, s.invoice_id, i.programme, i.partner_id, i.currency, s.agreement_id, s.amount_minor,
           CASE WHEN s.agreement_id IS NULL THEN i.enterprise_id END AS enterprise_id
    FROM invoice_share s JOIN invoice i ON i.id = s.invoice_id AND i.number IS NOT NULL
), on_share AS (
    SELECT s.share_id, true AS on_receivable, false AS on_credit, 'invoice' AS document, i.id AS document_id,
           i.number AS document_number, NULL AS reference, i.issued_on AS on_day, s.amount_minor
    FROM share s JOIN invoice i ON i.id = s.invoice_id
    UNION ALL
    SELECT s.share_id, true, false, 'void-invoice', i.id, i.number, i.end_reason, i.voided_on, -s.amount_minor
    FROM share s JOIN invoice i ON i.id = s.invoice_id WHERE i.voided_on IS NOT NULL
    UNION ALL
    SELECT t.share_id, true, false, 'claim', c.id, c.number, c.decision_reason, c.decided_on,
           t.approved_minor - t.claimed_minor
    FROM claim_item t JOIN claim c ON c.id = t.claim_id WHERE t.approved_minor < t.claimed_minor
    UNION ALL
    SELECT p.share_id, true, true, 'allocation', a.id, NULL, NULL, a.allocated_on, -p.amount_minor
    FROM allocation_part p JOIN allocation a ON a.id = p.allocation_id
    UNION ALL
    SELECT p.share_id, true, false, 'credit-note', n.id, n.number, n.reason, d.on_day, -d.sign * p.amount_minor
    FROM credit_note_part p JOIN credit_note n ON n.id = p.credit_note_id
    CROSS JOIN LATERAL (SELECT n.issued_on, 1 UNION ALL SELECT n.ended_on, -1) AS d (on_day, sign)
    WHERE n.state IN ('issued', 'void') AND d.on_day IS NOT NULL
    UNION ALL
    SELECT p.share_id, true, true, 'credit-note', n.id, n.number, n.reason, d.on_day, d.sign * p.released_minor
    FROM credit_note_part p JOIN credit_note n ON n.id = p.credit_note_id
    CROSS JOIN LATERAL (SELECT n.issued_on, 1 UNION ALL SELECT n.ended_on, -1) AS d (on_day, sign)
    WHERE n.state IN ('issued', 'void') AND d.on_day IS NOT NULL AND p.released_minor > 0
    UNION ALL
    SELECT p.share_id, true, true, 'offset', u.id, n.number, NULL, u.used_on, -p.amount_minor
    FROM credit_use_part p JOIN credit_use u ON u.id = p.credit_use_id JOIN credit_note n ON n.id = u.credit_note_id
    UNION ALL
    SELECT p.share_id, true, false, 'write-off', w.id, NULL, w.reason, w.written_on, -p.amount_minor
    FROM write_off_part p JOIN write_off w ON w.id = p.write_off_id
    UNION ALL
    SELECT p.share_id, true, false, 'write-off', w.id, NULL, r.reason, r.reversed_on, p.amount_minor
    FROM write_off_part p JOIN write_off w ON w.id = p.write_off_id JOIN write_off_reversal r ON r.write_off_id = w.id
)
SELECT s.programme, s.partner_id, s.enterprise_id, s.agreement_id, s.currency, side.name AS side, s.share_id,
       s.invoice_id, m.document, m.document_id, m.document_number, m.reference, m.on_day,
       CASE side.name WHEN 'receivable' THEN m.amount_minor ELSE -m.amount_minor END AS amount_minor
FROM on_share m JOIN share s USING (share_id)
JOIN (VALUES ('receivable'), ('credit')) AS side (name)
     ON CASE side.name WHEN 'receivable' THEN m.on_receivable ELSE m.on_credit END
WHERE m.amount_minor <> 0
UNION ALL
SELECT p.programme, p.partner_id, p.enterprise_id, p.agreement_id, p.currency, 'credit', NULL, NULL,
       'payment', p.id, NULL, p.reference, p.received_on, -p.amount_minor
FROM payment p
UNION ALL
SELECT n.programme, n.partner_id, CASE WHEN u.agreement_id IS NULL THEN i.enterprise_id END, u.agreement_id,
       i.currency, 'credit', NULL, NULL, 'refund', u.id, n.number, u.reference, u.used_on, u.amount_minor
FROM credit_use u JOIN credit_note n ON n.id = u.credit_note_id JOIN invoice i ON i.id = n.invoice_id
WHERE u.kind = 'refund';
