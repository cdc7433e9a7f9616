-- Back to credit notes over whole invoices. What only the tables dropped here can hold is not dropped with them.
DO $$
BEGIN
    IF EXISTS (SELECT FROM write_off) OR EXISTS (SELECT FROM credit_use) OR EXISTS (SELECT FROM reminder)
       OR EXISTS (SELECT FROM allowance) OR EXISTS (SELECT FROM invoice_reopening) OR EXISTS (SELECT FROM credit_note WHERE state <> 'issued')
       OR EXISTS (SELECT FROM credit_note n JOIN invoice i ON i.id = n.invoice_id WHERE n.total_minor <> i.total_minor)
    THEN
        RAISE EXCEPTION 'credit notes in part, write-offs, reminders or allowances would be lost'
            USING ERRCODE = 'restrict_violation';
    END IF;
END $$;

-- The views as they were before.
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

CREATE OR REPLACE FUNCTION require_share_owed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    PERFORM 1 FROM invoice i JOIN invoice_share s ON s.invoice_id = i.id
    WHERE s.id IN (SELECT share_id FROM added) ORDER BY i.id FOR NO KEY UPDATE OF i;
    SELECT a.id INTO wrong FROM allocation a JOIN allocation_part p ON p.allocation_id = a.id
    WHERE a.id IN (SELECT allocation_id FROM added)
    GROUP BY a.id HAVING sum(p.amount_minor) <> a.amount_minor LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the parts of allocation % do not make it whole', wrong.id USING ERRCODE = 'check_violation';
    END IF;
    SELECT s.id INTO wrong
    FROM invoice_share s
    JOIN invoice i ON i.id = s.invoice_id
    JOIN allocation_part p ON p.share_id = s.id
    LEFT JOIN claim_item c ON c.share_id = s.id AND c.is_live
    WHERE s.id IN (SELECT share_id FROM added)
    GROUP BY s.id, i.state, c.approved_minor
    HAVING i.state <> 'issued'
        OR sum(p.amount_minor) > CASE s.payer_class WHEN 'F' THEN s.amount_minor ELSE coalesce(c.approved_minor, 0) END
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'more is allocated to share % than is owed on it', wrong.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

DROP VIEW receivable_movement, share_position;
DROP TABLE allowance, reminder_pause, reminder_skip, reminder_item, reminder, reminder_run, reminder_schedule,
    invoice_reopening, write_off_reversal, write_off_part, write_off, tolerance, credit_use_part, credit_use, credit_note_part;
DROP TRIGGER credit_note_step ON credit_note;
DROP TRIGGER credit_note_kept ON credit_note;
DROP TRIGGER credit_note_drafted ON credit_note;
DROP TRIGGER credit_note_issued ON credit_note;
DROP TRIGGER credit_note_ended ON credit_note;
DROP FUNCTION require_sound_shares(uuid[]), require_write_off_owed(), require_credit_note_step(), require_credit_covers(),
    require_offset_owed(), require_draft_note();
DROP INDEX credit_note_invoice;
ALTER TABLE credit_note
    DROP CONSTRAINT credit_note_numbered, DROP CONSTRAINT credit_note_ended, DROP CONSTRAINT credit_note_voided_later,
    DROP COLUMN kind, DROP COLUMN state, DROP COLUMN ended_on, DROP COLUMN end_reason,
    ALTER COLUMN number SET NOT NULL,
    ALTER COLUMN fiscal_year SET NOT NULL,
    ALTER COLUMN serial SET NOT NULL,
    ALTER COLUMN issued_on SET NOT NULL,
    ADD CONSTRAINT credit_note_invoice_id_key UNIQUE (invoice_id);
CREATE TRIGGER credit_note_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON credit_note
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE credit_note ENABLE ALWAYS TRIGGER credit_note_append_only;
DO $$
BEGIN
    EXECUTE format('REVOKE UPDATE ON credit_note FROM %I', current_setting('scorebook.application_role'));
END $$;
