-- As in 0003, of the amounts without tax: tax is collected for the state and recovers no cost. An invoice taken back as
-- void leaves the invoiced basis on the day of its reversal.
CREATE OR REPLACE VIEW recovery_document AS
WITH billed AS (
    SELECT s.id AS share_id, s.payer_class, s.agreement_id, s.amount_minor - s.tax_minor AS net_minor, s.programme,
           i.partner_id, i.currency, i.id AS invoice_id, i.contracted_on, i.contract_ended_on, i.issued_on, i.number,
           i.voided_on, n.training_id, n.module, n.region, n.delivery
    FROM invoice_share s JOIN invoice i ON i.id = s.invoice_id JOIN enrollment n ON n.id = i.enrollment_id
), amounts AS (
    SELECT 'contracted' AS basis, payer_class AS component, share_id, net_minor AS amount_minor, contracted_on AS on_day
    FROM billed
    UNION ALL
    SELECT 'contracted', payer_class, share_id, -net_minor, contract_ended_on FROM billed
    WHERE contract_ended_on IS NOT NULL
    UNION ALL
    SELECT 'invoiced', payer_class, share_id, net_minor, issued_on FROM billed WHERE number IS NOT NULL
    UNION ALL
    SELECT 'invoiced', payer_class, share_id, -net_minor, voided_on FROM billed WHERE voided_on IS NOT NULL
    UNION ALL
    SELECT 'invoiced', b.payer_class, b.share_id, -b.net_minor, c.issued_on
    FROM billed b JOIN credit_note c ON c.invoice_id = b.invoice_id
    UNION ALL
    SELECT 'invoiced', b.payer_class, b.share_id, t.approved_minor - t.claimed_minor, c.decided_on
    FROM billed b JOIN claim_item t ON t.share_id = b.share_id JOIN claim c ON c.id = t.claim_id
    WHERE c.state = 'approved'
    UNION ALL
    SELECT 'received', b.payer_class, b.share_id, p.amount_minor - p.tax_minor, a.allocated_on
    FROM billed b JOIN allocation_part p ON p.share_id = b.share_id JOIN allocation a ON a.id = p.allocation_id
)
SELECT b.programme, b.partner_id, m.basis, m.component, m.amount_minor, b.currency, m.on_day,
       b.training_id, b.module, b.region, b.delivery
FROM amounts m JOIN billed b USING (share_id)
UNION ALL
SELECT c.programme, c.partner_id, every.basis,
       CASE WHEN c.is_in_kind THEN 'K' WHEN c.is_direct THEN 'C_dir' ELSE 'C_ovh' END,
       c.amount_minor, c.currency, c.posted_on, c.training_id, t.module, coalesce(t.region, p.region), t.delivery
FROM cost c JOIN partner p ON p.id = c.partner_id LEFT JOIN training t ON t.id = c.training_id
CROSS JOIN (VALUES ('contracted'), ('invoiced'), ('received')) AS every (basis);
