-- A period is soft-closed for review, then closed; a closed one is reopened when one person asks and another agrees.
-- Every step is kept. The order of states along a book is closed, soft-closed, open, except for a period just reopened.

ALTER TABLE ledger.period DROP CONSTRAINT period_state_check;
ALTER TABLE ledger.period ADD CONSTRAINT period_state_check CHECK (state IN ('open', 'soft-closed', 'closed'));

CREATE TABLE ledger.period_step (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    programme text NOT NULL,
    period_id uuid NOT NULL REFERENCES ledger.period,
    action    text NOT NULL CHECK (action IN ('soft-close', 'close', 'ask-reopening', 'reopen', 'grant')),
    actor     text NOT NULL,
    subject   text, -- who may post into the soft-closed period
    reason    text,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((action = 'grant') = (subject IS NOT NULL)),
    CHECK (subject <> actor),
    CHECK (action IN ('soft-close', 'close') OR reason IS NOT NULL)
);
CREATE INDEX period_step_period ON ledger.period_step (period_id, id);
CREATE TRIGGER period_step_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.period_step
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE ledger.period_step ENABLE ALWAYS TRIGGER period_step_append_only;

INSERT INTO ledger.period_step (programme, period_id, action, actor, at)
SELECT programme, id, 'close', closed_by, closed_at FROM ledger.period WHERE state = 'closed' ORDER BY closed_at, id;

-- The last word on a period: its state follows from its steps, and this trigger refuses any other change.
CREATE OR REPLACE FUNCTION ledger.require_period_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    last_step text;
BEGIN
    SELECT action INTO last_step FROM period_step
    WHERE period_id = OLD.id AND action IN ('soft-close', 'close', 'reopen') ORDER BY id DESC LIMIT 1;
    IF (OLD.state, NEW.state, last_step) NOT IN (
           ('open', 'soft-closed', 'soft-close'), ('open', 'closed', 'close'), ('soft-closed', 'closed', 'close'),
           ('soft-closed', 'open', 'reopen'), ('closed', 'open', 'reopen'))
       OR (to_jsonb(OLD) - '{state,closed_at,closed_by}'::text[])
          IS DISTINCT FROM (to_jsonb(NEW) - '{state,closed_at,closed_by}'::text[]) THEN
        RAISE EXCEPTION 'period %: from % to % is not a step', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

-- Whether a period takes an entry of somebody: while it is open, or soft-closed where somebody else has allowed it since.
CREATE FUNCTION ledger.takes_entry(p_period uuid, p_state text, p_actor text) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
    SELECT p_state = 'open' OR p_state = 'soft-closed' AND EXISTS (
        SELECT FROM period_step g
        WHERE g.period_id = p_period AND g.action = 'grant' AND g.subject = p_actor
          AND g.id > (SELECT max(s.id) FROM period_step s WHERE s.period_id = p_period AND s.action = 'soft-close'))
$$;

CREATE OR REPLACE FUNCTION ledger.require_open_period() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ledger, pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM period p
    WHERE p.id = NEW.period_id AND p.book_id = NEW.book_id AND p.programme = NEW.programme
      AND takes_entry(p.id, p.state, NEW.actor) AND NEW.effective_on BETWEEN p.starts_on AND p.ends_on
    FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'entry % of % lies in no open period of its book', NEW.uid, NEW.effective_on
            USING ERRCODE = 'LG004';
    END IF;
    RETURN NEW;
END $$;
