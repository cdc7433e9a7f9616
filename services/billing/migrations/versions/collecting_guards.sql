-- What crediting and writing off refuse: more than is owed, more than was given back, a change of what was issued.

-- No share is taken below nothing, whatever takes it: payments, credit notes, write-offs and offsets together. The
-- invoice's lock makes two of them take turns.
CREATE FUNCTION require_sound_shares(p_shares uuid[]) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    wrong share_position;
BEGIN
    PERFORM 1 FROM invoice i JOIN invoice_share s ON s.invoice_id = i.id
    WHERE s.id = ANY (p_shares) ORDER BY i.id FOR NO KEY UPDATE OF i;
    SELECT * INTO wrong FROM share_position
    WHERE share_id = ANY (p_shares)
      AND (open_minor < 0 OR paid_minor < 0 OR tax_open_minor NOT BETWEEN 0 AND open_minor
           OR tax_paid_minor NOT BETWEEN 0 AND paid_minor OR (paid_minor > 0 AND agreement_id IS NOT NULL AND approved_minor IS NULL))
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'share % would be paid by % (tax %) and have % open (tax %): more than is owed on it',
            wrong.share_id, wrong.paid_minor, wrong.tax_paid_minor, wrong.open_minor, wrong.tax_open_minor
            USING ERRCODE = 'check_violation';
    END IF;
END $$;

-- The parts of an allocation make it whole, and its invoices are issued.
CREATE OR REPLACE FUNCTION require_share_owed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    PERFORM require_sound_shares((SELECT array_agg(DISTINCT share_id) FROM added));
    SELECT a.id INTO wrong FROM allocation a JOIN allocation_part p ON p.allocation_id = a.id
    WHERE a.id = ANY (ARRAY(SELECT allocation_id FROM added))
    GROUP BY a.id HAVING sum(p.amount_minor) <> a.amount_minor LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the parts of allocation % do not make it whole', wrong.id USING ERRCODE = 'check_violation';
    END IF;
    SELECT s.id INTO wrong FROM invoice_share s JOIN invoice i ON i.id = s.invoice_id
    WHERE s.id = ANY (ARRAY(SELECT share_id FROM added)) AND i.state <> 'issued' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'nothing is owed on share %: its invoice is not issued', wrong.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

-- Tax is looked at with the rest now.
DROP TRIGGER allocation_part_taxed ON allocation_part;
DROP FUNCTION require_tax_owed();

CREATE FUNCTION require_write_off_owed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    PERFORM require_sound_shares((SELECT array_agg(DISTINCT share_id) FROM added));
    SELECT w.id INTO wrong FROM write_off w JOIN write_off_part p ON p.write_off_id = w.id
    WHERE w.id = ANY (ARRAY(SELECT write_off_id FROM added))
    GROUP BY w.id HAVING sum(p.amount_minor) <> w.amount_minor LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the parts of write-off % do not make it whole', wrong.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER write_off_part_owed AFTER INSERT ON write_off_part REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION require_write_off_owed();

-- As in 0006; of what was answered to, write-offs and offsets are new.
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
        IF EXISTS (SELECT FROM credit_note WHERE invoice_id = NEW.id AND state IN ('draft', 'issued'))
           OR EXISTS (SELECT FROM share_position WHERE invoice_id = NEW.id
                      AND (claim_id IS NOT NULL OR paid_minor <> 0 OR written_off_minor <> 0)) THEN
            RAISE EXCEPTION 'invoice % is paid, claimed, credited or written off in part: it cannot be void', NEW.id
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

-- An issued note is its parts, and takes no share below nothing. A note whose money was used is not voided.
CREATE FUNCTION require_credit_note_step() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (('draft', 'issued'), ('draft', 'cancelled'), ('issued', 'void')) THEN
        RAISE EXCEPTION 'credit note %: from % to % is not a step', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'issued' THEN
        IF NEW.total_minor <> (SELECT coalesce(sum(amount_minor), 0) FROM credit_note_part
                               WHERE credit_note_id = NEW.id) THEN
            RAISE EXCEPTION 'the parts of credit note % do not make it whole', NEW.id USING ERRCODE = 'check_violation';
        END IF;
    ELSIF EXISTS (SELECT FROM credit_use WHERE credit_note_id = NEW.id) THEN
        RAISE EXCEPTION 'credit note % is used: it cannot be %', NEW.id, NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state IN ('issued', 'void') THEN
        PERFORM require_sound_shares((SELECT array_agg(share_id) FROM credit_note_part WHERE credit_note_id = NEW.id));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER credit_note_step AFTER UPDATE ON credit_note FOR EACH ROW WHEN (OLD.state <> NEW.state)
    EXECUTE FUNCTION require_credit_note_step();

-- What is used of a note never exceeds what it gave back to that payer. The note's lock makes two uses take turns.
CREATE FUNCTION require_credit_covers() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT n.id, n.state FROM credit_note n WHERE n.id = ANY (ARRAY(SELECT credit_note_id FROM added)) ORDER BY n.id
        FOR NO KEY UPDATE
    LOOP
        IF one.state <> 'issued' OR EXISTS (
            SELECT FROM credit_use u WHERE u.credit_note_id = one.id
            GROUP BY u.agreement_id
            HAVING sum(u.amount_minor) > (
                SELECT coalesce(sum(p.released_minor), 0) FROM credit_note_part p
                JOIN invoice_share s ON s.id = p.share_id
                WHERE p.credit_note_id = one.id AND s.agreement_id IS NOT DISTINCT FROM u.agreement_id)) THEN
            RAISE EXCEPTION 'more is used of credit note % than it gave back', one.id USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER credit_use_covered AFTER INSERT ON credit_use REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION require_credit_covers();

-- An offset pays shares of the payer whose money it is, and its parts make it whole.
CREATE FUNCTION require_offset_owed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    PERFORM require_sound_shares((SELECT array_agg(DISTINCT share_id) FROM added));
    SELECT u.id INTO wrong
    FROM credit_use u
    JOIN credit_note n ON n.id = u.credit_note_id
    JOIN invoice from_invoice ON from_invoice.id = n.invoice_id
    JOIN credit_use_part p ON p.credit_use_id = u.id
    JOIN invoice_share s ON s.id = p.share_id
    JOIN invoice i ON i.id = s.invoice_id
    WHERE u.id = ANY (ARRAY(SELECT credit_use_id FROM added))
    GROUP BY u.id
    HAVING sum(p.amount_minor) <> u.amount_minor OR bool_or(
        u.kind <> 'offset' OR i.state <> 'issued' OR s.agreement_id IS DISTINCT FROM u.agreement_id
        OR i.partner_id <> n.partner_id
        OR (u.agreement_id IS NULL AND i.enterprise_id <> from_invoice.enterprise_id))
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'offset % does not pay its own payer''s issued shares, or not as a whole', wrong.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER credit_use_part_owed AFTER INSERT ON credit_use_part REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION require_offset_owed();

-- A credit note is no longer written at once: its draft is filled in, and its void day.
DROP TRIGGER credit_note_append_only ON credit_note;
CREATE TRIGGER credit_note_kept BEFORE DELETE OR TRUNCATE ON credit_note
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER credit_note_drafted BEFORE UPDATE ON credit_note FOR EACH ROW WHEN (OLD.state = 'draft')
    EXECUTE FUNCTION refuse_rewrite('state', 'number', 'fiscal_year', 'serial', 'issued_on', 'ended_on', 'end_reason');
CREATE TRIGGER credit_note_issued BEFORE UPDATE ON credit_note FOR EACH ROW WHEN (OLD.state = 'issued')
    EXECUTE FUNCTION refuse_rewrite('state', 'ended_on', 'end_reason');
CREATE TRIGGER credit_note_ended BEFORE UPDATE ON credit_note FOR EACH ROW WHEN (OLD.state IN ('void', 'cancelled'))
    EXECUTE FUNCTION refuse_rewrite();

-- The parts are known with the draft; what of them was paid and earned is known at issue and fixed then.
CREATE FUNCTION require_draft_note() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM credit_note WHERE id = NEW.credit_note_id AND state = 'draft') THEN
        RAISE EXCEPTION 'credit note % is not a draft: change of its parts refused', NEW.credit_note_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_note_part_of_draft BEFORE INSERT OR UPDATE ON credit_note_part
    FOR EACH ROW EXECUTE FUNCTION require_draft_note();
CREATE TRIGGER credit_note_part_fixed BEFORE UPDATE ON credit_note_part FOR EACH ROW
    EXECUTE FUNCTION refuse_rewrite('tax_minor', 'released_minor', 'released_tax_minor', 'discount_minor',
                                    'is_earned');
CREATE TRIGGER credit_note_part_kept BEFORE DELETE OR TRUNCATE ON credit_note_part
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['credit_use', 'credit_use_part', 'tolerance', 'write_off', 'write_off_part',
                               'write_off_reversal', 'invoice_reopening', 'reminder_schedule', 'reminder_run', 'reminder',
                               'reminder_item', 'reminder_skip', 'reminder_pause', 'allowance']
    LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', one || '_append_only', one);
    END LOOP;
END $$;

DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace AND t.tgenabled <> 'A'
          AND c.relname = ANY (ARRAY['credit_note', 'credit_note_part', 'credit_use', 'credit_use_part', 'tolerance',
                                     'write_off', 'write_off_part', 'write_off_reversal', 'invoice_reopening',
                                     'reminder_schedule', 'reminder_run', 'reminder', 'reminder_item', 'reminder_skip', 'reminder_pause',
                                     'allowance'])
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', one.relname, one.tgname);
    END LOOP;
END $$;
