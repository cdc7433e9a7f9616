-- What this service has heard from others, kept by its event handlers and changed by nothing else. Aggregates arrive in
-- any order, so copies do not refer to each other; what this service records refers to them by (programme, id), which
-- keeps programmes apart.

CREATE TABLE known_programme (
    code           text PRIMARY KEY,
    id             uuid NOT NULL UNIQUE,
    name           text NOT NULL,
    currency       text NOT NULL,
    policy_version integer NOT NULL
);

-- Modules as each policy version offers them; the version in force on a training's first day says how many classroom
-- days to expect.
CREATE TABLE known_module (
    programme      text NOT NULL,
    policy_version integer NOT NULL,
    valid_from     date NOT NULL,
    code           text NOT NULL,
    name           text NOT NULL,
    classroom_days integer NOT NULL,
    PRIMARY KEY (programme, code, policy_version)
);

CREATE TABLE known_partner (
    id        uuid PRIMARY KEY,
    programme text NOT NULL,
    name      text NOT NULL,
    kind      text NOT NULL,
    region    text,
    UNIQUE (programme, id)
);

CREATE TABLE known_enterprise (
    id            uuid PRIMARY KEY,
    programme     text NOT NULL,
    partner_id    uuid NOT NULL,
    name          text NOT NULL,
    region        text NOT NULL,
    sector        text NOT NULL,
    size_class    text NOT NULL,
    registered_on date NOT NULL,
    UNIQUE (programme, id)
);

CREATE TABLE known_trainer (
    id        uuid PRIMARY KEY,
    programme text NOT NULL,
    name      text NOT NULL,
    UNIQUE (programme, id)
);

CREATE TABLE known_training (
    id              uuid PRIMARY KEY,
    programme       text NOT NULL,
    module          text NOT NULL,
    partner_id      uuid NOT NULL,
    region          text NOT NULL,
    lead_trainer_id uuid NOT NULL,
    starts_on       date NOT NULL,
    ends_on         date NOT NULL,
    UNIQUE (programme, id)
);

CREATE TABLE known_enrollment (
    id            uuid PRIMARY KEY,
    programme     text NOT NULL,
    training_id   uuid NOT NULL,
    enterprise_id uuid NOT NULL,
    partner_id    uuid NOT NULL,
    enrolled_on   date NOT NULL,
    state         text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'completed', 'withdrawn')),
    completed_on  date,
    withdrawn_on  date,
    UNIQUE (programme, id),
    CHECK ((state = 'completed') = (completed_on IS NOT NULL)),
    CHECK ((state = 'withdrawn') = (withdrawn_on IS NOT NULL))
);
CREATE INDEX known_enrollment_place ON known_enrollment (training_id, enterprise_id);

CREATE TABLE known_session (
    programme   text NOT NULL,
    training_id uuid NOT NULL,
    day         integer NOT NULL,
    held_on     date NOT NULL,
    PRIMARY KEY (training_id, day)
);

-- Different people of a training, by the code their enterprise uses, and the first day each was seen.
CREATE TABLE known_participant (
    programme     text NOT NULL,
    training_id   uuid NOT NULL,
    enterprise_id uuid NOT NULL,
    participant   text NOT NULL,
    first_seen_on date NOT NULL,
    PRIMARY KEY (training_id, enterprise_id, participant)
);
