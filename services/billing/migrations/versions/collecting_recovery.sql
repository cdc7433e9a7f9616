-- Cost recovery, on both paths, after an invoice is credited in part or written off. What was given up is no longer
-- invoiced; what was given back is no longer received; what an offset brings to another invoice is received there.

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
    -- Billed: receivables made by invoices, less credit notes, what a funder did not approve and what was given up.
    SELECT 'invoiced', p.payer_class, p.base_minor
    WHERE a.code IN ('1110', '1120') AND p.payer_class IS NOT NULL
      AND e.kind IN ('invoice', 'credit-note', 'claim-reduction', 'write-off')
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
    -- Costs count when they are incurred, whatever the basis of the income beside them.
    SELECT basis, CASE WHEN a.code < '6000' THEN 'C_dir' ELSE 'C_ovh' END, p.base_minor
    FROM (VALUES ('contracted'), ('invoiced'), ('received')) AS every (basis)
    WHERE a.code >= '5000' AND a.code < '7000' AND NOT p.is_in_kind AND e.kind <> 'closing'
) AS part;

CREATE OR REPLACE VIEW recovery_document AS
WITH billed AS (
    SELECT s.id AS share_id, s.payer_class, s.agreement_id, s.amount_minor - s.tax_minor AS net_minor, s.programme,
           i.partner_id, i.currency, i.id AS invoice_id, i.state, i.contracted_on, i.contract_ended_on, i.issued_on, i.number,
           i.voided_on, n.training_id, n.module, n.region, n.delivery
    FROM invoice_share s JOIN invoice i ON i.id = s.invoice_id JOIN enrollment n ON n.id = i.enrollment_id
), credited AS ( -- a void note takes back what it took
    SELECT p.share_id, p.amount_minor - p.tax_minor AS net_minor,
           p.released_minor - p.released_tax_minor AS released_minor, n.issued_on AS on_day
    FROM credit_note_part p JOIN credit_note n ON n.id = p.credit_note_id WHERE n.issued_on IS NOT NULL
    UNION ALL
    SELECT p.share_id, p.tax_minor - p.amount_minor, p.released_tax_minor - p.released_minor, n.ended_on
    FROM credit_note_part p JOIN credit_note n ON n.id = p.credit_note_id WHERE n.state = 'void'
), given_up AS (
    SELECT p.share_id, p.amount_minor - p.tax_minor AS net_minor, w.written_on AS on_day
    FROM write_off_part p JOIN write_off w ON w.id = p.write_off_id
    UNION ALL
    SELECT p.share_id, p.tax_minor - p.amount_minor, r.reversed_on
    FROM write_off_part p JOIN write_off_reversal r ON r.write_off_id = p.write_off_id
), amounts AS (
    SELECT 'contracted' AS basis, payer_class AS component, share_id, net_minor AS amount_minor, contracted_on AS on_day
    FROM billed
    UNION ALL
    SELECT 'contracted', payer_class, share_id, -net_minor, contract_ended_on FROM billed
    WHERE contract_ended_on IS NOT NULL AND state <> 'credited'
    UNION ALL
    SELECT 'contracted', b.payer_class, b.share_id, -n.net_minor, n.on_day FROM billed b JOIN credited n USING (share_id)
    UNION ALL
    SELECT 'invoiced', payer_class, share_id, net_minor, issued_on FROM billed WHERE number IS NOT NULL
    UNION ALL
    SELECT 'invoiced', payer_class, share_id, -net_minor, voided_on FROM billed WHERE voided_on IS NOT NULL
    UNION ALL
    SELECT 'invoiced', b.payer_class, b.share_id, -n.net_minor, n.on_day FROM billed b JOIN credited n USING (share_id)
    UNION ALL
    SELECT 'invoiced', b.payer_class, b.share_id, -w.net_minor, w.on_day FROM billed b JOIN given_up w USING (share_id)
    UNION ALL
    SELECT 'invoiced', b.payer_class, b.share_id, t.approved_minor - t.claimed_minor, c.decided_on
    FROM billed b JOIN claim_item t ON t.share_id = b.share_id JOIN claim c ON c.id = t.claim_id
    WHERE c.state = 'approved'
    UNION ALL
    SELECT 'received', b.payer_class, b.share_id, p.amount_minor - p.tax_minor, a.allocated_on
    FROM billed b JOIN allocation_part p ON p.share_id = b.share_id JOIN allocation a ON a.id = p.allocation_id
    UNION ALL
    SELECT 'received', b.payer_class, b.share_id, -n.released_minor, n.on_day FROM billed b JOIN credited n USING (share_id)
    UNION ALL
    SELECT 'received', b.payer_class, b.share_id, p.amount_minor - p.tax_minor, u.used_on
    FROM billed b JOIN credit_use_part p ON p.share_id = b.share_id JOIN credit_use u ON u.id = p.credit_use_id
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
