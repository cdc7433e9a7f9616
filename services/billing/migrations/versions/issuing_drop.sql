-- Back to prices without delivery and tax, and to one invoice per enrollment. What only this revision can hold would be
-- lost, so going back is refused while there is any.
DO $$
BEGIN
    IF EXISTS (SELECT FROM invoice WHERE state = 'void' OR instalments > 1 OR discount_minor > 0 OR tax_minor > 0
               OR total_minor = 0 OR waits_for <> 'enrollment')
       OR EXISTS (SELECT FROM price WHERE delivery IS NOT NULL OR tax_code IS NOT NULL)
       OR EXISTS (SELECT FROM credit_note WHERE total_minor = 0) THEN
        RAISE EXCEPTION 'void, zero, taxed, discounted or partial invoices, or prices by delivery, would be lost'
            USING ERRCODE = 'restrict_violation';
    END IF;
END $$;

DROP FUNCTION ledger.post_entries(uuid, boolean, text, jsonb);
DROP VIEW recovery_document;
DROP TRIGGER number_series_used ON number_series;
DROP TRIGGER allocation_part_taxed ON allocation_part;
DROP TRIGGER invoice_share_append_only ON invoice_share;
DROP TRIGGER invoice_share_fixed ON invoice_share;
DROP TRIGGER invoice_share_tax ON invoice_share;
DROP TRIGGER invoice_drafted ON invoice;
DROP TRIGGER invoice_issued ON invoice;
DROP TRIGGER invoice_ended ON invoice;
DROP FUNCTION require_numbers_used(), require_tax_owed(), require_tax_of_draft();
DROP INDEX invoice_live;
ALTER TABLE allocation_part DROP COLUMN tax_minor;
ALTER TABLE invoice_share DROP COLUMN tax_minor;
ALTER TABLE credit_note
    DROP CONSTRAINT credit_note_total_minor_check,
    ADD CONSTRAINT credit_note_total_minor_check CHECK (total_minor > 0);
ALTER TABLE invoice
    DROP CONSTRAINT invoice_total_minor_check,
    ADD CONSTRAINT invoice_total_minor_check CHECK (total_minor > 0),
    DROP CONSTRAINT invoice_state_check,
    ADD CONSTRAINT invoice_state_check CHECK (state IN ('draft', 'issued', 'cancelled', 'credited')),
    DROP CONSTRAINT invoice_check,
    ADD CONSTRAINT invoice_check CHECK ((state IN ('issued', 'credited')) = (number IS NOT NULL)),
    DROP CONSTRAINT invoice_check2,
    ADD CONSTRAINT invoice_check2 CHECK ((state IN ('cancelled', 'credited')) = (contract_ended_on IS NOT NULL)),
    DROP COLUMN instalment, DROP COLUMN instalments, DROP COLUMN waits_for, DROP COLUMN price_minor,
    DROP COLUMN discount_id, DROP COLUMN discount_minor, DROP COLUMN tax_minor, DROP COLUMN tax_code,
    DROP COLUMN tax_category, DROP COLUMN tax_rate_bp, DROP COLUMN tax_reason, DROP COLUMN voided_on,
    DROP COLUMN document_sha256;
CREATE UNIQUE INDEX invoice_live ON invoice (enrollment_id) WHERE state IN ('draft', 'issued');
DROP TABLE enterprise_profile, book_profile, frozen_document, discount, price_instalment, tax_rule;
DROP FUNCTION require_whole_plan();
ALTER TABLE price
    DROP CONSTRAINT price_overlap,
    DROP COLUMN delivery, DROP COLUMN tax_code,
    ADD COLUMN tax_rate_bp integer NOT NULL DEFAULT 0 CHECK (tax_rate_bp = 0),
    ADD CONSTRAINT price_overlap EXCLUDE USING gist (
        id_span(partner_id, partner_id, '[]') WITH &&,
        code_span(module, module, '[]') WITH &&,
        daterange(valid_from, valid_to, '[]') WITH &&);

-- The guards as they were in documents_guards.sql.
CREATE TRIGGER invoice_share_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON invoice_share
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER invoice_drafted BEFORE UPDATE ON invoice FOR EACH ROW WHEN (OLD.state = 'draft')
    EXECUTE FUNCTION refuse_rewrite('state', 'contract_ended_on', 'end_reason', 'number', 'fiscal_year', 'serial',
                                    'issued_on', 'due_on', 'enterprise_name', 'enterprise_tax_id', 'settled_on');
CREATE TRIGGER invoice_issued BEFORE UPDATE ON invoice FOR EACH ROW WHEN (OLD.state = 'issued')
    EXECUTE FUNCTION refuse_rewrite('state', 'contract_ended_on', 'end_reason', 'earned_on', 'settled_on');
CREATE TRIGGER invoice_ended BEFORE UPDATE ON invoice FOR EACH ROW WHEN (OLD.state IN ('cancelled', 'credited'))
    EXECUTE FUNCTION refuse_rewrite();

CREATE OR REPLACE FUNCTION require_invoice_step() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (('draft', 'issued'), ('draft', 'cancelled'), ('issued', 'credited'))
       OR NEW.serial IS DISTINCT FROM coalesce(OLD.serial, NEW.serial) THEN
        RAISE EXCEPTION 'invoice %: from % to % is not a step', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION require_next_number() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.last <> (CASE TG_OP WHEN 'INSERT' THEN 1 ELSE OLD.last + 1 END) THEN
        RAISE EXCEPTION 'series % of % %: % is not the next number', NEW.kind, NEW.partner_id, NEW.fiscal_year, NEW.last
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION require_whole_invoice() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    SELECT i.id, i.total_minor, sum(s.amount_minor) AS shares INTO wrong
    FROM invoice i JOIN invoice_share s ON s.invoice_id = i.id
    WHERE i.id = ANY (ARRAY(SELECT invoice_id FROM added))
    GROUP BY i.id HAVING sum(s.amount_minor) <> i.total_minor LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'shares of invoice % are %, its total is %', wrong.id, wrong.shares, wrong.total_minor
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace AND t.tgenabled <> 'A'
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', one.relname, one.tgname);
    END LOOP;
    EXECUTE format('REVOKE UPDATE ON invoice_share FROM %I', current_setting('scorebook.application_role'));
END $$;
