-- What the ledger refuses whoever asks: the application role, the owner of the tables, and a superuser under
-- session_replication_role = replica. Every trigger is ENABLE ALWAYS; ordinary ones and foreign keys are skipped there.
--
-- SQLSTATEs of class LG are this ledger's own; services/billing/ledger.py turns each into a sentence.
--   LG001 unbalanced entry            LG005 entry cannot be reversed     LG009 suspense is not zero
--   LG002 posting outside its entry   LG006 reversal before its entry    LG010 unknown book, account or party
--   LG003 key used for another entry  LG007 account would be negative    LG011 period already closed
--   LG004 period closed               LG008 earlier period still open    LG012 posting contradicts its entry

-- Runs at commit, once per entry. Catches the header that never got postings.
CREATE FUNCTION ledger.require_balanced_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    lines bigint;
    unbalanced text;
BEGIN
    SELECT count(*) INTO lines FROM posting WHERE entry_id = NEW.id;
    SELECT string_agg(format('%s %s', off, currency), ', ') INTO unbalanced
    FROM (SELECT currency, sum(amount_minor) AS off FROM posting WHERE entry_id = NEW.id
          GROUP BY currency HAVING sum(amount_minor) <> 0) AS sums;
    IF lines < 2 OR unbalanced IS NOT NULL THEN
        RAISE EXCEPTION 'entry % has % postings and is off by %', NEW.uid, lines, coalesce(unbalanced, '0')
            USING ERRCODE = 'LG001';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER entry_balanced AFTER INSERT ON ledger.entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger.require_balanced_entry();

-- Runs after every statement that adds postings. A posting may only join an entry of its own transaction, and each
-- statement must leave the entries it touches balanced: the trigger above has already run when somebody sets
-- constraints immediate and adds one more line to an entry it has passed.
CREATE FUNCTION ledger.require_own_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    SELECT p.entry_id, p.line INTO wrong
    FROM added p LEFT JOIN entry e ON e.id = p.entry_id
    WHERE e.id IS NULL OR e.tx <> pg_current_xact_id() LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'posting %/% does not come with its entry', wrong.entry_id, wrong.line
            USING ERRCODE = 'LG002';
    END IF;
    SELECT p.entry_id, p.line INTO wrong
    FROM added p JOIN entry e ON e.id = p.entry_id LEFT JOIN account a ON a.id = p.account_id
    WHERE a.id IS NULL OR a.book_id <> e.book_id OR a.currency <> p.currency
       OR p.effective_on <> e.effective_on OR p.programme <> e.programme LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'posting %/% differs from its entry or account in book, currency, programme or day',
            wrong.entry_id, wrong.line USING ERRCODE = 'LG012';
    END IF;
    SELECT p.entry_id, p.currency, sum(p.amount_minor) AS off INTO wrong
    FROM posting p WHERE p.entry_id = ANY (ARRAY(SELECT entry_id FROM added))
    GROUP BY p.entry_id, p.currency HAVING sum(p.amount_minor) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % is off by % %', wrong.entry_id, wrong.off, wrong.currency USING ERRCODE = 'LG001';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER posting_with_its_entry AFTER INSERT ON ledger.posting
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger.require_own_entry();

-- An entry lies inside an open period of its own book. The lock that makes this safe against a closing period is in
-- ledger.lock_period; this is the net under it for whoever writes around the functions.
CREATE FUNCTION ledger.require_open_period() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ledger, pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM period p
    WHERE p.id = NEW.period_id AND p.book_id = NEW.book_id AND p.programme = NEW.programme AND p.state = 'open'
      AND NEW.effective_on BETWEEN p.starts_on AND p.ends_on
    FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'entry % of % lies in no open period of its book', NEW.uid, NEW.effective_on
            USING ERRCODE = 'LG004';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER entry_in_open_period BEFORE INSERT ON ledger.entry
    FOR EACH ROW EXECUTE FUNCTION ledger.require_open_period();

-- An entry is reversed at most once (the unique key), never before its day, and never a reversal itself.
CREATE FUNCTION ledger.require_lawful_reversal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    original entry;
BEGIN
    SELECT * INTO original FROM entry WHERE id = NEW.reverses_entry_id FOR SHARE;
    IF NOT FOUND OR original.reverses_entry_id IS NOT NULL OR original.book_id <> NEW.book_id
       OR EXISTS (SELECT FROM entry WHERE reverses_entry_id = NEW.reverses_entry_id) THEN
        RAISE EXCEPTION 'entry % cannot be reversed', NEW.reverses_entry_id USING ERRCODE = 'LG005';
    END IF;
    IF NEW.effective_on < original.effective_on THEN
        RAISE EXCEPTION 'entry % is of %, its reversal would be of %', original.uid, original.effective_on,
            NEW.effective_on USING ERRCODE = 'LG006';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER entry_reversal BEFORE INSERT ON ledger.entry
    FOR EACH ROW WHEN (NEW.reverses_entry_id IS NOT NULL) EXECUTE FUNCTION ledger.require_lawful_reversal();

-- A period goes from open to closed and nowhere else. Reopening by two persons will be a step of its own.
CREATE FUNCTION ledger.require_period_step() RETURNS trigger LANGUAGE plpgsql
    SET search_path = ledger, pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.state <> 'open' OR NEW.state <> 'closed'
       OR (to_jsonb(OLD) - '{state,closed_at,closed_by}'::text[])
          IS DISTINCT FROM (to_jsonb(NEW) - '{state,closed_at,closed_by}'::text[]) THEN
        RAISE EXCEPTION 'a period is only ever closed: change of % refused', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER period_step BEFORE UPDATE ON ledger.period
    FOR EACH ROW EXECUTE FUNCTION ledger.require_period_step();
CREATE TRIGGER period_kept BEFORE DELETE OR TRUNCATE ON ledger.period
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.entry
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER posting_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.posting
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER account_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.account
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER book_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.book
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

ALTER TABLE ledger.entry ENABLE ALWAYS TRIGGER entry_balanced;
ALTER TABLE ledger.entry ENABLE ALWAYS TRIGGER entry_in_open_period;
ALTER TABLE ledger.entry ENABLE ALWAYS TRIGGER entry_reversal;
ALTER TABLE ledger.entry ENABLE ALWAYS TRIGGER entry_append_only;
ALTER TABLE ledger.posting ENABLE ALWAYS TRIGGER posting_with_its_entry;
ALTER TABLE ledger.posting ENABLE ALWAYS TRIGGER posting_append_only;
ALTER TABLE ledger.account ENABLE ALWAYS TRIGGER account_append_only;
ALTER TABLE ledger.book ENABLE ALWAYS TRIGGER book_append_only;
ALTER TABLE ledger.period ENABLE ALWAYS TRIGGER period_step;
ALTER TABLE ledger.period ENABLE ALWAYS TRIGGER period_kept;
