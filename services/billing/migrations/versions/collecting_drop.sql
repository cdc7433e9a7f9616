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

-- The guards as they were in documents_guards.sql and issuing_guards.sql.
CREATE OR REPLACE FUNCTION require_share_owed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    PERFORM 1 FROM invoice i JOIN invoice_share s ON s.invoice_id = i.id
    WHERE s.id = ANY (ARRAY(SELECT share_id FROM added)) ORDER BY i.id FOR NO KEY UPDATE OF i;
    SELECT a.id INTO wrong FROM allocation a JOIN allocation_part p ON p.allocation_id = a.id
    WHERE a.id = ANY (ARRAY(SELECT allocation_id FROM added))
    GROUP BY a.id HAVING sum(p.amount_minor) <> a.amount_minor LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the parts of allocation % do not make it whole', wrong.id USING ERRCODE = 'check_violation';
    END IF;
    SELECT s.id INTO wrong
    FROM invoice_share s
    JOIN invoice i ON i.id = s.invoice_id
    JOIN allocation_part p ON p.share_id = s.id
    LEFT JOIN claim_item c ON c.share_id = s.id AND c.is_live
    WHERE s.id = ANY (ARRAY(SELECT share_id FROM added))
    GROUP BY s.id, i.state, c.approved_minor
    HAVING i.state <> 'issued'
        OR sum(p.amount_minor) > CASE s.payer_class WHEN 'F' THEN s.amount_minor ELSE coalesce(c.approved_minor, 0) END
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'more is allocated to share % than is owed on it', wrong.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION require_invoice_step() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    owed record;
BEGIN
    IF (OLD.state, NEW.state) NOT IN (('draft', 'issued'), ('draft', 'cancelled'), ('issued', 'credited'),
                                      ('issued', 'void'))
       OR NEW.serial IS DISTINCT FROM coalesce(OLD.serial, NEW.serial) THEN
        RAISE EXCEPTION 'invoice %: from % to % is not a step', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'issued' THEN
        SELECT sum(amount_minor) AS total, sum(tax_minor) AS tax INTO owed FROM invoice_share WHERE invoice_id = NEW.id;
        IF (owed.total, owed.tax) IS DISTINCT FROM (NEW.total_minor::numeric, NEW.tax_minor::numeric) THEN
            RAISE EXCEPTION 'shares of invoice % are % with tax %, its total is % with tax %', NEW.id, owed.total,
                owed.tax, NEW.total_minor, NEW.tax_minor USING ERRCODE = 'check_violation';
        END IF;
        IF NOT EXISTS (SELECT FROM frozen_document WHERE id = NEW.id AND sha256 = NEW.document_sha256) THEN
            RAISE EXCEPTION 'invoice % is issued without a document', NEW.id USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.waits_for = 'completion'
           AND (SELECT completed_on FROM enrollment WHERE id = NEW.enrollment_id) IS NULL THEN
            RAISE EXCEPTION 'invoice % waits for completion', NEW.id USING ERRCODE = 'restrict_violation';
        END IF;
    ELSIF NEW.state = 'void' THEN
        IF EXISTS (SELECT FROM credit_note WHERE invoice_id = NEW.id)
           OR EXISTS (SELECT FROM claim_item c JOIN invoice_share s ON s.id = c.share_id
                      WHERE s.invoice_id = NEW.id AND c.is_live)
           OR (SELECT coalesce(sum(p.amount_minor), 0) FROM allocation_part p JOIN invoice_share s ON s.id = p.share_id
               WHERE s.invoice_id = NEW.id) <> 0 THEN
            RAISE EXCEPTION 'invoice % is paid, claimed or credited in part: it cannot be void', NEW.id
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION require_tax_owed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    SELECT s.id INTO wrong FROM invoice_share s JOIN allocation_part p ON p.share_id = s.id
    WHERE s.id = ANY (ARRAY(SELECT share_id FROM added))
    GROUP BY s.id
    HAVING sum(p.tax_minor) NOT BETWEEN 0 AND s.tax_minor
        OR sum(p.amount_minor - p.tax_minor) NOT BETWEEN 0 AND s.amount_minor - s.tax_minor
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'what is paid on share % does not fit its tax', wrong.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER allocation_part_taxed AFTER INSERT ON allocation_part REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION require_tax_owed();
ALTER TABLE allocation_part ENABLE ALWAYS TRIGGER allocation_part_taxed;

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
