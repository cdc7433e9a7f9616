-- What the documents refuse: change of what was issued, and sums that do not fit. ENABLE ALWAYS as in the ledger.

CREATE TRIGGER agreement_share_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON agreement_share
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER invoice_share_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON invoice_share
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER credit_note_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON credit_note
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER allocation_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON allocation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER allocation_part_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON allocation_part
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER cost_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cost
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER measurement_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cost_recovery_measurement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER self_sufficiency_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON self_sufficiency
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER price_kept BEFORE DELETE OR TRUNCATE ON price FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agreement_kept BEFORE DELETE OR TRUNCATE ON agreement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER invoice_kept BEFORE DELETE OR TRUNCATE ON invoice FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER claim_kept BEFORE DELETE OR TRUNCATE ON claim FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER claim_item_kept BEFORE DELETE OR TRUNCATE ON claim_item
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER number_series_kept BEFORE DELETE OR TRUNCATE ON number_series
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Of a row that exists, only the columns named after the table's step may change. Arguments: the columns.
CREATE FUNCTION refuse_rewrite() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    IF (to_jsonb(OLD) - coalesce(TG_ARGV, '{}')) IS DISTINCT FROM (to_jsonb(NEW) - coalesce(TG_ARGV, '{}')) THEN
        RAISE EXCEPTION '% % is fixed: change refused', TG_TABLE_NAME, to_jsonb(OLD) ->> 'id'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER price_fixed BEFORE UPDATE ON price FOR EACH ROW EXECUTE FUNCTION refuse_rewrite('valid_to');
CREATE TRIGGER agreement_fixed BEFORE UPDATE ON agreement FOR EACH ROW WHEN (OLD.state = 'active')
    EXECUTE FUNCTION refuse_rewrite('state', 'closed_on', 'close_reason', 'committed_minor');
CREATE TRIGGER agreement_closed BEFORE UPDATE ON agreement FOR EACH ROW WHEN (OLD.state = 'closed')
    EXECUTE FUNCTION refuse_rewrite('committed_minor');
CREATE TRIGGER invoice_drafted BEFORE UPDATE ON invoice FOR EACH ROW WHEN (OLD.state = 'draft')
    EXECUTE FUNCTION refuse_rewrite('state', 'contract_ended_on', 'end_reason', 'number', 'fiscal_year', 'serial',
                                    'issued_on', 'due_on', 'enterprise_name', 'enterprise_tax_id', 'settled_on');
CREATE TRIGGER invoice_issued BEFORE UPDATE ON invoice FOR EACH ROW WHEN (OLD.state = 'issued')
    EXECUTE FUNCTION refuse_rewrite('state', 'contract_ended_on', 'end_reason', 'earned_on', 'settled_on');
CREATE TRIGGER invoice_ended BEFORE UPDATE ON invoice FOR EACH ROW WHEN (OLD.state IN ('cancelled', 'credited'))
    EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER claim_submitted BEFORE UPDATE ON claim FOR EACH ROW WHEN (OLD.state = 'submitted')
    EXECUTE FUNCTION refuse_rewrite('state', 'decided_on', 'approved_minor', 'decision_reason');
CREATE TRIGGER claim_decided BEFORE UPDATE ON claim FOR EACH ROW WHEN (OLD.state <> 'submitted')
    EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER claim_item_fixed BEFORE UPDATE ON claim_item FOR EACH ROW
    EXECUTE FUNCTION refuse_rewrite('approved_minor', 'is_live');

-- An invoice never goes back.
CREATE FUNCTION require_invoice_step() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (('draft', 'issued'), ('draft', 'cancelled'), ('issued', 'credited'))
       OR NEW.serial IS DISTINCT FROM coalesce(OLD.serial, NEW.serial) THEN
        RAISE EXCEPTION 'invoice %: from % to % is not a step', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_step BEFORE UPDATE ON invoice FOR EACH ROW WHEN (OLD.state <> NEW.state)
    EXECUTE FUNCTION require_invoice_step();

-- Numbers are given one after the other.
CREATE FUNCTION require_next_number() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.last <> (CASE TG_OP WHEN 'INSERT' THEN 1 ELSE OLD.last + 1 END) THEN
        RAISE EXCEPTION 'series % of % %: % is not the next number', NEW.kind, NEW.partner_id, NEW.fiscal_year, NEW.last
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER number_series_next BEFORE INSERT OR UPDATE ON number_series
    FOR EACH ROW EXECUTE FUNCTION require_next_number();

-- The shares of an invoice make its total, to the minor unit. All of them come in one statement.
CREATE FUNCTION require_whole_invoice() RETURNS trigger LANGUAGE plpgsql
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
CREATE TRIGGER invoice_share_whole AFTER INSERT ON invoice_share REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION require_whole_invoice();

-- What is taken from a payment never exceeds it. The payment's lock makes two allocations take turns.
CREATE FUNCTION require_payment_covers() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT p.id, p.amount_minor FROM payment p WHERE p.id = ANY (ARRAY(SELECT payment_id FROM added)) ORDER BY p.id
        FOR NO KEY UPDATE
    LOOP
        IF (SELECT sum(amount_minor) FROM allocation WHERE payment_id = one.id) > one.amount_minor THEN
            RAISE EXCEPTION 'more is allocated from payment % than it brought', one.id USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER allocation_covered AFTER INSERT ON allocation REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION require_payment_covers();

-- The parts of an allocation make it whole, and no share gets more than is owed on it: the enterprise's share, or what
-- a funder approved. The invoice's lock makes two allocations take turns.
CREATE FUNCTION require_share_owed() RETURNS trigger LANGUAGE plpgsql
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
CREATE TRIGGER allocation_part_owed AFTER INSERT ON allocation_part REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION require_share_owed();

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
