-- What a claim needs to show of trainings, from the events of the enrollment service: counts, days and numbers, no
-- person. Kept as told; nobody edits evidence.

CREATE TABLE session_evidence (
    event_id    uuid PRIMARY KEY,
    programme   text NOT NULL,
    partner_id  uuid NOT NULL,
    training_id uuid NOT NULL,
    day         integer NOT NULL,
    held_on     date NOT NULL
);
CREATE INDEX session_evidence_training ON session_evidence (training_id);

CREATE TABLE attendance_evidence (
    event_id      uuid NOT NULL REFERENCES session_evidence,
    programme     text NOT NULL,
    enterprise_id uuid NOT NULL,
    sex           text NOT NULL,
    level         text NOT NULL,
    people        integer NOT NULL CHECK (people > 0),
    PRIMARY KEY (event_id, enterprise_id, sex, level)
);

CREATE TABLE visit_evidence (
    event_id      uuid PRIMARY KEY,
    programme     text NOT NULL,
    partner_id    uuid NOT NULL,
    training_id   uuid NOT NULL,
    enrollment_id uuid NOT NULL,
    enterprise_id uuid NOT NULL,
    number        integer NOT NULL,
    on_day        date NOT NULL,
    outcome       text NOT NULL CHECK (outcome IN ('completed', 'aborted'))
);
CREATE INDEX visit_evidence_training ON visit_evidence (training_id);

CREATE TRIGGER session_evidence_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON session_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attendance_evidence_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON attendance_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER visit_evidence_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON visit_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
