-- Agreements with a life: drafted, active, suspended, closed; over prices or over costs; amended on the record.

DROP TRIGGER agreement_fixed ON agreement;
DROP TRIGGER agreement_closed ON agreement;

ALTER TABLE agreement
    DROP CONSTRAINT agreement_state_check,
    -- What it pays: a part of prices, or costs of the named kinds.
    ADD COLUMN funds text NOT NULL DEFAULT 'price' CHECK (funds IN ('price', 'costs')),
    ADD COLUMN cost_kinds text[] NOT NULL DEFAULT '{}',
    ADD COLUMN requires_evidence text[] NOT NULL DEFAULT '{}' CHECK (requires_evidence <@ '{attendance,visit}'),
    ADD COLUMN document_reference text,
    ADD COLUMN reporting_dates date[] NOT NULL DEFAULT '{}',
    ADD COLUMN activated_on date; -- none: never signed, pays for nothing
UPDATE agreement SET activated_on = valid_from;
ALTER TABLE agreement
    ADD CONSTRAINT agreement_states CHECK (state IN ('draft', 'active', 'suspended', 'closed')),
    ADD CONSTRAINT agreement_activated CHECK (state IN ('draft', 'closed') OR activated_on IS NOT NULL),
    ADD CONSTRAINT agreement_over_costs CHECK ((funds = 'costs') = (cost_kinds <> '{}')),
    ADD CONSTRAINT agreement_pays_once_active CHECK (activated_on IS NOT NULL OR committed_minor = 0);

-- A part of the price, or a fixed amount of it.
ALTER TABLE agreement_share
    ALTER COLUMN share_bp DROP NOT NULL,
    ADD COLUMN fixed_minor bigint CHECK (fixed_minor > 0),
    ADD CONSTRAINT agreement_share_or_amount CHECK (num_nonnulls(share_bp, fixed_minor) = 1);

-- Everything that happened to an agreement, with its day and reason; a suspension holds from its day until the day of
-- the next resumption, and amendments keep what was before.
CREATE TABLE agreement_step (
    agreement_id         uuid NOT NULL REFERENCES agreement,
    serial               integer NOT NULL CHECK (serial > 0),
    programme            text NOT NULL,
    step                 text NOT NULL CHECK (step IN ('activated', 'suspended', 'resumed', 'amended', 'closed')),
    on_day               date NOT NULL,
    reason               text,
    ceiling_before_minor bigint,
    ceiling_after_minor  bigint,
    valid_to_before      date,
    valid_to_after       date,
    actor                text NOT NULL,
    recorded_at          timestamptz NOT NULL,
    PRIMARY KEY (agreement_id, serial),
    CHECK ((step = 'amended') = (ceiling_before_minor IS NOT NULL AND ceiling_after_minor IS NOT NULL)),
    CHECK (step = 'amended' OR (valid_to_before IS NULL AND valid_to_after IS NULL)),
    CHECK (step = 'activated' OR reason IS NOT NULL)
);
CREATE TRIGGER agreement_step_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON agreement_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER agreement_drafted BEFORE UPDATE ON agreement FOR EACH ROW WHEN (OLD.state = 'draft')
    EXECUTE FUNCTION refuse_rewrite('state', 'activated_on', 'closed_on', 'close_reason', 'ceiling_minor', 'valid_to');
CREATE TRIGGER agreement_fixed BEFORE UPDATE ON agreement FOR EACH ROW WHEN (OLD.state IN ('active', 'suspended'))
    EXECUTE FUNCTION refuse_rewrite('state', 'closed_on', 'close_reason', 'committed_minor', 'ceiling_minor',
                                    'valid_to');
CREATE TRIGGER agreement_closed BEFORE UPDATE ON agreement FOR EACH ROW WHEN (OLD.state = 'closed')
    EXECUTE FUNCTION refuse_rewrite('committed_minor');

-- An agreement goes only where its life allows.
CREATE FUNCTION require_agreement_step() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (('draft', 'active'), ('draft', 'closed'), ('active', 'suspended'),
                                      ('suspended', 'active'), ('active', 'closed'), ('suspended', 'closed')) THEN
        RAISE EXCEPTION 'agreement %: from % to % is not a step', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreement_life BEFORE UPDATE ON agreement FOR EACH ROW WHEN (OLD.state <> NEW.state)
    EXECUTE FUNCTION require_agreement_step();

-- Its ceiling and its end change as the newest amendment on the record says, and in no other way.
CREATE FUNCTION require_amendment() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    newest agreement_step;
BEGIN
    SELECT * INTO newest FROM agreement_step WHERE agreement_id = NEW.id ORDER BY serial DESC LIMIT 1;
    IF newest.step IS DISTINCT FROM 'amended'
       OR (newest.ceiling_before_minor, newest.valid_to_before) IS DISTINCT FROM (OLD.ceiling_minor, OLD.valid_to)
       OR (newest.ceiling_after_minor, newest.valid_to_after) IS DISTINCT FROM (NEW.ceiling_minor, NEW.valid_to) THEN
        RAISE EXCEPTION 'agreement % is amended on the record only: change refused', NEW.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreement_amended BEFORE UPDATE ON agreement FOR EACH ROW
    WHEN ((OLD.ceiling_minor, OLD.valid_to) IS DISTINCT FROM (NEW.ceiling_minor, NEW.valid_to))
    EXECUTE FUNCTION require_amendment();
