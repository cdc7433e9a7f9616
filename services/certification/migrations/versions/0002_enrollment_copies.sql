-- What the enrollment service said, as far as certification needs it. Filled by handlers only; events of different
-- aggregates come in any order, so these tables point at each other only where the handler waits for the other fact.

CREATE TABLE programme (
    programme      text PRIMARY KEY CHECK (programme ~ '^[a-z][a-z0-9-]{1,30}$'),
    programme_id   uuid NOT NULL UNIQUE,
    name           text NOT NULL,
    policy_version integer NOT NULL
);

CREATE TABLE region (
    programme text NOT NULL REFERENCES programme,
    code      text NOT NULL,
    name      text NOT NULL,
    PRIMARY KEY (programme, code)
);

-- A module that a later policy no longer offers stays: certificates in it were granted.
CREATE TABLE module (
    programme  text NOT NULL REFERENCES programme,
    code       text NOT NULL,
    number     integer NOT NULL,
    name       text NOT NULL,
    is_first   boolean NOT NULL,
    is_offered boolean NOT NULL,
    PRIMARY KEY (programme, code)
);

CREATE TABLE partner (
    id        uuid PRIMARY KEY,
    programme text NOT NULL,
    name      text NOT NULL,
    kind      text NOT NULL,
    region    text,
    parent_id uuid,
    UNIQUE (programme, id)
);

CREATE TABLE training (
    id                    uuid PRIMARY KEY,
    programme             text NOT NULL,
    module                text NOT NULL,
    partner_id            uuid NOT NULL,
    lead_trainer_id       uuid NOT NULL,
    lead_role             text NOT NULL CHECK (lead_role IN ('certified', 'candidate')),
    supervising_expert_id uuid,
    starts_on             date NOT NULL,
    ends_on               date NOT NULL,
    event_id              uuid NOT NULL,
    UNIQUE (programme, id)
);

-- The candidates of a training (lead and co-candidates): for them it is a training-of-enterprises cycle.
CREATE TABLE training_candidate (
    training_id uuid NOT NULL,
    programme   text NOT NULL,
    trainer_id  uuid NOT NULL,
    is_lead     boolean NOT NULL,
    PRIMARY KEY (training_id, trainer_id),
    FOREIGN KEY (programme, training_id) REFERENCES training (programme, id)
);
CREATE INDEX training_candidate_trainer ON training_candidate (programme, trainer_id);

CREATE TABLE enrollment (
    id                uuid PRIMARY KEY,
    programme         text NOT NULL,
    training_id       uuid NOT NULL,
    enterprise_id     uuid NOT NULL,
    enrolled_on       date NOT NULL,
    outcome           text CHECK (outcome IN ('completed', 'withdrawn')),
    closed_on         date,
    enrolled_event_id uuid NOT NULL,
    closed_event_id   uuid,
    CHECK ((outcome IS NULL) = (closed_on IS NULL) AND (outcome IS NULL) = (closed_event_id IS NULL)),
    FOREIGN KEY (programme, training_id) REFERENCES training (programme, id)
);
CREATE INDEX enrollment_training ON enrollment (training_id);
