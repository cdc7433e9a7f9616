-- What was paid, prepaid, reversed or given by the ILO has entries that nothing would explain any more, so it is refused
-- while there is any. Costs by card stay, without card and event: two of one event would not fit the key of before.
DO $$
BEGIN
    IF EXISTS (SELECT FROM cost_payment) OR EXISTS (SELECT FROM prepayment) OR EXISTS (SELECT FROM cost_reversal)
       OR EXISTS (SELECT FROM cost WHERE by_ilo) THEN
        RAISE EXCEPTION 'payments, prepayments, reversals of costs or the ILO''s contributions would be lost'
            USING ERRCODE = 'restrict_violation';
    END IF;
END $$;

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

CREATE OR REPLACE VIEW recovery_document AS
WITH billed AS (
    SELECT s.id AS share_id, s.payer_class, s.agreement_id, s.amount_minor, s.programme, i.partner_id, i.currency,
           i.id AS invoice_id, i.contracted_on, i.contract_ended_on, i.issued_on, i.number,
           n.training_id, n.module, n.region, n.delivery
    FROM invoice_share s JOIN invoice i ON i.id = s.invoice_id JOIN enrollment n ON n.id = i.enrollment_id
), amounts AS (
    SELECT 'contracted' AS basis, payer_class AS component, share_id, amount_minor, contracted_on AS on_day FROM billed
    UNION ALL
    SELECT 'contracted', payer_class, share_id, -amount_minor, contract_ended_on FROM billed
    WHERE contract_ended_on IS NOT NULL
    UNION ALL
    SELECT 'invoiced', payer_class, share_id, amount_minor, issued_on FROM billed WHERE number IS NOT NULL
    UNION ALL
    SELECT 'invoiced', b.payer_class, b.share_id, -b.amount_minor, c.issued_on
    FROM billed b JOIN credit_note c ON c.invoice_id = b.invoice_id
    UNION ALL
    SELECT 'invoiced', b.payer_class, b.share_id, t.approved_minor - t.claimed_minor, c.decided_on
    FROM billed b JOIN claim_item t ON t.share_id = b.share_id JOIN claim c ON c.id = t.claim_id
    WHERE c.state = 'approved'
    UNION ALL
    SELECT 'received', b.payer_class, b.share_id, p.amount_minor, a.allocated_on
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

UPDATE ledger.chart SET party = 'agreement' WHERE code = '4190';
ALTER TABLE ledger.chart DROP CONSTRAINT chart_party_check;
ALTER TABLE ledger.chart ADD CONSTRAINT chart_party_check
    CHECK (party IN ('none', 'enterprise', 'agreement', 'payer', 'bank-account'));
CREATE OR REPLACE FUNCTION ledger.open_account(
    p_book uuid, p_code text, p_currency text, p_enterprise uuid, p_agreement uuid, p_bank_account uuid
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    found_id bigint;
    owner book;
    model chart;
    fits boolean;
BEGIN
    SELECT * INTO owner FROM book WHERE id = p_book;
    SELECT * INTO model FROM chart WHERE code = p_code;
    fits := p_currency IS NOT NULL AND CASE model.party
        WHEN 'none' THEN num_nonnulls(p_enterprise, p_agreement, p_bank_account) = 0
        WHEN 'enterprise' THEN p_enterprise IS NOT NULL AND num_nonnulls(p_agreement, p_bank_account) = 0
        WHEN 'agreement' THEN p_agreement IS NOT NULL AND num_nonnulls(p_enterprise, p_bank_account) = 0
        WHEN 'payer' THEN p_bank_account IS NULL AND num_nonnulls(p_enterprise, p_agreement) = 1
        WHEN 'bank-account' THEN num_nonnulls(p_enterprise, p_agreement) = 0
    END;
    IF owner.id IS NULL OR fits IS NOT TRUE THEN
        RAISE EXCEPTION 'book % has no account % in % for enterprise %, agreement % and bank account %',
            p_book, p_code, p_currency, p_enterprise, p_agreement, p_bank_account USING ERRCODE = 'LG010';
    END IF;
    INSERT INTO account (programme, book_id, code, currency, enterprise_id, agreement_id, bank_account_id,
                         may_be_negative)
    VALUES (owner.programme, p_book, p_code, p_currency, p_enterprise, p_agreement, p_bank_account,
            model.may_be_negative)
    ON CONFLICT DO NOTHING RETURNING id INTO found_id;
    IF found_id IS NULL THEN -- it is there, perhaps since another transaction's commit a moment ago
        SELECT id INTO found_id FROM account
        WHERE book_id = p_book AND code = p_code AND currency = p_currency
          AND party_id = coalesce(p_enterprise, p_agreement, p_bank_account, '00000000-0000-0000-0000-000000000000');
    END IF;
    RETURN found_id;
END $$;

DROP TABLE cost_payment_reversal, cost_payment_part, cost_payment, prepayment_reversal, prepayment, cost_reversal,
    delivery, training_participant;
DROP TRIGGER cost_corrects_reversed ON cost;
DROP FUNCTION require_cost_owed(), require_cost_unpaid(), require_prepayment_unused(), require_corrected_reversed();
DROP INDEX cost_once_per_event, cost_supplier, cost_of_bill;
ALTER TABLE cost DISABLE TRIGGER cost_append_only;
UPDATE cost SET source_event_id = NULL, card_id = NULL, item = NULL, quantity = NULL WHERE card_id IS NOT NULL;
ALTER TABLE cost ENABLE ALWAYS TRIGGER cost_append_only;
ALTER TABLE cost
    DROP COLUMN by_ilo, DROP COLUMN supplier, DROP COLUMN document_reference, DROP COLUMN document_on,
    DROP COLUMN attachments, DROP COLUMN given_by, DROP COLUMN valuation, DROP COLUMN duplicate_reason,
    DROP COLUMN bill_id, DROP COLUMN corrects, DROP COLUMN card_id, DROP COLUMN item, DROP COLUMN quantity,
    ADD CONSTRAINT cost_source_event_id_key UNIQUE (source_event_id);
DROP TABLE cost_bill, rate_card;
ALTER TABLE training DROP COLUMN lead_trainer_id;

DO $$
BEGIN
    EXECUTE format('REVOKE UPDATE (id) ON cost FROM %I', current_setting('scorebook.application_role'));
END $$;
