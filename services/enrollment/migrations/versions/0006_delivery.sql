-- What happened: classroom days with everybody present, and visits. All of it append-only.

CREATE TABLE participant (
    programme     text NOT NULL,
    enterprise_id uuid NOT NULL,
    code          text NOT NULL,
    sex           text NOT NULL CHECK (sex IN ('female', 'male', 'not-stated')),
    level         text NOT NULL CHECK (level IN ('manager', 'worker')),
    PRIMARY KEY (enterprise_id, code),
    FOREIGN KEY (programme, enterprise_id) REFERENCES enterprise (programme, id)
);

CREATE TABLE session (
    id          uuid PRIMARY KEY,
    programme   text NOT NULL,
    training_id uuid NOT NULL,
    day         integer NOT NULL CHECK (day >= 1),
    held_on     date NOT NULL,
    recorded_at timestamptz NOT NULL,
    UNIQUE (training_id, day),
    UNIQUE (training_id, held_on),
    UNIQUE (training_id, id),
    FOREIGN KEY (programme, training_id) REFERENCES training (programme, id)
);
CREATE INDEX session_held_on ON session (programme, held_on);

CREATE TABLE attendance (
    programme     text NOT NULL,
    training_id   uuid NOT NULL,
    session_id    uuid NOT NULL,
    enterprise_id uuid NOT NULL,
    participant   text NOT NULL,
    position      integer NOT NULL,
    PRIMARY KEY (session_id, enterprise_id, participant),
    FOREIGN KEY (training_id, session_id) REFERENCES session (training_id, id),
    FOREIGN KEY (training_id, enterprise_id) REFERENCES enrollment (training_id, enterprise_id),
    FOREIGN KEY (enterprise_id, participant) REFERENCES participant (enterprise_id, code)
);
CREATE INDEX attendance_training ON attendance (training_id, enterprise_id);

CREATE TABLE visit (
    id            uuid PRIMARY KEY,
    programme     text NOT NULL,
    enrollment_id uuid NOT NULL,
    number        integer NOT NULL CHECK (number BETWEEN 1 AND 5),
    outcome       text NOT NULL CHECK (outcome IN ('done', 'aborted')),
    visited_on    date NOT NULL,
    trainer_id    uuid NOT NULL,
    reason        text,
    cost_minor    bigint CHECK (cost_minor >= 0), -- in the smallest unit of cost_currency
    cost_currency text,
    recorded_at   timestamptz NOT NULL,
    FOREIGN KEY (programme, enrollment_id) REFERENCES enrollment (programme, id),
    FOREIGN KEY (programme, trainer_id) REFERENCES trainer (programme, id),
    CHECK ((outcome = 'aborted') = (reason IS NOT NULL)),
    CHECK ((cost_minor IS NULL) = (cost_currency IS NULL)),
    CHECK (outcome = 'aborted' OR cost_minor IS NULL)
);
CREATE UNIQUE INDEX visit_done_once ON visit (enrollment_id, number) WHERE outcome = 'done';
CREATE INDEX visit_enrollment ON visit (enrollment_id);

-- A classroom day lies in the template and in the training, after the days before it.
CREATE FUNCTION require_classroom_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM training t WHERE t.id = NEW.training_id AND NEW.day <= t.classroom_days
                     AND NEW.held_on BETWEEN t.starts_on AND t.ends_on)
       OR EXISTS (SELECT FROM session s WHERE s.training_id = NEW.training_id AND s.id <> NEW.id
                    AND (s.day < NEW.day) <> (s.held_on < NEW.held_on)) THEN
        RAISE EXCEPTION 'day % on % does not fit training %', NEW.day, NEW.held_on, NEW.training_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER classroom_day AFTER INSERT ON session FOR EACH ROW EXECUTE FUNCTION require_classroom_day();

-- No more distinct people of a level than seats, over all days of a training.
CREATE FUNCTION require_seats() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    over record;
BEGIN
    SELECT a.enterprise_id, p.level, count(DISTINCT a.participant) AS persons INTO over
    FROM attendance a
    JOIN participant p ON p.enterprise_id = a.enterprise_id AND p.code = a.participant
    JOIN training t ON t.id = a.training_id
    WHERE (a.training_id, a.enterprise_id) IN (SELECT training_id, enterprise_id FROM arrived)
    GROUP BY a.training_id, a.enterprise_id, p.level, t.seats_managers, t.seats_workers
    HAVING count(DISTINCT a.participant) > CASE p.level WHEN 'manager' THEN t.seats_managers ELSE t.seats_workers END
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% %s of enterprise % exceed their seats', over.persons, over.level, over.enterprise_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER seats AFTER INSERT ON attendance REFERENCING NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION require_seats();

SELECT keep_for_ever(kept) FROM unnest(ARRAY['participant', 'session', 'attendance', 'visit']::regclass[]) AS kept;
