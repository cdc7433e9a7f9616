-- Cost recovery with claims over costs and with reductions; the two views share nothing, see docs/cost-recovery.md.

CREATE OR REPLACE VIEW ledger.recovery_posting AS
SELECT p.programme, a.book_id, part.basis, part.component, part.amount_minor, b.currency, p.effective_on,
       p.phase, p.training_id, p.module, p.region, p.delivery, p.payer_class, p.agreement_id, p.cost_kind,
       p.is_in_kind, a.code AS account_code, a.uid AS account_uid, a.enterprise_id, p.base_minor AS posted_minor,
       e.uid AS entry_uid, p.line, e.kind,
       coalesce(o.source_type, e.source_type) AS source_type, coalesce(o.source_id, e.source_id) AS source_id,
       o.uid AS reverses_uid
FROM ledger.posting p
JOIN ledger.entry e ON e.id = p.entry_id
JOIN ledger.account a ON a.id = p.account_id
JOIN ledger.book b ON b.id = a.book_id
LEFT JOIN ledger.entry o ON o.id = e.reverses_entry_id
CROSS JOIN LATERAL (
    -- Agreed: what each payer is bound to by the enrollment.
    SELECT 'contracted' AS basis, p.payer_class AS component, p.base_minor AS amount_minor
    WHERE a.code = '9110'
    UNION ALL
    -- Billed: receivables made by invoices and by approved claims over costs (the approval of one over invoices touches no
    -- receivable), less credit notes, what a funder did not approve and what was given up.
    SELECT 'invoiced', p.payer_class, p.base_minor
    WHERE a.code IN ('1110', '1120') AND p.payer_class IS NOT NULL
      AND e.kind IN ('invoice', 'credit-note', 'claim-approval', 'claim-reduction', 'write-off')
    UNION ALL
    -- Received: receivables paid off, less what a credit note gave back. Cash not set against anything is a debt to the
    -- payer, not a fee.
    SELECT 'received', p.payer_class, -p.base_minor
    WHERE a.code IN ('1110', '1120') AND p.payer_class IS NOT NULL AND e.kind IN ('allocation', 'offset')
    UNION ALL
    -- Contributions in kind are agreed, given and received at once.
    SELECT basis, 'K', -p.base_minor FROM (VALUES ('contracted'), ('invoiced'), ('received')) AS every (basis)
    WHERE a.code = '4130' AND e.kind <> 'closing'
    UNION ALL
    -- So are those of the ILO; what comes through its agreements is a receivable and counted above.
    SELECT basis, 'I', -p.base_minor FROM (VALUES ('contracted'), ('invoiced'), ('received')) AS every (basis)
    WHERE a.code = '4190' AND e.kind IN ('cost', 'in-kind')
    UNION ALL
    -- Costs count when they are incurred, whatever the basis of the income beside them. What the ILO gives in kind is a
    -- cost too: left out, the ILO's own work would raise the share that others cover.
    SELECT basis, CASE WHEN a.code < '6000' THEN 'C_dir' ELSE 'C_ovh' END, p.base_minor
    FROM (VALUES ('contracted'), ('invoiced'), ('received')) AS every (basis)
    WHERE a.code >= '5000' AND a.code < '7000' AND e.kind <> 'closing'
      AND (NOT p.is_in_kind OR p.payer_class = 'I')
) AS part;

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
    SELECT 'invoiced', b.payer_class, b.share_id, t.approved_minor + t.reduced_minor - t.claimed_minor, c.decided_on,
           c.decided_phase
    FROM billed b JOIN claim_item t ON t.share_id = b.share_id AND t.is_live JOIN claim c ON c.id = t.claim_id
    WHERE c.state IN ('approved', 'closed')
    UNION ALL
    SELECT 'invoiced', b.payer_class, b.share_id, -r.amount_minor, s.on_day, s.phase
    FROM billed b JOIN claim_reduction r ON r.share_id = b.share_id
    JOIN claim_step s ON s.claim_id = r.claim_id AND s.serial = r.serial
    UNION ALL
    SELECT 'received', b.payer_class, b.share_id, p.amount_minor - p.tax_minor, a.allocated_on, a.phase
    FROM billed b JOIN allocation_part p ON p.share_id = b.share_id JOIN allocation a ON a.id = p.allocation_id
    UNION ALL
    SELECT 'received', b.payer_class, b.share_id, -n.released_minor, n.on_day, n.phase
    FROM billed b JOIN credited n USING (share_id)
    UNION ALL
    SELECT 'received', b.payer_class, b.share_id, p.amount_minor - p.tax_minor, u.used_on, u.phase
    FROM billed b JOIN credit_use_part p ON p.share_id = b.share_id JOIN credit_use u ON u.id = p.credit_use_id
), funded AS (
    -- Costs that a funder granted: agreed and billed on the day of the decision, as there is no invoice before.
    SELECT t.claim_id, t.cost_id, g.payer_class AS component, t.approved_minor + t.reduced_minor AS granted_minor,
           k.decided_on, k.decided_phase, k.agreement_id, c.programme, c.partner_id, c.currency, c.training_id, r.module,
           coalesce(r.region, p.region) AS region, r.delivery
    FROM claim_item t JOIN claim k ON k.id = t.claim_id AND k.state IN ('approved', 'closed')
    JOIN agreement g ON g.id = k.agreement_id JOIN cost c ON c.id = t.cost_id JOIN partner p ON p.id = c.partner_id
    LEFT JOIN training r ON r.id = c.training_id
    WHERE t.is_live
), funding AS (
    SELECT basis, claim_id, cost_id, granted_minor AS amount_minor, decided_on AS on_day,
           decided_phase AS phase
    FROM funded CROSS JOIN (VALUES ('contracted'), ('invoiced')) AS both_bases (basis)
    UNION ALL
    SELECT 'invoiced', r.claim_id, r.cost_id, -r.amount_minor, s.on_day, s.phase
    FROM claim_reduction r JOIN claim_step s ON s.claim_id = r.claim_id AND s.serial = r.serial
    WHERE r.cost_id IS NOT NULL
    UNION ALL
    SELECT 'invoiced', w.claim_id, p.cost_id, -p.amount_minor, w.written_on, w.phase
    FROM write_off_part p JOIN write_off w ON w.id = p.write_off_id WHERE p.cost_id IS NOT NULL
    UNION ALL
    SELECT 'invoiced', w.claim_id, p.cost_id, p.amount_minor, r.reversed_on, w.phase
    FROM write_off_part p JOIN write_off w ON w.id = p.write_off_id JOIN write_off_reversal r ON r.write_off_id = w.id
    WHERE p.cost_id IS NOT NULL
    UNION ALL
    SELECT 'received', a.claim_id, p.cost_id, p.amount_minor, a.allocated_on, a.phase
    FROM allocation_part p JOIN allocation a ON a.id = p.allocation_id WHERE p.cost_id IS NOT NULL
    UNION ALL
    SELECT 'received', u.claim_id, p.cost_id, p.amount_minor, u.used_on, u.phase
    FROM credit_use_part p JOIN credit_use u ON u.id = p.credit_use_id WHERE p.cost_id IS NOT NULL
)
SELECT b.programme, b.partner_id, m.basis, m.component, m.amount_minor, b.currency, m.on_day,
       b.training_id, b.module, b.region, b.delivery, b.agreement_id, m.phase
FROM amounts m JOIN billed b USING (share_id)
UNION ALL
SELECT f.programme, f.partner_id, m.basis, f.component, m.amount_minor, f.currency, m.on_day,
       f.training_id, f.module, f.region, f.delivery, f.agreement_id, m.phase
FROM funding m JOIN funded f USING (claim_id, cost_id)
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
