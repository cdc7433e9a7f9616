-- Copies of what other services said, kept by event handlers. Billing decides on these and never asks over HTTP.
-- Facts of different aggregates come in any order, so enterprises and trainings point at their partner without a foreign
-- key; an enrollment is only taken when all three are here.

CREATE TABLE programme (
    programme      text PRIMARY KEY, -- its code
    id             uuid NOT NULL UNIQUE,
    name           text NOT NULL,
    currency       text NOT NULL REFERENCES ledger.currency,
    policy_version integer NOT NULL,
    modules        jsonb NOT NULL, -- [{code, is_first}]
    size_classes   text[] NOT NULL,
    regions        text[] NOT NULL,
    phases         jsonb NOT NULL  -- [{code, starts_on, ends_on}]
);

CREATE TABLE partner (
    id        uuid PRIMARY KEY,
    programme text NOT NULL REFERENCES programme,
    name      text NOT NULL,
    kind      text NOT NULL,
    region    text
);

CREATE TABLE enterprise (
    id         uuid PRIMARY KEY,
    programme  text NOT NULL,
    partner_id uuid NOT NULL,
    name       text NOT NULL,
    tax_id     text NOT NULL
);

CREATE TABLE training (
    id         uuid PRIMARY KEY,
    programme  text NOT NULL,
    partner_id uuid NOT NULL,
    module     text NOT NULL,
    region     text NOT NULL,
    delivery   text NOT NULL CHECK (delivery IN ('direct', 'indirect')),
    starts_on  date NOT NULL,
    ends_on    date NOT NULL
);

CREATE TABLE enrollment (
    id            uuid PRIMARY KEY,
    programme     text NOT NULL REFERENCES programme,
    partner_id    uuid NOT NULL REFERENCES partner,
    enterprise_id uuid NOT NULL REFERENCES enterprise,
    training_id   uuid NOT NULL REFERENCES training,
    module        text NOT NULL,
    region        text NOT NULL,
    delivery      text NOT NULL CHECK (delivery IN ('direct', 'indirect')),
    size_class    text NOT NULL,
    enrolled_on   date NOT NULL,
    completed_on  date,
    endline_on    date,
    withdrawn_on  date
);
CREATE INDEX enrollment_priced ON enrollment (partner_id, module, enrolled_on);
