-- Claims with a life, over shares of invoices or over costs, with what was submitted frozen.

DROP TRIGGER claim_submitted ON claim;
DROP TRIGGER claim_decided ON claim;
DROP TRIGGER claim_item_fixed ON claim_item;

DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT conname FROM pg_constraint WHERE conrelid = 'claim'::regclass AND contype = 'c' LOOP
        EXECUTE format('ALTER TABLE claim DROP CONSTRAINT %I', one.conname);
    END LOOP;
END $$;
ALTER TABLE claim
    ALTER COLUMN number DROP NOT NULL, -- a draft has none; once given it stays, also through a return
    ALTER COLUMN fiscal_year DROP NOT NULL,
    ALTER COLUMN serial DROP NOT NULL,
    ALTER COLUMN submitted_on DROP NOT NULL,
    ALTER COLUMN submitted_minor DROP NOT NULL,
    -- How often it was submitted with its evidence; 0 for claims from before evidence was kept.
    ADD COLUMN revision integer NOT NULL DEFAULT 0 CHECK (revision >= 0),
    ADD COLUMN item_set integer NOT NULL DEFAULT 1 CHECK (item_set > 0), -- which of its item lists holds
    -- approved_minor is what the funder still grants; what it granted first is approved + reduced.
    ADD COLUMN reduced_minor bigint NOT NULL DEFAULT 0 CHECK (reduced_minor >= 0),
    ADD COLUMN closed_on date,
    ADD CONSTRAINT claim_states CHECK (
        state IN ('draft', 'submitted', 'returned', 'approved', 'rejected', 'withdrawn', 'closed')),
    ADD CONSTRAINT claim_numbered CHECK (num_nulls(number, fiscal_year, serial, submitted_on, submitted_minor)
                                         IN (0, 5)),
    ADD CONSTRAINT claim_submission_numbered CHECK (state IN ('draft', 'withdrawn') OR number IS NOT NULL),
    ADD CONSTRAINT claim_asks CHECK (submitted_minor > 0),
    ADD CONSTRAINT claim_decision CHECK ((state IN ('approved', 'rejected', 'closed')) = (decided_on IS NOT NULL)),
    ADD CONSTRAINT claim_grant CHECK ((state IN ('approved', 'closed')) = (approved_minor IS NOT NULL)),
    ADD CONSTRAINT claim_within CHECK (approved_minor >= 0 AND approved_minor + reduced_minor
                                       BETWEEN 1 AND submitted_minor),
    ADD CONSTRAINT claim_reduced CHECK (reduced_minor = 0 OR approved_minor IS NOT NULL),
    ADD CONSTRAINT claim_days CHECK (submitted_on <= decided_on AND decided_on <= closed_on),
    ADD CONSTRAINT claim_close CHECK ((state = 'closed') = (closed_on IS NOT NULL));

ALTER TABLE claim_item
    DROP CONSTRAINT claim_item_pkey,
    ALTER COLUMN share_id DROP NOT NULL,
    ALTER COLUMN is_live SET DEFAULT false, -- true while the claim is submitted, approved or closed
    ADD COLUMN cost_id uuid REFERENCES cost,
    ADD COLUMN item_set integer NOT NULL DEFAULT 1,
    ADD COLUMN reduced_minor bigint NOT NULL DEFAULT 0 CHECK (reduced_minor >= 0),
    ADD CONSTRAINT claim_item_of CHECK (num_nonnulls(share_id, cost_id) = 1),
    ADD CONSTRAINT claim_item_within CHECK (approved_minor + reduced_minor <= claimed_minor),
    ADD CONSTRAINT claim_item_key UNIQUE NULLS NOT DISTINCT (claim_id, item_set, share_id, cost_id);
CREATE INDEX claim_item_cost ON claim_item (cost_id) WHERE cost_id IS NOT NULL;

-- Everything that happened to a claim, with its day and reason.
CREATE TABLE claim_step (
    claim_id     uuid NOT NULL REFERENCES claim,
    serial       integer NOT NULL CHECK (serial > 0),
    programme    text NOT NULL,
    step         text NOT NULL CHECK (step IN ('submitted', 'returned', 'revised', 'approved', 'rejected', 'reduced',
                                               'withdrawn', 'closed', 'reopened')),
    on_day       date NOT NULL,
    amount_minor bigint,
    reason       text,
    actor        text NOT NULL,
    recorded_at  timestamptz NOT NULL,
    phase        text, -- the phase of the programme that its day fell into, as for other documents
    PRIMARY KEY (claim_id, serial),
    CHECK ((step IN ('submitted', 'approved', 'reduced')) = (amount_minor > 0))
);
-- What a reduction took from each item.
CREATE TABLE claim_reduction (
    claim_id     uuid NOT NULL,
    serial       integer NOT NULL,
    programme    text NOT NULL,
    share_id     uuid REFERENCES invoice_share,
    cost_id      uuid REFERENCES cost,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    FOREIGN KEY (claim_id, serial) REFERENCES claim_step,
    CHECK (num_nonnulls(share_id, cost_id) = 1),
    UNIQUE NULLS NOT DISTINCT (claim_id, serial, share_id, cost_id)
);
-- What was submitted, each time: the claim with its evidence as canonical JSON, and the SHA-256 of its UTF-8 bytes.
CREATE TABLE claim_submission (
    claim_id        uuid NOT NULL REFERENCES claim,
    revision        integer NOT NULL CHECK (revision > 0),
    programme       text NOT NULL,
    item_set        integer NOT NULL,
    submitted_on    date NOT NULL,
    submitted_minor bigint NOT NULL CHECK (submitted_minor > 0),
    manifest        text NOT NULL,
    sha256          text NOT NULL CHECK (sha256 = encode(sha256(convert_to(manifest, 'UTF8')), 'hex')),
    PRIMARY KEY (claim_id, revision)
);

CREATE FUNCTION keep_claim_step_phase() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    NEW.phase := phase_of(NEW.programme, NEW.on_day);
    RETURN NEW;
END $$;
CREATE TRIGGER claim_step_with_phase BEFORE INSERT ON claim_step
    FOR EACH ROW EXECUTE FUNCTION keep_claim_step_phase();

CREATE TRIGGER claim_step_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON claim_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER claim_reduction_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON claim_reduction
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER claim_submission_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON claim_submission
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER claim_drafted BEFORE UPDATE ON claim FOR EACH ROW WHEN (OLD.state = 'draft')
    EXECUTE FUNCTION refuse_rewrite('state', 'number', 'fiscal_year', 'serial', 'submitted_on', 'submitted_minor',
                                    'revision', 'item_set');
CREATE TRIGGER claim_submitted BEFORE UPDATE ON claim FOR EACH ROW WHEN (OLD.state = 'submitted')
    EXECUTE FUNCTION refuse_rewrite('state', 'decided_on', 'approved_minor', 'decision_reason');
CREATE TRIGGER claim_returned BEFORE UPDATE ON claim FOR EACH ROW WHEN (OLD.state = 'returned')
    EXECUTE FUNCTION refuse_rewrite('state', 'item_set');
CREATE TRIGGER claim_approved BEFORE UPDATE ON claim FOR EACH ROW WHEN (OLD.state = 'approved')
    EXECUTE FUNCTION refuse_rewrite('state', 'approved_minor', 'reduced_minor', 'closed_on');
CREATE TRIGGER claim_ended BEFORE UPDATE ON claim FOR EACH ROW WHEN (OLD.state IN ('rejected', 'withdrawn'))
    EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER claim_closed BEFORE UPDATE ON claim FOR EACH ROW WHEN (OLD.state = 'closed')
    EXECUTE FUNCTION refuse_rewrite('state', 'closed_on');
CREATE TRIGGER claim_item_fixed BEFORE UPDATE ON claim_item FOR EACH ROW
    EXECUTE FUNCTION refuse_rewrite('approved_minor', 'reduced_minor', 'is_live');

-- A claim goes only where its life allows; its number stays, and a reduction moves money from granted to reduced.
CREATE FUNCTION require_claim_step() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('draft', 'submitted'), ('draft', 'withdrawn'), ('submitted', 'returned'), ('submitted', 'approved'),
        ('submitted', 'rejected'), ('submitted', 'withdrawn'), ('returned', 'draft'), ('returned', 'withdrawn'),
        ('approved', 'closed'), ('closed', 'approved')) THEN
        RAISE EXCEPTION 'claim %: from % to % is not a step', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (OLD.number IS NOT NULL AND NEW.number IS DISTINCT FROM OLD.number)
       OR NEW.revision NOT IN (OLD.revision, OLD.revision + 1)
       OR (OLD.state = 'approved'
           AND (NEW.approved_minor + NEW.reduced_minor <> OLD.approved_minor + OLD.reduced_minor
                OR NEW.reduced_minor < OLD.reduced_minor)) THEN
        RAISE EXCEPTION 'claim % is fixed: change refused', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER claim_life BEFORE UPDATE ON claim FOR EACH ROW EXECUTE FUNCTION require_claim_step();

-- A cost is asked for at most once under one agreement, and all agreements together never get more than the whole of
-- it. What a funder did not approve may be asked of another. The cost's lock makes two claims take turns.
CREATE FUNCTION require_cost_covered() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    whole bigint;
    taken bigint;
    times bigint;
BEGIN
    SELECT amount_minor INTO whole FROM cost
    WHERE id = NEW.cost_id AND NOT is_in_kind AND NOT by_ilo
      AND NOT EXISTS (SELECT FROM cost_reversal r WHERE r.cost_id = cost.id)
    FOR NO KEY UPDATE;
    SELECT sum(coalesce(i.approved_minor, i.claimed_minor)),
           count(*) FILTER (WHERE k.agreement_id = (SELECT agreement_id FROM claim WHERE id = NEW.claim_id))
    INTO taken, times
    FROM claim_item i JOIN claim k ON k.id = i.claim_id WHERE i.cost_id = NEW.cost_id AND i.is_live;
    IF whole IS NULL OR taken > whole OR times > 1 THEN
        RAISE EXCEPTION 'cost % of % is asked for % times under one agreement, % in all', NEW.cost_id, whole, times,
            taken USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER claim_item_covered AFTER INSERT OR UPDATE ON claim_item
    FOR EACH ROW WHEN (NEW.cost_id IS NOT NULL AND NEW.is_live) EXECUTE FUNCTION require_cost_covered();

-- Money is set against approved claims only; the claim's lock makes this, a reduction and a closing take turns.
CREATE FUNCTION require_open_claim() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM claim WHERE id = NEW.claim_id AND state = 'approved' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'claim % is not approved, or closed', NEW.claim_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER allocation_of_open_claim BEFORE INSERT ON allocation
    FOR EACH ROW WHEN (NEW.claim_id IS NOT NULL) EXECUTE FUNCTION require_open_claim();
CREATE TRIGGER write_off_of_open_claim BEFORE INSERT ON write_off
    FOR EACH ROW WHEN (NEW.claim_id IS NOT NULL) EXECUTE FUNCTION require_open_claim();
CREATE TRIGGER credit_use_of_open_claim BEFORE INSERT ON credit_use
    FOR EACH ROW WHEN (NEW.claim_id IS NOT NULL) EXECUTE FUNCTION require_open_claim();

-- What pays or ends a claim over costs has parts by cost, as one over invoices has parts by share.
ALTER TABLE allocation_part
    DROP CONSTRAINT allocation_part_pkey,
    ALTER COLUMN share_id DROP NOT NULL,
    ADD COLUMN cost_id uuid REFERENCES cost,
    ADD CONSTRAINT allocation_part_of CHECK (num_nonnulls(share_id, cost_id) = 1),
    ADD CONSTRAINT allocation_part_key UNIQUE NULLS NOT DISTINCT (allocation_id, share_id, cost_id);
ALTER TABLE write_off_part
    DROP CONSTRAINT write_off_part_pkey,
    ALTER COLUMN share_id DROP NOT NULL,
    ADD COLUMN cost_id uuid REFERENCES cost,
    ADD CONSTRAINT write_off_part_of CHECK (num_nonnulls(share_id, cost_id) = 1),
    ADD CONSTRAINT write_off_part_key UNIQUE NULLS NOT DISTINCT (write_off_id, share_id, cost_id);
ALTER TABLE credit_use_part
    DROP CONSTRAINT credit_use_part_pkey,
    ALTER COLUMN share_id DROP NOT NULL,
    ADD COLUMN cost_id uuid REFERENCES cost,
    ADD CONSTRAINT credit_use_part_of CHECK (num_nonnulls(share_id, cost_id) = 1),
    ADD CONSTRAINT credit_use_part_key UNIQUE NULLS NOT DISTINCT (credit_use_id, share_id, cost_id);

-- A cost that is claimed is not taken back.
CREATE FUNCTION require_cost_unclaimed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM cost WHERE id = NEW.cost_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM claim_item WHERE cost_id = NEW.cost_id AND is_live) THEN
        RAISE EXCEPTION 'cost % is claimed', NEW.cost_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cost_reversal_unclaimed BEFORE INSERT ON cost_reversal
    FOR EACH ROW EXECUTE FUNCTION require_cost_unclaimed();
