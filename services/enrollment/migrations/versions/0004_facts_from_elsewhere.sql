-- Copies of what other services said. Only their events write here.

CREATE TABLE trainer (
    id            uuid PRIMARY KEY,
    programme     text NOT NULL,
    name          text NOT NULL,
    partner_id    uuid,
    registered_on date NOT NULL,
    UNIQUE (programme, id)
);

CREATE TABLE trainer_tot (
    programme  text NOT NULL,
    trainer_id uuid NOT NULL,
    module     text NOT NULL,
    passed_on  date NOT NULL, -- the first time
    PRIMARY KEY (trainer_id, module),
    FOREIGN KEY (programme, trainer_id) REFERENCES trainer (programme, id)
);

-- `active` is exact for every day: validity with its renewals, less every suspension.
CREATE TABLE trainer_certificate (
    programme  text NOT NULL,
    trainer_id uuid NOT NULL,
    module     text NOT NULL,
    number     text NOT NULL,
    is_expert  boolean NOT NULL,
    valid      datemultirange NOT NULL,
    suspended  datemultirange NOT NULL,
    active     datemultirange NOT NULL GENERATED ALWAYS AS (valid - suspended) STORED,
    PRIMARY KEY (trainer_id, module, number, is_expert),
    FOREIGN KEY (programme, trainer_id) REFERENCES trainer (programme, id)
);

CREATE TABLE baseline (
    assessment_id uuid PRIMARY KEY,
    programme     text NOT NULL,
    enterprise_id uuid NOT NULL,
    assessed_on   date NOT NULL,
    FOREIGN KEY (programme, enterprise_id) REFERENCES enterprise (programme, id)
);
CREATE INDEX baseline_enterprise ON baseline (enterprise_id, assessed_on);
SELECT keep_for_ever('baseline');
