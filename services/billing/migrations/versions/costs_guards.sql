-- What costs and their payments refuse, whoever asks. ENABLE ALWAYS as everywhere.

CREATE TRIGGER rate_card_kept BEFORE DELETE OR TRUNCATE ON rate_card
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rate_card_fixed BEFORE UPDATE ON rate_card FOR EACH ROW EXECUTE FUNCTION refuse_rewrite('valid_to');
CREATE TRIGGER cost_bill_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cost_bill
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER training_participant_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON training_participant
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER delivery_kept BEFORE DELETE OR TRUNCATE ON delivery FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER delivery_unrated BEFORE UPDATE ON delivery FOR EACH ROW WHEN (OLD.rated_by IS NULL)
    EXECUTE FUNCTION refuse_rewrite('rated_by', 'card_id', 'cost_id');
CREATE TRIGGER delivery_rated BEFORE UPDATE ON delivery FOR EACH ROW WHEN (OLD.rated_by IS NOT NULL)
    EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER cost_reversal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cost_reversal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER prepayment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON prepayment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER prepayment_reversal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON prepayment_reversal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER cost_payment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cost_payment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER cost_payment_part_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cost_payment_part
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER cost_payment_reversal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cost_payment_reversal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The parts of a payment make it whole; each goes to a cost of the same book that somebody has to be paid for, and no
-- cost is paid beyond its amount, nor a prepayment used beyond its own. The locks make two payments take turns, and a
-- payment and a reversal. All parts of a payment come in one statement.
CREATE FUNCTION require_cost_owed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    PERFORM 1 FROM prepayment WHERE id IN (
        SELECT p.prepayment_id FROM cost_payment p JOIN added a ON a.payment_id = p.id) ORDER BY id FOR NO KEY UPDATE;
    PERFORM 1 FROM cost WHERE id = ANY (ARRAY(SELECT cost_id FROM added)) ORDER BY id FOR NO KEY UPDATE;
    SELECT p.id INTO wrong FROM cost_payment p JOIN cost_payment_part t ON t.payment_id = p.id
    WHERE p.id = ANY (ARRAY(SELECT payment_id FROM added))
    GROUP BY p.id HAVING sum(t.amount_minor) <> p.amount_minor LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the parts of payment % do not make it whole', wrong.id USING ERRCODE = 'check_violation';
    END IF;
    SELECT c.id INTO wrong
    FROM added a JOIN cost c ON c.id = a.cost_id JOIN cost_payment p ON p.id = a.payment_id
    WHERE c.is_in_kind OR c.by_ilo OR c.partner_id <> p.partner_id OR c.currency <> p.currency
       OR EXISTS (SELECT FROM cost_reversal r WHERE r.cost_id = c.id)
       OR EXISTS (SELECT FROM cost_payment_reversal r WHERE r.payment_id = p.id)
       OR c.amount_minor < (
           SELECT sum(t.amount_minor) FROM cost_payment_part t
           WHERE t.cost_id = c.id AND NOT EXISTS (
               SELECT FROM cost_payment_reversal r WHERE r.payment_id = t.payment_id))
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'more is paid for cost % than is owed for it', wrong.id USING ERRCODE = 'check_violation';
    END IF;
    SELECT q.id INTO wrong
    FROM prepayment q JOIN cost_payment p ON p.prepayment_id = q.id
    WHERE q.id IN (SELECT m.prepayment_id FROM cost_payment m JOIN added a ON a.payment_id = m.id)
      AND NOT EXISTS (SELECT FROM cost_payment_reversal r WHERE r.payment_id = p.id)
    GROUP BY q.id
    HAVING sum(p.amount_minor) > q.amount_minor OR bool_or(p.partner_id <> q.partner_id OR p.currency <> q.currency)
        OR EXISTS (SELECT FROM prepayment_reversal r WHERE r.prepayment_id = q.id)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'more is used of prepayment % than is left of it', wrong.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER cost_payment_part_owed AFTER INSERT ON cost_payment_part REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION require_cost_owed();

-- What is paid is not taken back: first the payment.
CREATE FUNCTION require_cost_unpaid() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM cost WHERE id = NEW.cost_id FOR NO KEY UPDATE;
    PERFORM 1 FROM cost_payment_part t
    WHERE t.cost_id = NEW.cost_id
      AND NOT EXISTS (SELECT FROM cost_payment_reversal r WHERE r.payment_id = t.payment_id);
    IF FOUND THEN
        RAISE EXCEPTION 'cost % is paid and cannot be reversed', NEW.cost_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cost_reversal_unpaid BEFORE INSERT ON cost_reversal
    FOR EACH ROW EXECUTE FUNCTION require_cost_unpaid();

CREATE FUNCTION require_prepayment_unused() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM prepayment WHERE id = NEW.prepayment_id FOR NO KEY UPDATE;
    PERFORM 1 FROM cost_payment p
    WHERE p.prepayment_id = NEW.prepayment_id
      AND NOT EXISTS (SELECT FROM cost_payment_reversal r WHERE r.payment_id = p.id);
    IF FOUND THEN
        RAISE EXCEPTION 'prepayment % is used and cannot be reversed', NEW.prepayment_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER prepayment_reversal_unused BEFORE INSERT ON prepayment_reversal
    FOR EACH ROW EXECUTE FUNCTION require_prepayment_unused();

-- A correction comes after the cost it corrects was taken back.
CREATE FUNCTION require_corrected_reversed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM cost_reversal WHERE cost_id = NEW.corrects) THEN
        RAISE EXCEPTION 'cost % is not reversed: nothing to correct', NEW.corrects USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cost_corrects_reversed BEFORE INSERT ON cost FOR EACH ROW WHEN (NEW.corrects IS NOT NULL)
    EXECUTE FUNCTION require_corrected_reversed();

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
