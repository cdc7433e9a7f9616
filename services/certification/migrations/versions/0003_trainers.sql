-- The register of trainers, and where each stands in each module.

-- Thresholds no source fixes, in versions. Version 1 is the default and in force from the beginning (valid_from NULL).
CREATE TABLE scheme_version (
    id                            uuid PRIMARY KEY,
    programme                     text NOT NULL REFERENCES programme,
    version                       integer NOT NULL CHECK (version > 0),
    valid_from                    date,
    validity_months               integer NOT NULL CHECK (validity_months BETWEEN 1 AND 240),
    minimum_tot_score             integer NOT NULL CHECK (minimum_tot_score BETWEEN 0 AND 100),
    tot_score_required            boolean NOT NULL,
    minimum_completed_enterprises integer NOT NULL CHECK (minimum_completed_enterprises BETWEEN 1 AND 20),
    quorum_more_than_percent      integer NOT NULL CHECK (quorum_more_than_percent BETWEEN 0 AND 99),
    constituencies                text[] CHECK (constituencies <@ ARRAY['employers', 'workers', 'government', 'independent']
                                                AND cardinality(constituencies) > 0),
    decision                      text NOT NULL,
    is_default                    boolean NOT NULL,
    recorded_at                   timestamptz NOT NULL,
    recorded_by                   text NOT NULL,
    UNIQUE (programme, version),
    UNIQUE (programme, valid_from),
    CHECK ((version = 1) = (valid_from IS NULL))
);

CREATE TABLE trainer (
    id            uuid PRIMARY KEY,
    programme     text NOT NULL REFERENCES programme,
    name          text NOT NULL,
    sex           text NOT NULL CHECK (sex IN ('female', 'male', 'not-stated')),
    partner_id    uuid,
    employer      text,
    region        text,
    subject       text, -- the login that may recommend in this trainer's name
    registered_on date NOT NULL,
    recorded_at   timestamptz NOT NULL,
    UNIQUE (programme, id),
    UNIQUE (programme, subject),
    FOREIGN KEY (programme, partner_id) REFERENCES partner (programme, id),
    FOREIGN KEY (programme, region) REFERENCES region (programme, code)
);
CREATE INDEX trainer_partner ON trainer (programme, partner_id);

-- One row per trainer and module; `state` is what standing_step 1..position leads to, and verify replays it.
CREATE TABLE standing (
    id         uuid PRIMARY KEY,
    programme  text NOT NULL,
    trainer_id uuid NOT NULL,
    module     text NOT NULL,
    state      text NOT NULL,
    position   integer NOT NULL CHECK (position > 0),
    changed_at timestamptz NOT NULL,
    UNIQUE (programme, trainer_id, module),
    UNIQUE (programme, id),
    FOREIGN KEY (programme, trainer_id) REFERENCES trainer (programme, id),
    FOREIGN KEY (programme, module) REFERENCES module (programme, code)
);
CREATE INDEX standing_state ON standing (programme, module, state);

CREATE TABLE standing_step (
    standing_id  uuid NOT NULL,
    programme    text NOT NULL,
    position     integer NOT NULL CHECK (position > 0),
    step         text NOT NULL,
    reached      text NOT NULL,
    happened_on  date NOT NULL,
    reference_id uuid, -- the result, training, case, certificate or suspension behind the step
    actor        text NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (standing_id, position),
    FOREIGN KEY (programme, standing_id) REFERENCES standing (programme, id)
);

CREATE TABLE tot_result (
    id             uuid PRIMARY KEY,
    programme      text NOT NULL,
    trainer_id     uuid NOT NULL,
    module         text NOT NULL,
    outcome        text NOT NULL CHECK (outcome IN ('passed', 'failed')),
    score          integer CHECK (score BETWEEN 0 AND 100),
    taken_on       date NOT NULL,
    facilitator_id uuid,
    scheme_version integer NOT NULL,
    recorded_at    timestamptz NOT NULL,
    recorded_by    text NOT NULL,
    FOREIGN KEY (programme, trainer_id) REFERENCES trainer (programme, id),
    FOREIGN KEY (programme, facilitator_id) REFERENCES trainer (programme, id),
    FOREIGN KEY (programme, module) REFERENCES module (programme, code),
    FOREIGN KEY (programme, scheme_version) REFERENCES scheme_version (programme, version),
    CHECK (facilitator_id <> trainer_id)
);
-- Passed once is passed.
CREATE UNIQUE INDEX tot_result_passed ON tot_result (programme, trainer_id, module) WHERE outcome = 'passed';

CREATE TRIGGER scheme_version_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON scheme_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE scheme_version ENABLE ALWAYS TRIGGER scheme_version_append_only;
CREATE TRIGGER standing_step_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON standing_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE standing_step ENABLE ALWAYS TRIGGER standing_step_append_only;
CREATE TRIGGER tot_result_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tot_result
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE tot_result ENABLE ALWAYS TRIGGER tot_result_append_only;

-- Records of persons are never deleted, only ended: certificates and votes lean on them.
CREATE FUNCTION keep_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are kept: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER trainer_kept BEFORE DELETE OR TRUNCATE ON trainer FOR EACH STATEMENT EXECUTE FUNCTION keep_row();
ALTER TABLE trainer ENABLE ALWAYS TRIGGER trainer_kept;
CREATE TRIGGER standing_kept BEFORE DELETE OR TRUNCATE ON standing FOR EACH STATEMENT EXECUTE FUNCTION keep_row();
ALTER TABLE standing ENABLE ALWAYS TRIGGER standing_kept;

DO $$
DECLARE application text := current_setting('scorebook.application_role');
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON scheme_version, standing_step, tot_result FROM %I', application);
    EXECUTE format('REVOKE DELETE, TRUNCATE ON trainer, standing FROM %I', application);
END $$;
