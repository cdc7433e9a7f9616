-- Trainings and enrollments. A training keeps the delivery template it was scheduled with.

CREATE TABLE training (
    id                    uuid PRIMARY KEY,
    programme             text NOT NULL,
    partner_id            uuid NOT NULL,
    region                text NOT NULL,
    module                text NOT NULL,
    is_first              boolean NOT NULL, -- the module was the first of the catalogue then
    delivery              text NOT NULL CHECK (delivery IN ('direct', 'indirect')),
    lead_role             text NOT NULL CHECK (lead_role IN ('certified', 'candidate')),
    lead_trainer_id       uuid NOT NULL,
    supervising_expert_id uuid,
    starts_on             date NOT NULL,
    ends_on               date NOT NULL,
    venue                 text NOT NULL,
    classroom_days        integer NOT NULL,
    planned_visits        integer NOT NULL CHECK (planned_visits BETWEEN 1 AND 5),
    max_enterprises       integer NOT NULL,
    seats_managers        integer NOT NULL,
    seats_workers         integer NOT NULL,
    policy_version        integer NOT NULL,
    recorded_at           timestamptz NOT NULL,
    UNIQUE (programme, id),
    UNIQUE (programme, partner_id, module, id),
    FOREIGN KEY (programme, partner_id) REFERENCES partner (programme, id),
    FOREIGN KEY (programme, policy_version, region) REFERENCES policy_region (programme, version, code),
    FOREIGN KEY (programme, policy_version, module) REFERENCES policy_module (programme, version, code),
    FOREIGN KEY (programme, lead_trainer_id) REFERENCES trainer (programme, id),
    FOREIGN KEY (programme, supervising_expert_id) REFERENCES trainer (programme, id),
    CHECK (ends_on >= starts_on AND ends_on - starts_on + 1 >= classroom_days),
    CHECK ((lead_role = 'candidate') = (supervising_expert_id IS NOT NULL)),
    CHECK (lead_trainer_id IS DISTINCT FROM supervising_expert_id)
);
CREATE INDEX training_partner ON training (partner_id);
CREATE INDEX training_module ON training (programme, module);

CREATE TABLE training_co_candidate (
    programme   text NOT NULL,
    training_id uuid NOT NULL,
    position    integer NOT NULL,
    trainer_id  uuid NOT NULL,
    PRIMARY KEY (training_id, trainer_id),
    UNIQUE (training_id, position),
    FOREIGN KEY (programme, training_id) REFERENCES training (programme, id),
    FOREIGN KEY (programme, trainer_id) REFERENCES trainer (programme, id)
);

CREATE TABLE enrollment (
    id                uuid PRIMARY KEY,
    programme         text NOT NULL,
    training_id       uuid NOT NULL,
    enterprise_id     uuid NOT NULL,
    partner_id        uuid NOT NULL,
    module            text NOT NULL,
    size_class        text NOT NULL,
    headcount         integer NOT NULL,
    policy_version    integer NOT NULL,
    enrolled_on       date NOT NULL,
    status            text NOT NULL CHECK (status IN ('active', 'completed', 'withdrawn')),
    completed_on      date,
    withdrawn_on      date,
    withdrawal_reason text,
    recorded_at       timestamptz NOT NULL,
    UNIQUE (training_id, enterprise_id),
    UNIQUE (programme, id),
    -- An enterprise is trained by its own partner: both foreign keys share the column.
    FOREIGN KEY (programme, partner_id, module, training_id) REFERENCES training (programme, partner_id, module, id),
    FOREIGN KEY (programme, partner_id, enterprise_id) REFERENCES enterprise (programme, partner_id, id),
    FOREIGN KEY (programme, policy_version, size_class) REFERENCES policy_size_class (programme, version, code),
    CHECK ((status = 'completed') = (completed_on IS NOT NULL)),
    CHECK ((status = 'withdrawn') = (withdrawn_on IS NOT NULL)),
    CHECK ((status = 'withdrawn') = (withdrawal_reason IS NOT NULL)),
    CHECK (completed_on >= enrolled_on),
    CHECK (withdrawn_on >= enrolled_on)
);
CREATE UNIQUE INDEX enrollment_module_once ON enrollment (enterprise_id, module) WHERE status <> 'withdrawn';
CREATE INDEX enrollment_enterprise ON enrollment (enterprise_id);
CREATE INDEX enrollment_partner ON enrollment (partner_id);
CREATE TRIGGER size_class_fits AFTER INSERT OR UPDATE ON enrollment
    FOR EACH ROW EXECUTE FUNCTION require_size_class_fits();

-- No place beyond the limit, none after the first day. The lock makes two takers of the last place wait for each other.
CREATE FUNCTION require_place() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted training;
    taken  integer;
BEGIN
    SELECT * INTO wanted FROM training WHERE id = NEW.training_id FOR NO KEY UPDATE;
    SELECT count(*) INTO taken FROM enrollment WHERE training_id = NEW.training_id AND status <> 'withdrawn';
    IF taken > wanted.max_enterprises THEN
        RAISE EXCEPTION 'training % has % places', NEW.training_id, wanted.max_enterprises
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.enrolled_on > wanted.starts_on THEN
        RAISE EXCEPTION 'enrolled on %, after the first day %', NEW.enrolled_on, wanted.starts_on
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER place AFTER INSERT ON enrollment FOR EACH ROW EXECUTE FUNCTION require_place();

-- Completed and withdrawn are final, and only the status moves.
CREATE FUNCTION require_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'active' OR (NEW.id, NEW.programme, NEW.training_id, NEW.enterprise_id, NEW.headcount,
                                  NEW.size_class, NEW.enrolled_on)
       IS DISTINCT FROM (OLD.id, OLD.programme, OLD.training_id, OLD.enterprise_id, OLD.headcount,
                         OLD.size_class, OLD.enrolled_on) THEN
        RAISE EXCEPTION 'enrollment % is % and stays as it is', OLD.id, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER final BEFORE UPDATE ON enrollment FOR EACH ROW EXECUTE FUNCTION require_final();
