-- Documents. What they add up to is in the ledger too; the checks compare the two.
-- Amounts are whole minor units of the book's currency.

-- Singleton ranges let a plain range index compare ids and codes for equality, where btree_gist is not installed.
CREATE TYPE id_span AS RANGE (subtype = uuid);
CREATE TYPE code_span AS RANGE (subtype = text, collation = "C");

CREATE TABLE price (
    id          uuid PRIMARY KEY,
    programme   text NOT NULL REFERENCES programme,
    partner_id  uuid NOT NULL REFERENCES partner,
    module      text NOT NULL,
    valid_from  date NOT NULL,
    valid_to    date, -- inclusive; none: until the next price
    price_minor bigint NOT NULL CHECK (price_minor > 0),
    currency    text NOT NULL REFERENCES ledger.currency,
    tax_rate_bp integer NOT NULL DEFAULT 0 CHECK (tax_rate_bp = 0), -- until the tax rules of countries are in
    CHECK (valid_to IS NULL OR valid_from <= valid_to),
    -- One price a day for a partner's module.
    CONSTRAINT price_overlap EXCLUDE USING gist (
        id_span(partner_id, partner_id, '[]') WITH &&,
        code_span(module, module, '[]') WITH &&,
        daterange(valid_from, valid_to, '[]') WITH &&)
);

CREATE TABLE agreement (
    id            uuid PRIMARY KEY,
    programme     text NOT NULL REFERENCES programme,
    code          text NOT NULL,
    payer_class   text NOT NULL CHECK (payer_class IN ('P', 'G', 'B', 'D', 'I')),
    payer_name    text NOT NULL,
    partner_id    uuid REFERENCES partner, -- none: every partner of the programme
    ceiling_minor bigint NOT NULL CHECK (ceiling_minor > 0),
    -- What its shares of live invoices have taken of the ceiling. Kept here because adding them up for every draft would
    -- cost more with every invoice; the check agreements-within-ceiling adds them up again.
    committed_minor bigint NOT NULL DEFAULT 0 CHECK (committed_minor BETWEEN 0 AND ceiling_minor),
    currency      text NOT NULL REFERENCES ledger.currency,
    valid_from    date NOT NULL,
    valid_to      date,
    state         text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'closed')),
    closed_on     date,
    close_reason  text,
    UNIQUE (programme, code),
    CHECK (valid_to IS NULL OR valid_from <= valid_to),
    -- A partner's own funds are that partner's.
    CHECK (payer_class <> 'P' OR partner_id IS NOT NULL),
    CHECK ((state = 'closed') = (closed_on IS NOT NULL))
);

CREATE TABLE agreement_share (
    agreement_id uuid NOT NULL REFERENCES agreement,
    programme    text NOT NULL,
    size_class   text NOT NULL,
    share_bp     integer NOT NULL CHECK (share_bp BETWEEN 1 AND 10000), -- hundredths of a per cent of the price
    PRIMARY KEY (agreement_id, size_class)
);

-- The last number given, per book, kind and fiscal year. A row lock hands numbers out one by one; a rollback gives
-- the number back, so there is never a gap.
CREATE TABLE number_series (
    programme   text NOT NULL,
    partner_id  uuid NOT NULL REFERENCES partner,
    kind        text NOT NULL CHECK (kind IN ('invoice', 'credit-note', 'claim')),
    fiscal_year integer NOT NULL,
    last        integer NOT NULL CHECK (last > 0),
    PRIMARY KEY (partner_id, kind, fiscal_year)
);

-- draft -> issued -> credited, or draft -> cancelled. Whether an issued invoice is paid is never stored here but
-- derived from allocations; `settled_on` only says that invoice-settled was published.
CREATE TABLE invoice (
    id                 uuid PRIMARY KEY,
    programme          text NOT NULL REFERENCES programme,
    partner_id         uuid NOT NULL REFERENCES partner,
    enterprise_id      uuid NOT NULL REFERENCES enterprise,
    enrollment_id      uuid NOT NULL REFERENCES enrollment,
    price_id           uuid NOT NULL REFERENCES price,
    total_minor        bigint NOT NULL CHECK (total_minor > 0),
    currency           text NOT NULL REFERENCES ledger.currency,
    state              text NOT NULL CHECK (state IN ('draft', 'issued', 'cancelled', 'credited')),
    contracted_on      date NOT NULL, -- effective day of the memo entry
    contract_ended_on  date,          -- effective day of its reversal
    end_reason         text,
    number             text,
    fiscal_year        integer,
    serial             integer,
    issued_on          date,
    due_on             date,
    enterprise_name    text, -- as on the day of issue
    enterprise_tax_id  text,
    earned_on          date, -- effective day of the income entry
    settled_on         date,
    CHECK ((state IN ('issued', 'credited')) = (number IS NOT NULL)),
    CHECK (num_nulls(number, fiscal_year, serial, issued_on, due_on, enterprise_name, enterprise_tax_id) IN (0, 7)),
    CHECK ((state IN ('cancelled', 'credited')) = (contract_ended_on IS NOT NULL)),
    CHECK ((contract_ended_on IS NULL) = (end_reason IS NULL)),
    CHECK (issued_on <= due_on),
    CHECK (number IS NOT NULL OR (earned_on IS NULL AND settled_on IS NULL)),
    UNIQUE (partner_id, number),
    UNIQUE (partner_id, fiscal_year, serial)
);
-- An enrollment is billed by at most one invoice at a time.
CREATE UNIQUE INDEX invoice_live ON invoice (enrollment_id) WHERE state IN ('draft', 'issued');
CREATE INDEX invoice_of_enterprise ON invoice (enterprise_id, due_on) WHERE state = 'issued';

-- What each payer owes of an invoice; the enterprise's own share has class F and is always there, also when it is 0.
CREATE TABLE invoice_share (
    id           uuid PRIMARY KEY,
    programme    text NOT NULL,
    invoice_id   uuid NOT NULL REFERENCES invoice,
    payer_class  text NOT NULL CHECK (payer_class IN ('F', 'P', 'G', 'B', 'D', 'I')),
    agreement_id uuid REFERENCES agreement,
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    CHECK ((payer_class = 'F') = (agreement_id IS NULL)),
    CHECK (payer_class = 'F' OR amount_minor > 0),
    UNIQUE NULLS NOT DISTINCT (invoice_id, agreement_id)
);
CREATE INDEX invoice_share_agreement ON invoice_share (agreement_id) WHERE agreement_id IS NOT NULL;

CREATE TABLE credit_note (
    id          uuid PRIMARY KEY,
    programme   text NOT NULL,
    partner_id  uuid NOT NULL REFERENCES partner,
    invoice_id  uuid NOT NULL UNIQUE REFERENCES invoice, -- full credit only, so once
    number      text NOT NULL,
    fiscal_year integer NOT NULL,
    serial      integer NOT NULL,
    issued_on   date NOT NULL,
    total_minor bigint NOT NULL CHECK (total_minor > 0),
    reason      text NOT NULL,
    UNIQUE (partner_id, number),
    UNIQUE (partner_id, fiscal_year, serial)
);

CREATE TABLE claim (
    id              uuid PRIMARY KEY,
    programme       text NOT NULL REFERENCES programme,
    partner_id      uuid NOT NULL REFERENCES partner,
    agreement_id    uuid NOT NULL REFERENCES agreement,
    number          text NOT NULL,
    fiscal_year     integer NOT NULL,
    serial          integer NOT NULL,
    state           text NOT NULL CHECK (state IN ('submitted', 'approved', 'rejected')),
    submitted_on    date NOT NULL,
    submitted_minor bigint NOT NULL CHECK (submitted_minor > 0),
    decided_on      date,
    approved_minor  bigint,
    decision_reason text,
    CHECK ((state = 'submitted') = (decided_on IS NULL)),
    CHECK ((state = 'approved') = (approved_minor IS NOT NULL)),
    CHECK (approved_minor BETWEEN 1 AND submitted_minor),
    CHECK (submitted_on <= decided_on),
    UNIQUE (partner_id, number),
    UNIQUE (partner_id, fiscal_year, serial)
);

CREATE TABLE claim_item (
    claim_id       uuid NOT NULL REFERENCES claim,
    share_id       uuid NOT NULL REFERENCES invoice_share,
    programme      text NOT NULL,
    claimed_minor  bigint NOT NULL CHECK (claimed_minor > 0),
    approved_minor bigint CHECK (approved_minor BETWEEN 0 AND claimed_minor),
    is_live        boolean NOT NULL DEFAULT true, -- false once the claim was rejected
    PRIMARY KEY (claim_id, share_id)
);
-- A share is claimed at most once; a rejected claim gives it free.
CREATE UNIQUE INDEX claim_item_once ON claim_item (share_id) WHERE is_live;

CREATE TABLE payment (
    id            uuid PRIMARY KEY,
    programme     text NOT NULL REFERENCES programme,
    partner_id    uuid NOT NULL REFERENCES partner,
    payer_class   text NOT NULL CHECK (payer_class IN ('F', 'P', 'G', 'B', 'D', 'I')),
    enterprise_id uuid REFERENCES enterprise,
    agreement_id  uuid REFERENCES agreement,
    received_on   date NOT NULL,
    amount_minor  bigint NOT NULL CHECK (amount_minor > 0),
    currency      text NOT NULL REFERENCES ledger.currency,
    reference     text NOT NULL,
    method        text NOT NULL CHECK (method IN ('bank', 'cash', 'mobile-money')),
    CHECK ((payer_class = 'F') = (enterprise_id IS NOT NULL)),
    CHECK ((payer_class = 'F') = (agreement_id IS NULL))
);

CREATE TABLE allocation (
    id           uuid PRIMARY KEY,
    programme    text NOT NULL,
    payment_id   uuid NOT NULL REFERENCES payment,
    invoice_id   uuid REFERENCES invoice,
    claim_id     uuid REFERENCES claim,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    allocated_on date NOT NULL,
    CHECK (num_nonnulls(invoice_id, claim_id) = 1)
);
CREATE INDEX allocation_payment ON allocation (payment_id);

-- Which invoice shares an allocation pays: one for an invoice, one or more for a claim.
CREATE TABLE allocation_part (
    allocation_id uuid NOT NULL REFERENCES allocation,
    share_id      uuid NOT NULL REFERENCES invoice_share,
    programme     text NOT NULL,
    amount_minor  bigint NOT NULL CHECK (amount_minor > 0),
    PRIMARY KEY (allocation_id, share_id)
);
CREATE INDEX allocation_part_share ON allocation_part (share_id);

CREATE TABLE cost (
    id              uuid PRIMARY KEY,
    programme       text NOT NULL REFERENCES programme,
    partner_id      uuid NOT NULL REFERENCES partner,
    training_id     uuid REFERENCES training,
    kind            text NOT NULL,
    is_direct       boolean NOT NULL,
    is_in_kind      boolean NOT NULL,
    incurred_on     date NOT NULL,
    posted_on       date NOT NULL, -- effective day of its entry: later for a late fact of a closed period
    amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
    currency        text NOT NULL REFERENCES ledger.currency,
    description     text NOT NULL,
    source_event_id uuid UNIQUE, -- the event that recorded it; none: by hand
    CHECK (is_direct = (training_id IS NOT NULL)),
    CHECK (is_direct OR NOT is_in_kind)
);

CREATE TABLE cost_recovery_measurement (
    id             uuid PRIMARY KEY,
    measurement_id uuid NOT NULL, -- the three bases were measured together
    basis          text NOT NULL CHECK (basis IN ('contracted', 'invoiced', 'received')),
    programme      text NOT NULL REFERENCES programme,
    as_of          date NOT NULL,
    measured_at    timestamptz NOT NULL,
    currency       text NOT NULL,
    components     jsonb NOT NULL, -- minor units by component
    UNIQUE (measurement_id, basis)
);

-- The first time a programme paid for itself: CR-5 on received money at 1 or more.
CREATE TABLE self_sufficiency (
    programme      text PRIMARY KEY REFERENCES programme,
    measurement_id uuid NOT NULL,
    as_of          date NOT NULL
);
