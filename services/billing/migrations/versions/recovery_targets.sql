-- What cost recovery is to reach in a phase: from the programme's policy, or recorded by hand with where it is from. Rows
-- are versions; of one kind of target the newest holds, and one without `percent` says that it holds no more.
CREATE TABLE recovery_target (
    id             uuid PRIMARY KEY,
    programme      text NOT NULL REFERENCES programme,
    phase          text NOT NULL,
    formula        text NOT NULL CHECK (formula IN ('CR-1', 'CR-2', 'CR-3', 'CR-4', 'CR-5')),
    basis          text NOT NULL CHECK (basis IN ('contracted', 'invoiced', 'received')),
    module_group   text CHECK (module_group IN ('first', 'further')),  -- none: all modules
    delivery       text CHECK (delivery IN ('direct', 'indirect')),    -- none: both
    percent        numeric CHECK (percent >= 0),
    source         text NOT NULL CHECK (source IN ('policy', 'hand')),
    source_note    text NOT NULL CHECK (source_note <> ''),
    policy_version integer,
    version        integer NOT NULL CHECK (version > 0),
    actor          text NOT NULL,
    recorded_at    timestamptz NOT NULL,
    CHECK ((source = 'policy') = (policy_version IS NOT NULL)),
    CONSTRAINT recovery_target_version
        UNIQUE NULLS NOT DISTINCT (programme, source, phase, formula, basis, module_group, delivery, version)
);

-- Versions of one target are 1, 2, 3 without a gap.
CREATE FUNCTION require_next_target_version() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.version <> 1 + coalesce((
        SELECT max(t.version) FROM recovery_target t
        WHERE (t.programme, t.source, t.phase, t.formula, t.basis)
            = (NEW.programme, NEW.source, NEW.phase, NEW.formula, NEW.basis)
          AND t.module_group IS NOT DISTINCT FROM NEW.module_group
          AND t.delivery IS NOT DISTINCT FROM NEW.delivery), 0) THEN
        RAISE EXCEPTION 'version % of target % in phase % is not the next', NEW.version, NEW.formula, NEW.phase
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER recovery_target_next BEFORE INSERT ON recovery_target
    FOR EACH ROW EXECUTE FUNCTION require_next_target_version();
CREATE TRIGGER recovery_target_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON recovery_target
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE recovery_target ENABLE ALWAYS TRIGGER recovery_target_next;
ALTER TABLE recovery_target ENABLE ALWAYS TRIGGER recovery_target_append_only;
