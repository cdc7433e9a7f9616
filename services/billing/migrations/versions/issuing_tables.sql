-- Prices by delivery, tax, discounts and instalments; what an invoice is frozen as; who sends it and who gets it.

-- A country's tax as the programme's finance entered it: no rate is known to the code. `category` is UNCL5305 as EN 16931
-- uses it. Rates are hundredths of a per cent.
CREATE TABLE tax_rule (
    id               uuid PRIMARY KEY,
    programme        text NOT NULL REFERENCES programme,
    code             text NOT NULL,
    category         text NOT NULL CHECK (category IN ('S', 'Z', 'E', 'O', 'AE')),
    rate_bp          integer NOT NULL CHECK (rate_bp BETWEEN 0 AND 10000),
    is_included      boolean NOT NULL, -- prices are given with this tax in them
    exemption_reason text,
    valid_from       date NOT NULL,
    valid_to         date, -- inclusive; none: until the next rule of this code
    source_note      text NOT NULL, -- the law or the letter that says so
    CHECK ((category = 'S') = (rate_bp > 0)),
    CHECK ((category IN ('E', 'O', 'AE')) = (exemption_reason IS NOT NULL)),
    CHECK (rate_bp > 0 OR NOT is_included),
    CHECK (valid_to IS NULL OR valid_from <= valid_to),
    CONSTRAINT tax_rule_overlap EXCLUDE USING gist (
        code_span(programme, programme, '[]') WITH &&,
        code_span(code, code, '[]') WITH &&,
        daterange(valid_from, valid_to, '[]') WITH &&)
);

-- A price holds for one delivery mode or, without one, for any; the specific one wins. `tax_code` names rules of the
-- programme; without one nothing is taxed, as before.
ALTER TABLE price
    DROP COLUMN tax_rate_bp,
    ADD COLUMN delivery text CHECK (delivery IN ('direct', 'indirect')),
    ADD COLUMN tax_code text,
    DROP CONSTRAINT price_overlap,
    ADD CONSTRAINT price_overlap EXCLUDE USING gist (
        id_span(partner_id, partner_id, '[]') WITH &&,
        code_span(module, module, '[]') WITH &&,
        code_span(coalesce(delivery, 'any'), coalesce(delivery, 'any'), '[]') WITH &&,
        daterange(valid_from, valid_to, '[]') WITH &&);

-- The parts in which a price is invoiced; a price without any is invoiced at once, at enrollment.
CREATE TABLE price_instalment (
    price_id  uuid NOT NULL REFERENCES price,
    number    smallint NOT NULL CHECK (number BETWEEN 1 AND 12),
    programme text NOT NULL,
    share_bp  integer NOT NULL CHECK (share_bp BETWEEN 1 AND 10000),
    waits_for text NOT NULL CHECK (waits_for IN ('enrollment', 'completion')),
    PRIMARY KEY (price_id, number)
);

-- What was given up before issue: for one enrollment, or for every enrollment of an enterprise in a module. At most one
-- of each is in force; that of the enrollment wins.
CREATE TABLE discount (
    id              uuid PRIMARY KEY,
    programme       text NOT NULL REFERENCES programme,
    partner_id      uuid NOT NULL REFERENCES partner,
    enterprise_id   uuid NOT NULL REFERENCES enterprise,
    enrollment_id   uuid REFERENCES enrollment,
    module          text,
    kind            text NOT NULL CHECK (kind IN ('percentage', 'amount', 'waiver')),
    rate_bp         integer CHECK (rate_bp BETWEEN 1 AND 10000),
    amount_minor    bigint CHECK (amount_minor > 0),
    currency        text NOT NULL REFERENCES ledger.currency,
    reason          text NOT NULL,
    granted_on      date NOT NULL,
    granted_by      text NOT NULL,
    withdrawn_on    date,
    withdrawn_by    text,
    withdraw_reason text,
    CHECK ((enrollment_id IS NULL) = (module IS NOT NULL)),
    CHECK ((kind = 'percentage') = (rate_bp IS NOT NULL)),
    CHECK ((kind = 'amount') = (amount_minor IS NOT NULL)),
    CHECK (num_nulls(withdrawn_on, withdrawn_by, withdraw_reason) IN (0, 3)),
    CHECK (granted_on <= withdrawn_on)
);
CREATE UNIQUE INDEX discount_of_enrollment ON discount (enrollment_id)
    WHERE enrollment_id IS NOT NULL AND withdrawn_on IS NULL;
CREATE UNIQUE INDEX discount_of_module ON discount (partner_id, enterprise_id, module)
    WHERE enrollment_id IS NULL AND withdrawn_on IS NULL;

-- draft -> issued -> credited or void, or draft -> cancelled. `total_minor` is with tax and after the discount, so the
-- list price of an invoice is total - tax + discount, without tax. The tax is settled at issue; until then it is what it
-- would be.
ALTER TABLE invoice
    ADD COLUMN instalment smallint NOT NULL DEFAULT 1 CHECK (instalment > 0),
    ADD COLUMN instalments smallint NOT NULL DEFAULT 1,
    ADD COLUMN waits_for text NOT NULL DEFAULT 'enrollment' CHECK (waits_for IN ('enrollment', 'completion')),
    ADD COLUMN price_minor bigint CHECK (price_minor >= 0), -- its part of the list price; none: all of it, before 0006
    ADD COLUMN discount_id uuid REFERENCES discount,
    ADD COLUMN discount_minor bigint NOT NULL DEFAULT 0 CHECK (discount_minor >= 0), -- of the price without tax
    ADD COLUMN tax_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN tax_code text,
    ADD COLUMN tax_category text NOT NULL DEFAULT 'O' CHECK (tax_category IN ('S', 'Z', 'E', 'O', 'AE')),
    ADD COLUMN tax_rate_bp integer NOT NULL DEFAULT 0,
    ADD COLUMN tax_reason text DEFAULT 'Not subject to tax',
    ADD COLUMN voided_on date, -- effective day of the reversal of its entry
    ADD COLUMN document_sha256 text, -- of frozen_document; none: issued before 0006
    DROP CONSTRAINT invoice_total_minor_check,
    ADD CONSTRAINT invoice_total_minor_check CHECK (total_minor >= 0), -- a waived fee
    DROP CONSTRAINT invoice_state_check,
    ADD CONSTRAINT invoice_state_check CHECK (state IN ('draft', 'issued', 'cancelled', 'credited', 'void')),
    DROP CONSTRAINT invoice_check,
    ADD CONSTRAINT invoice_check CHECK ((state IN ('issued', 'credited', 'void')) = (number IS NOT NULL)),
    DROP CONSTRAINT invoice_check2,
    ADD CONSTRAINT invoice_check2 CHECK ((state IN ('cancelled', 'credited', 'void')) = (contract_ended_on IS NOT NULL)),
    ADD CONSTRAINT invoice_void CHECK ((state = 'void') = (voided_on IS NOT NULL)),
    ADD CONSTRAINT invoice_instalment CHECK (instalment <= instalments),
    ADD CONSTRAINT invoice_discounted CHECK (discount_minor = 0 OR discount_id IS NOT NULL),
    ADD CONSTRAINT invoice_tax_within CHECK (tax_minor BETWEEN 0 AND total_minor),
    ADD CONSTRAINT invoice_taxed CHECK ((tax_category = 'S') = (tax_rate_bp > 0) AND (tax_minor = 0 OR tax_rate_bp > 0)),
    ADD CONSTRAINT invoice_frozen CHECK (document_sha256 IS NULL OR number IS NOT NULL);
-- An instalment of an enrollment is billed by at most one invoice at a time.
DROP INDEX invoice_live;
CREATE UNIQUE INDEX invoice_live ON invoice (enrollment_id, instalment) WHERE state IN ('draft', 'issued');
ALTER TABLE credit_note
    DROP CONSTRAINT credit_note_total_minor_check,
    ADD CONSTRAINT credit_note_total_minor_check CHECK (total_minor >= 0);

-- `amount_minor` is what is owed, with the tax; only the enterprise bears any.
ALTER TABLE invoice_share
    ADD COLUMN tax_minor bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT invoice_share_tax_within CHECK (tax_minor BETWEEN 0 AND amount_minor),
    ADD CONSTRAINT invoice_share_taxed CHECK (payer_class = 'F' OR tax_minor = 0);
ALTER TABLE allocation_part ADD COLUMN tax_minor bigint NOT NULL DEFAULT 0;

-- What was printed and sent, for ever: canonical JSON of services/billing/domain/document.py under the id of what it
-- freezes, with its hash.
CREATE TABLE frozen_document (
    id         uuid PRIMARY KEY,
    programme  text NOT NULL REFERENCES programme,
    partner_id uuid NOT NULL REFERENCES partner,
    kind       text NOT NULL,
    body       text NOT NULL,
    sha256     text NOT NULL CHECK (sha256 = encode(sha256(convert_to(body, 'UTF8')), 'hex')),
    missing    text[] NOT NULL DEFAULT '{}' -- what an e-invoice would still need
);

-- Who sends the invoices of a book. All may be missing: an invoice is issued all the same and says what it lacks.
CREATE TABLE book_profile (
    partner_id        uuid PRIMARY KEY REFERENCES partner,
    programme         text NOT NULL REFERENCES programme,
    legal_name        text,
    address           text[] NOT NULL DEFAULT '{}',
    city              text,
    postal_code       text,
    country           text CHECK (country ~ '^[A-Z]{2}$'),
    tax_id            text,
    email             text,
    bank_name         text,
    bank_account      text,
    iban              text,
    bic               text,
    language          text NOT NULL CHECK (language IN ('en', 'es', 'fr')),
    terms_days        integer NOT NULL CHECK (terms_days BETWEEN 0 AND 365),
    discount_limit_bp integer CHECK (discount_limit_bp BETWEEN 0 AND 10000), -- above it the programme manager grants
    CHECK (iban IS NULL OR bank_account IS NULL)
);

-- Where an enterprise wants its invoices; its name and tax number are enrollment's.
CREATE TABLE enterprise_profile (
    enterprise_id   uuid PRIMARY KEY REFERENCES enterprise,
    programme       text NOT NULL REFERENCES programme,
    partner_id      uuid NOT NULL REFERENCES partner,
    address         text[] NOT NULL DEFAULT '{}',
    city            text,
    postal_code     text,
    country         text CHECK (country ~ '^[A-Z]{2}$'),
    email           text,
    language        text CHECK (language IN ('en', 'es', 'fr')),
    buyer_reference text
);
