-- Costs beyond a single line typed in: what a delivered day or visit costs by a rate card, the bill behind a cost, whether
-- it is paid, and its reversal. Amounts are whole minor units of the book's currency.

-- What one unit of something costs. `partner_id` none: every partner of the programme; module, delivery, trainer none:
-- any. An amount of 0 says that nothing is paid for it. A card is changed by the next one; `version` counts those of one
-- key in the order they were recorded.
CREATE TABLE rate_card (
    id           uuid PRIMARY KEY,
    programme    text NOT NULL REFERENCES programme,
    partner_id   uuid REFERENCES partner,
    item         text NOT NULL CHECK (item IN (
                     'classroom-day', 'preparation', 'visit', 'aborted-visit', 'trainer-travel', 'venue-day',
                     'material-participant', 'catering-participant-day')),
    module       text,
    delivery     text CHECK (delivery IN ('direct', 'indirect')),
    trainer_id   uuid,
    valid_from   date NOT NULL,
    valid_to     date, -- inclusive; none: until the next card
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    currency     text NOT NULL REFERENCES ledger.currency,
    cost_kind    text NOT NULL, -- what it is booked as
    version      integer NOT NULL CHECK (version > 0),
    recorded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_by  text NOT NULL,
    CHECK (valid_to IS NULL OR valid_from <= valid_to),
    UNIQUE NULLS NOT DISTINCT (programme, partner_id, item, module, delivery, trainer_id, version),
    -- One card a day for one key. Nobody's id and the empty code stand for "any", so that two cards for any collide.
    CONSTRAINT rate_card_overlap EXCLUDE USING gist (
        code_span(programme, programme, '[]') WITH &&,
        code_span(item, item, '[]') WITH &&,
        id_span(coalesce(partner_id, '00000000-0000-0000-0000-000000000000'),
                coalesce(partner_id, '00000000-0000-0000-0000-000000000000'), '[]') WITH &&,
        id_span(coalesce(trainer_id, '00000000-0000-0000-0000-000000000000'),
                coalesce(trainer_id, '00000000-0000-0000-0000-000000000000'), '[]') WITH &&,
        code_span(coalesce(module, ''), coalesce(module, ''), '[]') WITH &&,
        code_span(coalesce(delivery, ''), coalesce(delivery, ''), '[]') WITH &&,
        daterange(valid_from, valid_to, '[]') WITH &&)
);

-- The trainer who leads it, for cards of one trainer; none where the training was scheduled before this was kept.
ALTER TABLE training ADD COLUMN lead_trainer_id uuid;

-- One bill over several trainings: its parts are costs.
CREATE TABLE cost_bill (
    id                 uuid PRIMARY KEY,
    programme          text NOT NULL REFERENCES programme,
    partner_id         uuid NOT NULL REFERENCES partner,
    kind               text NOT NULL,
    incurred_on        date NOT NULL,
    amount_minor       bigint NOT NULL CHECK (amount_minor > 0),
    currency           text NOT NULL REFERENCES ledger.currency,
    description        text NOT NULL,
    supplier           text NOT NULL,
    document_reference text,
    document_on        date,
    split_by           text NOT NULL CHECK (split_by IN ('equally', 'enterprises', 'days', 'weights')),
    duplicate_reason   text
);

ALTER TABLE cost
    ADD COLUMN by_ilo             boolean NOT NULL DEFAULT false, -- the ILO paid it or gave it
    ADD COLUMN supplier           text,
    ADD COLUMN document_reference text,
    ADD COLUMN document_on        date,
    ADD COLUMN attachments        jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(attachments) = 'array'), -- {name, sha256}
    ADD COLUMN given_by           text,
    ADD COLUMN valuation          text CHECK (valuation IN ('market-price', 'rate-card', 'agreed')),
    ADD COLUMN duplicate_reason   text,
    ADD COLUMN bill_id            uuid REFERENCES cost_bill,
    ADD COLUMN corrects           uuid UNIQUE REFERENCES cost, -- the cost reversed for it
    ADD COLUMN card_id            uuid REFERENCES rate_card,
    ADD COLUMN item               text,
    ADD COLUMN quantity           integer CHECK (quantity > 0),
    ADD CHECK (num_nonnulls(card_id, item, quantity) IN (0, 3)),
    ADD CHECK (card_id IS NULL OR source_event_id IS NOT NULL),
    -- Not of those recorded before: nobody asked them.
    ADD CONSTRAINT cost_in_kind_valued CHECK (NOT is_in_kind OR num_nonnulls(given_by, valuation) = 2) NOT VALID,
    DROP CONSTRAINT cost_source_event_id_key;
-- An event makes at most one cost of each item, and at most one of its own.
CREATE UNIQUE INDEX cost_once_per_event ON cost (source_event_id, coalesce(item, '')) WHERE source_event_id IS NOT NULL;
CREATE INDEX cost_supplier ON cost (partner_id, lower(supplier), lower(document_reference)) WHERE supplier IS NOT NULL;
CREATE INDEX cost_of_bill ON cost (bill_id) WHERE bill_id IS NOT NULL;

-- Who was in the classroom of a training, by code: material is charged once for each.
CREATE TABLE training_participant (
    training_id   uuid NOT NULL,
    enterprise_id uuid NOT NULL,
    participant   text NOT NULL,
    programme     text NOT NULL,
    PRIMARY KEY (training_id, enterprise_id, participant)
);

-- What was delivered and may cost something: one row for each event and item. Without `rated_by` there was no card for it
-- on its day; it is on the list until a card fills it.
CREATE TABLE delivery (
    id              uuid PRIMARY KEY,
    programme       text NOT NULL REFERENCES programme,
    partner_id      uuid NOT NULL REFERENCES partner,
    training_id     uuid NOT NULL REFERENCES training,
    source_event_id uuid NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('session', 'visit', 'aborted-visit')),
    number          integer NOT NULL, -- day of the training, or visit to the enterprise
    happened_on     date NOT NULL,
    trainer_id      uuid,
    item            text NOT NULL,
    quantity        integer NOT NULL CHECK (quantity > 0),
    rated_by        text CHECK (rated_by IN ('card', 'event')), -- event: the visit's own cost
    card_id         uuid REFERENCES rate_card,
    cost_id         uuid UNIQUE REFERENCES cost, -- none where it costs 0
    received_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (coalesce(rated_by = 'card', false) = (card_id IS NOT NULL)),
    CHECK (rated_by IS NOT NULL OR cost_id IS NULL),
    UNIQUE (source_event_id, item)
);
CREATE INDEX delivery_of_training ON delivery (training_id);
CREATE INDEX delivery_unrated ON delivery (partner_id, happened_on) WHERE rated_by IS NULL;

-- A cost taken back, whole and once.
CREATE TABLE cost_reversal (
    cost_id     uuid PRIMARY KEY REFERENCES cost,
    programme   text NOT NULL,
    reversed_on date NOT NULL, -- effective day of the reversing entry
    reason      text NOT NULL
);

-- Money paid to a supplier before the cost.
CREATE TABLE prepayment (
    id           uuid PRIMARY KEY,
    programme    text NOT NULL REFERENCES programme,
    partner_id   uuid NOT NULL REFERENCES partner,
    training_id  uuid REFERENCES training, -- none: for any
    supplier     text NOT NULL,
    paid_on      date NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency     text NOT NULL REFERENCES ledger.currency,
    method       text NOT NULL CHECK (method IN ('bank', 'cash', 'mobile-money')),
    reference    text NOT NULL
);
CREATE TABLE prepayment_reversal (
    prepayment_id uuid PRIMARY KEY REFERENCES prepayment,
    programme     text NOT NULL,
    reversed_on   date NOT NULL,
    reason        text NOT NULL
);

-- Money paid for costs, or a prepayment used up for them.
CREATE TABLE cost_payment (
    id            uuid PRIMARY KEY,
    programme     text NOT NULL REFERENCES programme,
    partner_id    uuid NOT NULL REFERENCES partner,
    paid_on       date NOT NULL,
    amount_minor  bigint NOT NULL CHECK (amount_minor > 0),
    currency      text NOT NULL REFERENCES ledger.currency,
    method        text CHECK (method IN ('bank', 'cash', 'mobile-money')),
    prepayment_id uuid REFERENCES prepayment,
    reference     text NOT NULL,
    CHECK (num_nonnulls(method, prepayment_id) = 1)
);
CREATE INDEX cost_payment_prepaid ON cost_payment (prepayment_id) WHERE prepayment_id IS NOT NULL;
CREATE TABLE cost_payment_part (
    payment_id   uuid NOT NULL REFERENCES cost_payment,
    cost_id      uuid NOT NULL REFERENCES cost,
    programme    text NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    PRIMARY KEY (payment_id, cost_id)
);
CREATE INDEX cost_payment_part_cost ON cost_payment_part (cost_id);
CREATE TABLE cost_payment_reversal (
    payment_id  uuid PRIMARY KEY REFERENCES cost_payment,
    programme   text NOT NULL,
    reversed_on date NOT NULL,
    reason      text NOT NULL
);
