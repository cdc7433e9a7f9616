-- Back to periods that are open or closed. Refused while one is closed for review: it would have no state.
DO $$
BEGIN
    IF EXISTS (SELECT FROM ledger.period WHERE state = 'soft-closed') THEN
        RAISE EXCEPTION 'a period is closed for review: close or reopen it first' USING ERRCODE = 'restrict_violation';
    END IF;
END $$;

DROP FUNCTION ledger.seal(integer), ledger.seal_entries(bigint[]);
DROP VIEW ledger.entry_content;
DROP TABLE ledger.entry_seal, ledger.seal, ledger.seal_run;
DROP FUNCTION ledger.first_link(uuid), ledger.block_hash(bytea, bytea);
DROP INDEX ledger.entry_tx;

CREATE OR REPLACE FUNCTION ledger.require_open_period() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
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

CREATE OR REPLACE FUNCTION ledger.require_period_step() RETURNS trigger LANGUAGE plpgsql
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
ALTER FUNCTION ledger.require_period_step() SECURITY INVOKER;

DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT pg_get_functiondef(p.oid) AS text FROM pg_proc p
               WHERE p.pronamespace = 'ledger'::regnamespace AND p.proname IN ('post_entry', 'reverse_entry')
    LOOP
        EXECUTE replace(one.text, 'p_fact_on, p_may_move, p_actor);', 'p_fact_on, p_may_move);');
    END LOOP;
END $$;
DROP FUNCTION ledger.soft_close_period(uuid, text), ledger.grant_posting(uuid, text, text, text),
    ledger.ask_reopening(uuid, text, text), ledger.reopen_period(uuid, text, text), ledger.close_period(uuid, text),
    ledger.lock_for_step(uuid), ledger.lock_period(uuid, date, boolean, text),
    ledger.balances(uuid, date, timestamptz), ledger.balance(uuid, date, timestamptz),
    ledger.usable_checkpoint(uuid, date, timestamptz), ledger.rebuild_checkpoints(uuid),
    ledger.make_checkpoint(uuid), ledger.drop_checkpoint(uuid), ledger.takes_entry(uuid, text, text);
DROP TABLE ledger.balance_checkpoint, ledger.checkpoint, ledger.period_step;
ALTER TABLE ledger.period DROP CONSTRAINT period_state_check;
ALTER TABLE ledger.period ADD CONSTRAINT period_state_check CHECK (state IN ('open', 'closed'));
