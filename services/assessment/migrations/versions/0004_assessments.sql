-- A baseline belongs to an enterprise; progress and endline belong to an enrollment and name the baseline they are
-- compared with. `baseline_kind` exists for the foreign key: what is named as a baseline is one, of the same enterprise.
CREATE TABLE assessment (
    id            uuid PRIMARY KEY,
    programme     text NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('baseline', 'progress', 'endline')),
    enterprise_id uuid NOT NULL,
    partner_id    uuid NOT NULL,
    training_id   uuid,
    enrollment_id uuid,
    baseline_id   uuid,
    baseline_kind text GENERATED ALWAYS AS (CASE WHEN baseline_id IS NOT NULL THEN 'baseline' END) STORED,
    assessed_on   date NOT NULL,
    assessor_id   uuid,
    recorded_at   timestamptz NOT NULL,
    recorded_by   text NOT NULL,
    FOREIGN KEY (programme, enterprise_id) REFERENCES known_enterprise (programme, id),
    FOREIGN KEY (programme, training_id) REFERENCES known_training (programme, id),
    FOREIGN KEY (programme, enrollment_id) REFERENCES known_enrollment (programme, id),
    FOREIGN KEY (programme, assessor_id) REFERENCES known_trainer (programme, id),
    UNIQUE (programme, id),
    UNIQUE (id, enterprise_id, kind),
    FOREIGN KEY (baseline_id, enterprise_id, baseline_kind) REFERENCES assessment (id, enterprise_id, kind),
    CHECK ((kind = 'baseline') = (baseline_id IS NULL)),
    CHECK ((kind = 'baseline') = (enrollment_id IS NULL)),
    CHECK ((kind = 'baseline') = (training_id IS NULL))
);
CREATE UNIQUE INDEX one_baseline_per_enterprise ON assessment (enterprise_id) WHERE kind = 'baseline';
CREATE UNIQUE INDEX one_endline_per_enrollment ON assessment (enrollment_id) WHERE kind = 'endline';
CREATE INDEX assessment_enterprise ON assessment (enterprise_id, kind, assessed_on);
CREATE INDEX assessment_training ON assessment (training_id) WHERE training_id IS NOT NULL;
CREATE INDEX assessment_programme ON assessment (programme, kind, assessed_on);
SELECT keep_append_only('assessment');

CREATE TABLE reading (
    assessment_id  uuid NOT NULL,
    programme      text NOT NULL,
    kpi            text NOT NULL,
    kpi_version_id uuid NOT NULL,
    position       smallint NOT NULL CHECK (position >= 0),
    status         text NOT NULL CHECK (status IN ('measured', 'not-tracked', 'refused', 'not-applicable')),
    numerator      numeric(16, 4) CHECK (numerator >= 0),
    denominator    numeric(16, 4) CHECK (denominator > 0),
    PRIMARY KEY (assessment_id, kpi),
    FOREIGN KEY (programme, assessment_id) REFERENCES assessment (programme, id),
    FOREIGN KEY (programme, kpi_version_id, kpi) REFERENCES kpi_version (programme, id, code),
    CHECK ((status = 'measured') = (numerator IS NOT NULL)),
    CHECK ((status = 'measured') = (denominator IS NOT NULL))
);
CREATE INDEX reading_kpi_version ON reading (kpi_version_id);
SELECT keep_append_only('reading');

-- `participants`: how many different people were known to have been in the classroom when the survey was recorded.
CREATE TABLE satisfaction (
    id           uuid PRIMARY KEY,
    programme    text NOT NULL,
    training_id  uuid NOT NULL,
    partner_id   uuid NOT NULL,
    recorded_on  date NOT NULL,
    participants integer NOT NULL,
    respondents  integer NOT NULL CHECK (respondents BETWEEN 1 AND participants),
    satisfied    integer NOT NULL CHECK (satisfied BETWEEN 0 AND respondents),
    recorded_at  timestamptz NOT NULL,
    recorded_by  text NOT NULL,
    FOREIGN KEY (programme, training_id) REFERENCES known_training (programme, id),
    UNIQUE (training_id, recorded_on)
);
CREATE INDEX satisfaction_programme ON satisfaction (programme, recorded_on);
SELECT keep_append_only('satisfaction');

CREATE TABLE improvement (
    id            uuid PRIMARY KEY,
    programme     text NOT NULL,
    enterprise_id uuid NOT NULL,
    partner_id    uuid NOT NULL,
    training_id   uuid,
    title         text NOT NULL CHECK (title <> ''),
    completed_on  date NOT NULL,
    recorded_at   timestamptz NOT NULL,
    recorded_by   text NOT NULL,
    FOREIGN KEY (programme, enterprise_id) REFERENCES known_enterprise (programme, id),
    FOREIGN KEY (programme, training_id) REFERENCES known_training (programme, id)
);
CREATE INDEX improvement_enterprise ON improvement (enterprise_id);
CREATE INDEX improvement_programme ON improvement (programme, completed_on);
SELECT keep_append_only('improvement');

CREATE TABLE case_study (
    id                uuid PRIMARY KEY,
    programme         text NOT NULL,
    enterprise_id     uuid NOT NULL,
    partner_id        uuid NOT NULL,
    title             text NOT NULL CHECK (title <> ''),
    summary           text NOT NULL CHECK (summary <> ''),
    state             text NOT NULL CHECK (state IN ('draft', 'published')),
    consent_statement text CHECK (consent_statement <> ''),
    consent_given_on  date,
    published_on      date,
    recorded_at       timestamptz NOT NULL,
    recorded_by       text NOT NULL,
    FOREIGN KEY (programme, enterprise_id) REFERENCES known_enterprise (programme, id),
    CHECK ((state = 'published') = (consent_statement IS NOT NULL)),
    CHECK ((state = 'published') = (consent_given_on IS NOT NULL)),
    CHECK ((state = 'published') = (published_on IS NOT NULL)),
    CHECK (consent_given_on <= published_on)
);
CREATE INDEX case_study_programme ON case_study (programme, state);

-- A published case study is final, a draft is never thrown away.
CREATE FUNCTION keep_case_study_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state = 'published' THEN
        RAISE EXCEPTION 'case study % is %: % refused', OLD.id, OLD.state, TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER case_study_final BEFORE UPDATE OR DELETE ON case_study
    FOR EACH ROW EXECUTE FUNCTION keep_case_study_final();
ALTER TABLE case_study ENABLE ALWAYS TRIGGER case_study_final;
