-- As in 0002, in the book's currency. Closing a year moves results to equity; it is no cost and no income.
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
    -- Billed: receivables made by invoices, less credit notes and what a funder did not approve.
    SELECT 'invoiced', p.payer_class, p.base_minor
    WHERE a.code IN ('1110', '1120') AND p.payer_class IS NOT NULL
      AND e.kind IN ('invoice', 'credit-note', 'claim-reduction')
    UNION ALL
    -- Received: receivables paid off. Cash not yet set against anything is a debt to the payer, not a fee.
    SELECT 'received', p.payer_class, -p.base_minor
    WHERE a.code IN ('1110', '1120') AND p.payer_class IS NOT NULL AND e.kind = 'allocation'
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
