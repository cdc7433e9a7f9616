-- What happens to a debt after the invoice: credited in part, written off, reminded of, provided for.
-- Amounts are whole minor units of the book's currency, as in documents_tables.sql.

-- A credit note no longer takes a whole invoice back but any part of each share, so an invoice may have several.
-- draft -> issued -> void, or draft -> cancelled. The number comes with the issue; a void note keeps it. Whether what it
-- gave back to the payer was refunded or set against other invoices is derived from credit_use.
ALTER TABLE credit_note
    DROP CONSTRAINT credit_note_invoice_id_key,
    ALTER COLUMN number DROP NOT NULL,
    ALTER COLUMN fiscal_year DROP NOT NULL,
    ALTER COLUMN serial DROP NOT NULL,
    ALTER COLUMN issued_on DROP NOT NULL,
    ADD COLUMN kind text NOT NULL DEFAULT 'credit' CHECK (kind IN ('credit', 'refund', 'offset')),
    ADD COLUMN state text NOT NULL DEFAULT 'issued' CHECK (state IN ('draft', 'issued', 'void', 'cancelled')),
    ADD COLUMN ended_on date, -- voided or cancelled
    ADD COLUMN end_reason text,
    ADD CONSTRAINT credit_note_numbered CHECK (
        num_nulls(number, fiscal_year, serial, issued_on) = CASE WHEN state IN ('issued', 'void') THEN 0 ELSE 4 END),
    ADD CONSTRAINT credit_note_ended CHECK (
        num_nulls(ended_on, end_reason) = CASE WHEN state IN ('void', 'cancelled') THEN 0 ELSE 2 END),
    ADD CONSTRAINT credit_note_voided_later CHECK (issued_on <= ended_on);
ALTER TABLE credit_note ALTER COLUMN state DROP DEFAULT, ALTER COLUMN kind DROP DEFAULT;
CREATE INDEX credit_note_invoice ON credit_note (invoice_id);

-- What a note takes off each share, with the tax in it. `released_minor` is the part that was paid already: it goes back
-- to the payer's account. `is_earned`: it was income already and is taken back. `discount_minor` goes with it: what was
-- given up of the fee. All but the amount is known, and fixed, at issue. An amount of nothing takes back a fee that was
-- given up as a whole.
CREATE TABLE credit_note_part (
    credit_note_id     uuid NOT NULL REFERENCES credit_note,
    share_id           uuid NOT NULL REFERENCES invoice_share,
    programme          text NOT NULL,
    amount_minor       bigint NOT NULL CHECK (amount_minor >= 0),
    tax_minor          bigint NOT NULL DEFAULT 0 CHECK (tax_minor BETWEEN 0 AND amount_minor),
    released_minor     bigint NOT NULL DEFAULT 0 CHECK (released_minor BETWEEN 0 AND amount_minor),
    released_tax_minor bigint NOT NULL DEFAULT 0 CHECK (released_tax_minor BETWEEN 0 AND released_minor),
    discount_minor     bigint NOT NULL DEFAULT 0 CHECK (discount_minor >= 0),
    is_earned          boolean NOT NULL DEFAULT false,
    PRIMARY KEY (credit_note_id, share_id)
);
CREATE INDEX credit_note_part_share ON credit_note_part (share_id);
-- The notes made until now took back whole invoices on which nothing was paid.
INSERT INTO credit_note_part (credit_note_id, share_id, programme, amount_minor, tax_minor, discount_minor, is_earned)
SELECT c.id, s.id, c.programme, s.amount_minor, s.tax_minor,
       CASE WHEN s.payer_class = 'F' THEN i.discount_minor ELSE 0 END,
       s.payer_class = 'F' AND i.earned_on IS NOT NULL
FROM credit_note c JOIN invoice i ON i.id = c.invoice_id JOIN invoice_share s ON s.invoice_id = i.id
WHERE s.amount_minor > 0 OR (s.payer_class = 'F' AND i.discount_minor > 0);

-- What became of the money that a note gave back: paid out, or set against another invoice or claim of the same payer.
CREATE TABLE credit_use (
    id              uuid PRIMARY KEY,
    programme       text NOT NULL,
    credit_note_id  uuid NOT NULL REFERENCES credit_note,
    agreement_id    uuid REFERENCES agreement, -- whose account it leaves; none: the enterprise's
    kind            text NOT NULL CHECK (kind IN ('refund', 'offset')),
    used_on         date NOT NULL,
    amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
    -- A refund: how it left, and what the bank statement will say.
    method          text CHECK (method IN ('bank', 'cash', 'mobile-money')),
    bank_account_id uuid,
    reference       text,
    -- An offset: against what.
    invoice_id      uuid REFERENCES invoice,
    claim_id        uuid REFERENCES claim,
    CHECK ((kind = 'refund') = (method IS NOT NULL) AND (kind = 'refund') = (reference IS NOT NULL)),
    CHECK (bank_account_id IS NULL OR method = 'bank'),
    CHECK (num_nonnulls(invoice_id, claim_id) = CASE kind WHEN 'offset' THEN 1 ELSE 0 END)
);
CREATE INDEX credit_use_note ON credit_use (credit_note_id);

-- Which shares an offset pays.
CREATE TABLE credit_use_part (
    credit_use_id uuid NOT NULL REFERENCES credit_use,
    share_id      uuid NOT NULL REFERENCES invoice_share,
    programme     text NOT NULL,
    amount_minor  bigint NOT NULL CHECK (amount_minor > 0),
    tax_minor     bigint NOT NULL DEFAULT 0 CHECK (tax_minor BETWEEN 0 AND amount_minor),
    PRIMARY KEY (credit_use_id, share_id)
);
CREATE INDEX credit_use_part_share ON credit_use_part (share_id);

-- Under what a difference that a payment leaves may be written off in one step by whoever recorded the payment: both the
-- amount and the share of what was owed. The newest row of a book holds.
CREATE TABLE tolerance (
    id           uuid PRIMARY KEY,
    programme    text NOT NULL,
    partner_id   uuid NOT NULL REFERENCES partner,
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    currency     text NOT NULL REFERENCES ledger.currency,
    share_bp     integer NOT NULL CHECK (share_bp BETWEEN 0 AND 10000), -- hundredths of a per cent
    set_on       date NOT NULL,
    set_by       text NOT NULL
);
CREATE INDEX tolerance_newest ON tolerance (partner_id, id DESC);

-- A debt given up: an enterprise's, or what a funder approved and does not pay after all.
CREATE TABLE write_off (
    id           uuid PRIMARY KEY,
    programme    text NOT NULL REFERENCES programme,
    partner_id   uuid NOT NULL REFERENCES partner,
    invoice_id   uuid REFERENCES invoice,
    claim_id     uuid REFERENCES claim,
    allocation_id uuid UNIQUE REFERENCES allocation, -- the allocation that left this difference
    cause        text NOT NULL CHECK (cause IN ('bad-debt', 'disallowed', 'bank-charge')),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency     text NOT NULL REFERENCES ledger.currency,
    written_on   date NOT NULL,
    reason       text NOT NULL,
    written_by   text NOT NULL,
    CHECK (num_nonnulls(invoice_id, claim_id) = 1),
    CHECK (cause <> 'disallowed' OR claim_id IS NOT NULL)
);
CREATE INDEX write_off_invoice ON write_off (invoice_id);

CREATE TABLE write_off_part (
    write_off_id uuid NOT NULL REFERENCES write_off,
    share_id     uuid NOT NULL REFERENCES invoice_share,
    programme    text NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    tax_minor    bigint NOT NULL DEFAULT 0 CHECK (tax_minor BETWEEN 0 AND amount_minor),
    PRIMARY KEY (write_off_id, share_id)
);
CREATE INDEX write_off_part_share ON write_off_part (share_id);

-- A debt that lives again, because it will be paid after all.
CREATE TABLE write_off_reversal (
    id           uuid PRIMARY KEY,
    programme    text NOT NULL,
    write_off_id uuid NOT NULL UNIQUE REFERENCES write_off,
    reversed_on  date NOT NULL,
    reason       text NOT NULL,
    reversed_by  text NOT NULL
);

-- An invoice that was settled and is owed again: invoice-settled was published, and so is this.
CREATE TABLE invoice_reopening (
    id          uuid PRIMARY KEY,
    programme   text NOT NULL,
    invoice_id  uuid NOT NULL REFERENCES invoice,
    reopened_on date NOT NULL
);
CREATE INDEX invoice_reopening_invoice ON invoice_reopening (invoice_id);

-- How long after the due day each reminder goes out; the place in the list is the level. Of several schedules the one
-- that holds on a day is the newest of those that begin by then.
CREATE TABLE reminder_schedule (
    id             uuid PRIMARY KEY,
    programme      text NOT NULL,
    partner_id     uuid NOT NULL REFERENCES partner,
    valid_from     date NOT NULL,
    days_after_due integer[] NOT NULL CHECK (cardinality(days_after_due) BETWEEN 1 AND 9),
    minimum_minor  bigint NOT NULL CHECK (minimum_minor >= 0),
    currency       text NOT NULL REFERENCES ledger.currency
);

CREATE TABLE reminder_run (
    id          uuid PRIMARY KEY,
    programme   text NOT NULL,
    partner_id  uuid NOT NULL REFERENCES partner,
    schedule_id uuid NOT NULL REFERENCES reminder_schedule,
    run_on      date NOT NULL,
    run_by      text NOT NULL
);

-- One letter: to one enterprise, of one level, about one or more invoices.
CREATE TABLE reminder (
    id            uuid PRIMARY KEY,
    programme     text NOT NULL,
    run_id        uuid NOT NULL REFERENCES reminder_run,
    partner_id    uuid NOT NULL REFERENCES partner,
    enterprise_id uuid NOT NULL REFERENCES enterprise,
    level         integer NOT NULL CHECK (level > 0),
    reminded_on   date NOT NULL,
    total_minor   bigint NOT NULL CHECK (total_minor > 0),
    currency      text NOT NULL REFERENCES ledger.currency,
    UNIQUE (run_id, enterprise_id, level)
);
CREATE INDEX reminder_enterprise ON reminder (enterprise_id);

-- The key is the promise: what fell due on a day is reminded of once at each level.
CREATE TABLE reminder_item (
    reminder_id uuid NOT NULL REFERENCES reminder,
    programme   text NOT NULL,
    invoice_id  uuid NOT NULL REFERENCES invoice,
    due_on      date NOT NULL,
    level       integer NOT NULL,
    open_minor  bigint NOT NULL CHECK (open_minor > 0),
    PRIMARY KEY (invoice_id, due_on, level)
);
CREATE INDEX reminder_item_reminder ON reminder_item (reminder_id);

-- What a run would have reminded of and did not, and why.
CREATE TABLE reminder_skip (
    run_id     uuid NOT NULL REFERENCES reminder_run,
    programme  text NOT NULL,
    invoice_id uuid NOT NULL REFERENCES invoice,
    due_on     date NOT NULL,
    level      integer NOT NULL,
    cause      text NOT NULL CHECK (cause IN ('disputed', 'paused', 'below-minimum', 'credit-covers')),
    reason     text NOT NULL,
    PRIMARY KEY (run_id, invoice_id, due_on)
);

-- Whether an invoice is left alone; the newest row holds, until its day. `resumed` ends a pause early.
CREATE TABLE reminder_pause (
    id         uuid PRIMARY KEY,
    programme  text NOT NULL,
    invoice_id uuid NOT NULL REFERENCES invoice,
    cause      text NOT NULL CHECK (cause IN ('disputed', 'paused', 'resumed')),
    until_on   date,
    reason     text NOT NULL,
    made_on    date NOT NULL,
    made_by    text NOT NULL,
    CHECK ((cause = 'resumed') = (until_on IS NULL))
);
CREATE INDEX reminder_pause_newest ON reminder_pause (invoice_id, id DESC);

-- The allowance for doubtful receivables as of a day: what it should be by age, and what was booked to get there.
CREATE TABLE allowance (
    id           uuid PRIMARY KEY,
    programme    text NOT NULL REFERENCES programme,
    partner_id   uuid NOT NULL REFERENCES partner,
    as_of        date NOT NULL,
    currency     text NOT NULL REFERENCES ledger.currency,
    target_minor bigint NOT NULL CHECK (target_minor >= 0),
    booked_minor bigint NOT NULL, -- negative: taken back
    buckets      jsonb NOT NULL, -- {age: {minor, share_bp, part}}, in minor units
    reason       text NOT NULL,
    made_by      text NOT NULL
);
CREATE INDEX allowance_newest ON allowance (partner_id, as_of, id);
