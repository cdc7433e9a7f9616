-- Payments may be recorded before anybody knows whose they are, and can be undone: set back, refunded, bounced.

ALTER TABLE payment
    ALTER COLUMN payer_class DROP NOT NULL,
    ADD COLUMN bank_account_id uuid REFERENCES bank_account,
    ADD COLUMN bank_line_id uuid REFERENCES bank_line, -- it came from this line, whose entry is its receipt
    ADD COLUMN identified_on date,
    ADD COLUMN identified_late boolean NOT NULL DEFAULT false; -- not when it was recorded
DROP TRIGGER payment_append_only ON payment;
UPDATE payment SET identified_on = received_on;
ALTER TABLE payment
    DROP CONSTRAINT payment_check,
    DROP CONSTRAINT payment_check1,
    -- Nobody, an enterprise of class F, or the payer of an agreement.
    ADD CONSTRAINT payment_payer CHECK (
        CASE WHEN payer_class IS NULL THEN num_nonnulls(enterprise_id, agreement_id, identified_on) = 0
             WHEN payer_class = 'F' THEN enterprise_id IS NOT NULL AND agreement_id IS NULL
             ELSE enterprise_id IS NULL AND agreement_id IS NOT NULL END),
    ADD CONSTRAINT payment_identified CHECK ((payer_class IS NULL) = (identified_on IS NULL)),
    ADD CONSTRAINT payment_by_bank CHECK (method = 'bank' OR num_nonnulls(bank_account_id, bank_line_id) = 0);

-- An allocation is undone by a row of its own with the opposite amount; so are its parts.
ALTER TABLE allocation
    ADD COLUMN reverses_id uuid UNIQUE REFERENCES allocation,
    ADD COLUMN reason text,
    DROP CONSTRAINT allocation_amount_minor_check,
    ADD CONSTRAINT allocation_sign CHECK (CASE WHEN reverses_id IS NULL THEN amount_minor > 0 ELSE amount_minor < 0 END),
    ADD CONSTRAINT allocation_reason CHECK ((reverses_id IS NULL) = (reason IS NULL));
ALTER TABLE allocation_part
    DROP CONSTRAINT allocation_part_amount_minor_check,
    ADD CONSTRAINT allocation_part_amount CHECK (amount_minor <> 0);

-- Money given back to its payer. Undone by a row with the opposite amount.
CREATE TABLE payment_refund (
    id              uuid PRIMARY KEY,
    programme       text NOT NULL,
    payment_id      uuid NOT NULL REFERENCES payment,
    amount_minor    bigint NOT NULL,
    refunded_on     date NOT NULL,
    method          text NOT NULL CHECK (method IN ('bank', 'cash', 'mobile-money')),
    bank_account_id uuid REFERENCES bank_account,
    bank_line_id    uuid REFERENCES bank_line, -- it left with this line
    reason          text NOT NULL,
    reverses_id     uuid UNIQUE REFERENCES payment_refund,
    CHECK (CASE WHEN reverses_id IS NULL THEN amount_minor > 0 ELSE amount_minor < 0 END)
);
CREATE INDEX payment_refund_payment ON payment_refund (payment_id);

-- The bank took the money back, or it never was one. Taken back itself by `undone_on`.
CREATE TABLE payment_reversal (
    id           uuid PRIMARY KEY,
    programme    text NOT NULL,
    payment_id   uuid NOT NULL REFERENCES payment,
    reversed_on  date NOT NULL,
    reason       text NOT NULL,
    bank_line_id uuid REFERENCES bank_line, -- the line with which it bounced
    undone_on    date,
    CHECK (reversed_on <= undone_on)
);
CREATE UNIQUE INDEX payment_reversal_live ON payment_reversal (payment_id) WHERE undone_on IS NULL;
