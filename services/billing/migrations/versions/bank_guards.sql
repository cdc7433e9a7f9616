-- What cannot be undone, changed or counted twice, whoever asks.

CREATE TRIGGER payment_kept BEFORE DELETE OR TRUNCATE ON payment FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- A payment says once whose it is; nothing else of it ever changes.
CREATE TRIGGER payment_unidentified BEFORE UPDATE ON payment FOR EACH ROW WHEN (OLD.payer_class IS NULL)
    EXECUTE FUNCTION refuse_rewrite('payer_class', 'enterprise_id', 'agreement_id', 'identified_on', 'identified_late');
CREATE TRIGGER payment_fixed BEFORE UPDATE ON payment FOR EACH ROW WHEN (OLD.payer_class IS NOT NULL)
    EXECUTE FUNCTION refuse_change();

CREATE TRIGGER payment_refund_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_refund
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_profile_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_profile
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_statement_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_reversal_kept BEFORE DELETE OR TRUNCATE ON payment_reversal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_reversal_live BEFORE UPDATE ON payment_reversal FOR EACH ROW WHEN (OLD.undone_on IS NULL)
    EXECUTE FUNCTION refuse_rewrite('undone_on');
CREATE TRIGGER payment_reversal_fixed BEFORE UPDATE ON payment_reversal FOR EACH ROW WHEN (OLD.undone_on IS NOT NULL)
    EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER bank_account_kept BEFORE DELETE OR TRUNCATE ON bank_account
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_account_open BEFORE UPDATE ON bank_account FOR EACH ROW WHEN (OLD.closed_on IS NULL)
    EXECUTE FUNCTION refuse_rewrite('closed_on', 'close_reason');
CREATE TRIGGER bank_account_closed BEFORE UPDATE ON bank_account FOR EACH ROW WHEN (OLD.closed_on IS NOT NULL)
    EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER bank_import_kept BEFORE DELETE OR TRUNCATE ON bank_import
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_import_previewed BEFORE UPDATE ON bank_import FOR EACH ROW WHEN (OLD.confirmed_at IS NULL)
    EXECUTE FUNCTION refuse_rewrite('confirmed_at', 'gap_reason');
CREATE TRIGGER bank_import_confirmed BEFORE UPDATE ON bank_import FOR EACH ROW WHEN (OLD.confirmed_at IS NOT NULL)
    EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER bank_line_kept BEFORE DELETE OR TRUNCATE ON bank_line
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_line_fixed BEFORE UPDATE ON bank_line FOR EACH ROW
    EXECUTE FUNCTION refuse_rewrite('state', 'suggestions', 'ignore_reason', 'booked_version');
CREATE TRIGGER bank_match_kept BEFORE DELETE OR TRUNCATE ON bank_match
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_match_fixed BEFORE UPDATE ON bank_match FOR EACH ROW
    EXECUTE FUNCTION refuse_rewrite('state', 'payment_id', 'entry_uid', 'posted_on', 'undone_on', 'undo_reason');

-- A line goes from step to step.
CREATE FUNCTION require_line_step() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('imported', 'suggested'), ('suggested', 'imported'),
        ('imported', 'matched'), ('suggested', 'matched'), ('matched', 'imported'), ('matched', 'suggested'),
        ('matched', 'posted'), ('posted', 'imported'), ('posted', 'suggested'),
        ('imported', 'ignored'), ('suggested', 'ignored'), ('ignored', 'imported'), ('ignored', 'suggested')) THEN
        RAISE EXCEPTION 'bank line %: from % to % is not a step', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_line_step BEFORE UPDATE ON bank_line FOR EACH ROW WHEN (OLD.state <> NEW.state)
    EXECUTE FUNCTION require_line_step();

-- A statement begins where the one before it ended, on an account that was open. The account's lock makes two imports take
-- turns.
CREATE FUNCTION require_next_statement() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    holder bank_account;
    before record;
BEGIN
    SELECT * INTO STRICT holder FROM bank_account WHERE id = NEW.bank_account_id FOR NO KEY UPDATE;
    SELECT serial, closing_minor INTO before FROM bank_statement
    WHERE bank_account_id = NEW.bank_account_id ORDER BY serial DESC LIMIT 1;
    IF NEW.serial <> coalesce(before.serial, 0) + 1
       OR NEW.opening_minor <> coalesce(before.closing_minor, holder.opening_minor)
       OR NEW.from_on < holder.opened_on OR NEW.to_on > coalesce(holder.closed_on, 'infinity') THEN
        RAISE EXCEPTION 'statement % of account % does not follow from the one before', NEW.serial, NEW.bank_account_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_statement_next BEFORE INSERT ON bank_statement
    FOR EACH ROW EXECUTE FUNCTION require_next_statement();

-- Runs at commit: the lines of a statement lead from its opening to its closing balance.
CREATE FUNCTION require_whole_statement() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    moved numeric;
BEGIN
    SELECT coalesce(sum(amount_minor), 0) INTO moved FROM bank_line WHERE statement_id = NEW.id;
    IF NEW.opening_minor + moved <> NEW.closing_minor THEN
        RAISE EXCEPTION 'statement %: % and lines of % do not make %', NEW.id, NEW.opening_minor, moved,
            NEW.closing_minor USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER bank_statement_whole AFTER INSERT ON bank_statement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_whole_statement();

-- A line comes with its statement: added later, it would stand in no balance.
CREATE FUNCTION require_own_statement() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    SELECT l.id INTO wrong
    FROM added l
    JOIN bank_statement s ON s.id = l.statement_id
    JOIN (SELECT statement_id, sum(amount_minor) AS moved FROM bank_line
          WHERE statement_id = ANY (ARRAY(SELECT statement_id FROM added)) GROUP BY statement_id) AS whole USING (statement_id)
    WHERE s.bank_account_id <> l.bank_account_id OR s.opening_minor + whole.moved <> s.closing_minor LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'bank line % is not of its statement', wrong.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER bank_line_own AFTER INSERT ON bank_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION require_own_statement();

-- What is taken from a payment, refunds included, never exceeds it, and nothing is taken from one without a payer or one
-- that bounced. The payment's lock makes two of them take turns.
CREATE FUNCTION require_payment_left(p_payments uuid[]) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    one record;
    taken numeric;
    given_back numeric;
BEGIN
    FOR one IN SELECT p.id, p.amount_minor, p.payer_class FROM payment p WHERE p.id = ANY (p_payments) ORDER BY p.id
        FOR NO KEY UPDATE
    LOOP
        SELECT coalesce(sum(amount_minor), 0) INTO taken FROM allocation WHERE payment_id = one.id;
        SELECT coalesce(sum(amount_minor), 0) INTO given_back FROM payment_refund WHERE payment_id = one.id;
        IF taken < 0 OR given_back < 0 OR taken + given_back > one.amount_minor THEN
            RAISE EXCEPTION 'more is taken from payment % than it brought', one.id USING ERRCODE = 'check_violation';
        END IF;
        IF taken + given_back > 0 AND (one.payer_class IS NULL OR EXISTS (
            SELECT FROM payment_reversal WHERE payment_id = one.id AND undone_on IS NULL)) THEN
            RAISE EXCEPTION 'payment % has no payer or was reversed: nothing can be taken from it', one.id
                USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION require_payment_covers() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    PERFORM require_payment_left((SELECT array_agg(payment_id) FROM added));
    RETURN NULL;
END $$;
CREATE TRIGGER payment_refund_covered AFTER INSERT ON payment_refund REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION require_payment_covers();
CREATE TRIGGER payment_reversal_covered AFTER INSERT ON payment_reversal REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION require_payment_covers();

-- What undoes an allocation or a refund is its exact opposite, and undoes no undoing.
CREATE FUNCTION require_opposite() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    original jsonb;
    mine jsonb := to_jsonb(NEW);
    same text;
BEGIN
    EXECUTE format('SELECT to_jsonb(o) FROM %I o WHERE id = $1', TG_TABLE_NAME) INTO original USING NEW.reverses_id;
    FOREACH same IN ARRAY TG_ARGV LOOP
        IF mine -> same IS DISTINCT FROM original -> same THEN
            original := NULL;
            EXIT;
        END IF;
    END LOOP;
    IF original IS NULL OR original ->> 'reverses_id' IS NOT NULL
       OR (original ->> 'amount_minor')::bigint <> -NEW.amount_minor THEN
        RAISE EXCEPTION '% % is not the opposite of %', TG_TABLE_NAME, NEW.id, NEW.reverses_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER allocation_opposite BEFORE INSERT ON allocation FOR EACH ROW WHEN (NEW.reverses_id IS NOT NULL)
    EXECUTE FUNCTION require_opposite('payment_id', 'invoice_id', 'claim_id');
CREATE TRIGGER payment_refund_opposite BEFORE INSERT ON payment_refund FOR EACH ROW WHEN (NEW.reverses_id IS NOT NULL)
    EXECUTE FUNCTION require_opposite('payment_id', 'method', 'bank_account_id');

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
