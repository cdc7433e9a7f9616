-- A payer's credit, now that a payment may be identified late, bounce, come back and be refunded; everything else as in
-- 0007, which took every payment as its payer's from the day it came.
ALTER VIEW receivable_movement RENAME TO receivable_document;
CREATE VIEW receivable_movement AS
SELECT programme, partner_id, enterprise_id, agreement_id, currency, side, share_id, invoice_id, document, document_id,
       document_number, reference, on_day, amount_minor
FROM receivable_document WHERE document <> 'payment'
UNION ALL
SELECT p.programme, p.partner_id, p.enterprise_id, p.agreement_id, p.currency, 'credit', NULL::uuid, NULL::uuid,
       m.document, m.document_id, NULL, m.reference, m.on_day, m.amount_minor
FROM payment p
CROSS JOIN LATERAL (
    SELECT 'payment' AS document, p.id AS document_id, p.reference, p.identified_on AS on_day, -p.amount_minor AS amount_minor
    UNION ALL
    SELECT 'payment-reversal', r.id, r.reason, d.on_day, d.sign * p.amount_minor
    FROM payment_reversal r
    CROSS JOIN LATERAL (SELECT r.reversed_on, 1 UNION ALL SELECT r.undone_on, -1) AS d (on_day, sign)
    WHERE r.payment_id = p.id AND d.on_day IS NOT NULL
    UNION ALL
    SELECT 'payment-refund', f.id, f.reason, f.refunded_on, f.amount_minor
    FROM payment_refund f WHERE f.payment_id = p.id
) AS m
WHERE p.payer_class IS NOT NULL;
