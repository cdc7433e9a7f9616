-- What the new tables and steps refuse. ENABLE ALWAYS as everywhere.

CREATE TRIGGER tax_rule_kept BEFORE DELETE OR TRUNCATE ON tax_rule FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tax_rule_fixed BEFORE UPDATE ON tax_rule FOR EACH ROW EXECUTE FUNCTION refuse_rewrite('valid_to');
CREATE TRIGGER price_instalment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON price_instalment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER discount_kept BEFORE DELETE OR TRUNCATE ON discount FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER discount_granted BEFORE UPDATE ON discount FOR EACH ROW WHEN (OLD.withdrawn_on IS NULL)
    EXECUTE FUNCTION refuse_rewrite('withdrawn_on', 'withdrawn_by', 'withdraw_reason');
CREATE TRIGGER discount_withdrawn BEFORE UPDATE ON discount FOR EACH ROW WHEN (OLD.withdrawn_on IS NOT NULL)
    EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER frozen_document_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON frozen_document
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The instalments of a price make it whole. All of them come in one statement.
CREATE FUNCTION require_whole_plan() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    SELECT price_id, sum(share_bp) AS shares INTO wrong FROM price_instalment
    WHERE price_id = ANY (ARRAY(SELECT price_id FROM added))
    GROUP BY price_id HAVING sum(share_bp) <> 10000 OR max(number) <> count(*) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the instalments of price % make % hundredths of a per cent', wrong.price_id, wrong.shares
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER price_instalment_whole AFTER INSERT ON price_instalment REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION require_whole_plan();

-- Shares are fixed but for one thing: the tax of a draft is settled when it is issued, by the rule of that day. What is
-- owed for the training itself never changes.
DROP TRIGGER invoice_share_append_only ON invoice_share;
CREATE TRIGGER invoice_share_append_only BEFORE DELETE OR TRUNCATE ON invoice_share
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER invoice_share_fixed BEFORE UPDATE ON invoice_share FOR EACH ROW
    EXECUTE FUNCTION refuse_rewrite('amount_minor', 'tax_minor');
CREATE FUNCTION require_tax_of_draft() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.amount_minor - NEW.tax_minor <> OLD.amount_minor - OLD.tax_minor
       OR (SELECT state FROM invoice WHERE id = OLD.invoice_id) <> 'draft' THEN
        RAISE EXCEPTION 'share % is fixed: change refused', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_share_tax BEFORE UPDATE ON invoice_share FOR EACH ROW EXECUTE FUNCTION require_tax_of_draft();

-- The tax of an invoice is that of its enterprise's share. Runs with the statement that adds the shares.
CREATE OR REPLACE FUNCTION require_whole_invoice() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    SELECT i.id, i.total_minor, i.tax_minor, sum(s.amount_minor) AS shares, sum(s.tax_minor) AS taxes INTO wrong
    FROM invoice i JOIN invoice_share s ON s.invoice_id = i.id
    WHERE i.id = ANY (ARRAY(SELECT invoice_id FROM added))
    GROUP BY i.id HAVING sum(s.amount_minor) <> i.total_minor OR sum(s.tax_minor) <> i.tax_minor LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'shares of invoice % are % with tax %, its total is % with tax %', wrong.id, wrong.shares,
            wrong.taxes, wrong.total_minor, wrong.tax_minor USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER invoice_drafted ON invoice;
CREATE TRIGGER invoice_drafted BEFORE UPDATE ON invoice FOR EACH ROW WHEN (OLD.state = 'draft')
    EXECUTE FUNCTION refuse_rewrite('state', 'contract_ended_on', 'end_reason', 'number', 'fiscal_year', 'serial',
                                    'issued_on', 'due_on', 'enterprise_name', 'enterprise_tax_id', 'settled_on',
                                    'total_minor', 'tax_minor', 'tax_code', 'tax_category', 'tax_rate_bp', 'tax_reason',
                                    'document_sha256');
DROP TRIGGER invoice_issued ON invoice;
CREATE TRIGGER invoice_issued BEFORE UPDATE ON invoice FOR EACH ROW WHEN (OLD.state = 'issued')
    EXECUTE FUNCTION refuse_rewrite('state', 'contract_ended_on', 'end_reason', 'earned_on', 'settled_on', 'voided_on');
DROP TRIGGER invoice_ended ON invoice;
CREATE TRIGGER invoice_ended BEFORE UPDATE ON invoice FOR EACH ROW WHEN (OLD.state IN ('cancelled', 'credited', 'void'))
    EXECUTE FUNCTION refuse_rewrite();

-- An invoice never goes back. It is issued once what it waits for has happened, with a frozen document, and its total is
-- then that of its shares. Void takes back what nobody has answered to yet.
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

-- Numbers are given one after the other; those of invoices also many at a time, and then each must have its invoice when
-- the transaction ends.
CREATE OR REPLACE FUNCTION require_next_number() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    step integer := NEW.last - CASE TG_OP WHEN 'INSERT' THEN 0 ELSE OLD.last END;
BEGIN
    IF step < 1 OR (step > 1 AND NEW.kind <> 'invoice') THEN
        RAISE EXCEPTION 'series % of % %: % is not the next number', NEW.kind, NEW.partner_id, NEW.fiscal_year, NEW.last
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION require_numbers_used() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    before integer := CASE TG_OP WHEN 'INSERT' THEN 0 ELSE OLD.last END;
    used bigint;
BEGIN
    SELECT count(*) INTO used FROM invoice
    WHERE partner_id = NEW.partner_id AND fiscal_year = NEW.fiscal_year AND serial > before AND serial <= NEW.last;
    IF used <> NEW.last - before THEN
        RAISE EXCEPTION 'series % of % %: % of the numbers % to % have an invoice', NEW.kind, NEW.partner_id,
            NEW.fiscal_year, used, before + 1, NEW.last USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER number_series_used AFTER INSERT OR UPDATE ON number_series
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'invoice') EXECUTE FUNCTION require_numbers_used();

-- Of what is paid on a share, the tax and the rest each stay within what is owed of them.
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
END $$;
