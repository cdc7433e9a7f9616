-- Certificates. A certificate of the board exists only for a decision that certified; its number has no gap.

-- UPDATE ... RETURNING on the row gives the next number and holds it until commit, so a rollback leaves no gap.
CREATE TABLE certificate_counter (
    programme text NOT NULL REFERENCES programme,
    series    text NOT NULL CHECK (series IN ('board', 'recognition')),
    year      integer NOT NULL CHECK (year BETWEEN 1 AND 9999),
    last      integer NOT NULL CHECK (last > 0),
    PRIMARY KEY (programme, series, year)
);

CREATE TABLE certificate (
    id               uuid PRIMARY KEY,
    programme        text NOT NULL,
    number           text NOT NULL UNIQUE,
    series           text NOT NULL,
    year             integer NOT NULL,
    ordinal          integer NOT NULL CHECK (ordinal > 0),
    trainer_id       uuid NOT NULL,
    module           text NOT NULL,
    case_id          uuid UNIQUE,
    decision_id      uuid UNIQUE,
    decision_outcome text GENERATED ALWAYS AS (CASE WHEN decision_id IS NULL THEN NULL ELSE 'certified' END) STORED,
    dossier_hash     text,
    authority        text, -- who certified a recognised expert, and how
    valid_from       date NOT NULL,
    valid_until      date,
    expert_from      date,
    withdrawn_on     date,
    withdrawal_ground text,
    issued_at        timestamptz NOT NULL,
    UNIQUE (programme, id),
    UNIQUE (programme, series, year, ordinal),
    FOREIGN KEY (programme, series, year) REFERENCES certificate_counter (programme, series, year),
    FOREIGN KEY (programme, trainer_id) REFERENCES trainer (programme, id),
    FOREIGN KEY (programme, module) REFERENCES module (programme, code),
    FOREIGN KEY (programme, case_id) REFERENCES board_case (programme, id),
    FOREIGN KEY (decision_id, decision_outcome) REFERENCES decision (id, outcome),
    FOREIGN KEY (case_id, dossier_hash) REFERENCES board_case (id, dossier_hash),
    CHECK ((series = 'board') = (case_id IS NOT NULL)
           AND (series = 'board') = (decision_id IS NOT NULL)
           AND (series = 'board') = (dossier_hash IS NOT NULL)
           AND (series = 'recognition') = (authority IS NOT NULL)),
    CHECK (series <> 'recognition' OR expert_from IS NOT NULL),
    CHECK (valid_until >= valid_from AND expert_from >= valid_from AND withdrawn_on >= valid_from),
    CHECK ((withdrawn_on IS NULL) = (withdrawal_ground IS NULL))
);
-- A trainer holds one certificate per module; a withdrawn one is over.
CREATE UNIQUE INDEX certificate_held ON certificate (programme, trainer_id, module) WHERE withdrawn_on IS NULL;

CREATE TABLE suspension (
    id                   uuid PRIMARY KEY,
    programme            text NOT NULL,
    certificate_id       uuid NOT NULL,
    suspended_on         date NOT NULL,
    ground               text NOT NULL,
    reinstated_on        date,
    reinstatement_ground text,
    recorded_at          timestamptz NOT NULL,
    FOREIGN KEY (programme, certificate_id) REFERENCES certificate (programme, id),
    CHECK (reinstated_on >= suspended_on),
    CHECK ((reinstated_on IS NULL) = (reinstatement_ground IS NULL))
);
CREATE UNIQUE INDEX suspension_open ON suspension (certificate_id) WHERE reinstated_on IS NULL;

-- What is printed on a certificate never changes; expert appointment and withdrawal are written once.
CREATE FUNCTION certificate_stays_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.withdrawn_on IS NOT NULL
       OR (OLD.expert_from IS NOT NULL AND NEW.expert_from IS DISTINCT FROM OLD.expert_from)
       OR (OLD.id, OLD.programme, OLD.number, OLD.series, OLD.year, OLD.ordinal, OLD.trainer_id, OLD.module, OLD.case_id,
           OLD.decision_id, OLD.dossier_hash, OLD.authority, OLD.valid_from, OLD.valid_until, OLD.issued_at)
          IS DISTINCT FROM
          (NEW.id, NEW.programme, NEW.number, NEW.series, NEW.year, NEW.ordinal, NEW.trainer_id, NEW.module, NEW.case_id,
           NEW.decision_id, NEW.dossier_hash, NEW.authority, NEW.valid_from, NEW.valid_until, NEW.issued_at) THEN
        RAISE EXCEPTION 'certificate % stays as issued: % refused', OLD.number, TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certificate_issued BEFORE UPDATE OR DELETE ON certificate
    FOR EACH ROW EXECUTE FUNCTION certificate_stays_issued();
ALTER TABLE certificate ENABLE ALWAYS TRIGGER certificate_issued;
CREATE TRIGGER suspension_kept BEFORE DELETE OR TRUNCATE ON suspension FOR EACH STATEMENT EXECUTE FUNCTION keep_row();
ALTER TABLE suspension ENABLE ALWAYS TRIGGER suspension_kept;

DO $$
DECLARE application text := current_setting('scorebook.application_role');
BEGIN
    EXECUTE format('REVOKE DELETE, TRUNCATE ON certificate_counter, certificate, suspension FROM %I', application);
END $$;
