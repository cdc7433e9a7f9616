-- As before, with the agreement that pays and the phase of the fact.
CREATE OR REPLACE VIEW recovery_document AS
WITH billed AS (
    SELECT s.id AS share_id, s.payer_class, s.agreement_id, s.amount_minor - s.tax_minor AS net_minor, s.programme,
           i.partner_id, i.currency, i.id AS invoice_id, i.state, i.contracted_on, i.contract_ended_on, i.issued_on, i.number,
           i.voided_on, i.contracted_phase, i.issued_phase, n.training_id, n.module, n.region, n.delivery
    FROM invoice_share s JOIN invoice i ON i.id = s.invoice_id JOIN enrollment n ON n.id = i.enrollment_id
), credited AS ( -- a void note takes back what it took
    SELECT p.share_id, p.amount_minor - p.tax_minor AS net_minor,
           p.released_minor - p.released_tax_minor AS released_minor, n.issued_on AS on_day, n.phase
    FROM credit_note_part p JOIN credit_note n ON n.id = p.credit_note_id WHERE n.issued_on IS NOT NULL
    UNION ALL
    SELECT p.share_id, p.tax_minor - p.amount_minor, p.released_tax_minor - p.released_minor, n.ended_on, n.phase
    FROM credit_note_part p JOIN credit_note n ON n.id = p.credit_note_id WHERE n.state = 'void'
), given_up AS (
    SELECT p.share_id, p.amount_minor - p.tax_minor AS net_minor, w.written_on AS on_day, w.phase
    FROM write_off_part p JOIN write_off w ON w.id = p.write_off_id
    UNION ALL
    SELECT p.share_id, p.tax_minor - p.amount_minor, r.reversed_on, w.phase
    FROM write_off_part p JOIN write_off w ON w.id = p.write_off_id
    JOIN write_off_reversal r ON r.write_off_id = p.write_off_id
), amounts AS (
    SELECT 'contracted' AS basis, payer_class AS component, share_id, net_minor AS amount_minor, contracted_on AS on_day,
           contracted_phase AS phase
    FROM billed
    UNION ALL
    -- What ends is what was contracted: it leaves the phase that it came in.
    SELECT 'contracted', payer_class, share_id, -net_minor, contract_ended_on, contracted_phase FROM billed
    WHERE contract_ended_on IS NOT NULL AND state <> 'credited'
    UNION ALL
    SELECT 'contracted', b.payer_class, b.share_id, -n.net_minor, n.on_day, b.contracted_phase
    FROM billed b JOIN credited n USING (share_id)
    UNION ALL
    SELECT 'invoiced', payer_class, share_id, net_minor, issued_on, issued_phase FROM billed WHERE number IS NOT NULL
    UNION ALL
    SELECT 'invoiced', payer_class, share_id, -net_minor, voided_on, issued_phase FROM billed WHERE voided_on IS NOT NULL
    UNION ALL
    SELECT 'invoiced', b.payer_class, b.share_id, -n.net_minor, n.on_day, n.phase
    FROM billed b JOIN credited n USING (share_id)
    UNION ALL
    SELECT 'invoiced', b.payer_class, b.share_id, -w.net_minor, w.on_day, w.phase
    FROM billed b JOIN given_up w USING (share_id)
    UNION ALL
    SELECT 'invoiced', b.payer_class, b.share_id, t.approved_minor - t.claimed_minor, c.decided_on, c.decided_phase
    FROM billed b JOIN claim_item t ON t.share_id = b.share_id JOIN claim c ON c.id = t.claim_id
    WHERE c.state = 'approved'
    UNION ALL
    SELECT 'received', b.payer_class, b.share_id, p.amount_minor - p.tax_minor, a.allocated_on, a.phase
    FROM billed b JOIN allocation_part p ON p.share_id = b.share_id JOIN allocation a ON a.id = p.allocation_id
    UNION ALL
    SELECT 'received', b.payer_class, b.share_id, -n.released_minor, n.on_day, n.phase
    FROM billed b JOIN credited n USING (share_id)
    UNION ALL
    SELECT 'received', b.payer_class, b.share_id, p.amount_minor - p.tax_minor, u.used_on, u.phase
    FROM billed b JOIN credit_use_part p ON p.share_id = b.share_id JOIN credit_use u ON u.id = p.credit_use_id
)
SELECT b.programme, b.partner_id, m.basis, m.component, m.amount_minor, b.currency, m.on_day,
       b.training_id, b.module, b.region, b.delivery, b.agreement_id, m.phase
FROM amounts m JOIN billed b USING (share_id)
UNION ALL
-- A cost counts on the day it was posted, and no more from the day it was reversed. The ILO's are costs and its
-- contribution; others' gifts are K.
SELECT c.programme, c.partner_id, every.basis, part.component, said.sign * c.amount_minor, c.currency, said.on_day,
       c.training_id, t.module, coalesce(t.region, p.region), t.delivery, NULL::uuid, c.phase
FROM cost c JOIN partner p ON p.id = c.partner_id LEFT JOIN training t ON t.id = c.training_id
CROSS JOIN LATERAL (
    SELECT 1 AS sign, c.posted_on AS on_day
    UNION ALL
    SELECT -1, r.reversed_on FROM cost_reversal r WHERE r.cost_id = c.id
) AS said
CROSS JOIN LATERAL (
    SELECT CASE WHEN c.is_in_kind AND NOT c.by_ilo THEN 'K' WHEN c.is_direct THEN 'C_dir' ELSE 'C_ovh' END AS component
    UNION ALL
    SELECT 'I' WHERE c.by_ilo
) AS part
CROSS JOIN (VALUES ('contracted'), ('invoiced'), ('received')) AS every (basis);
