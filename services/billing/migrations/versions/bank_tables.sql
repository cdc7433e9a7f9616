-- Money in: bank accounts of a book, their statements, and what became of every line. Amounts are whole minor units of the
-- account's currency, positive for money that came in.

CREATE TABLE bank_account (
    id            uuid PRIMARY KEY, -- also the sub-account of 1010 in the ledger
    programme     text NOT NULL REFERENCES programme,
    partner_id    uuid NOT NULL REFERENCES partner,
    name          text NOT NULL,
    number        text NOT NULL CHECK (number ~ '^[0-9A-Z]{4,34}$'), -- IBAN or plain number, without separators
    is_iban       boolean NOT NULL,
    country       text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    currency      text NOT NULL REFERENCES ledger.currency,
    opened_on     date NOT NULL, -- the first day kept here
    opening_minor bigint NOT NULL, -- balance at the beginning of that day
    takes_over    boolean NOT NULL, -- the bank entries of the book that named no account were of this one
    closed_on     date,
    close_reason  text,
    UNIQUE (partner_id, number),
    CHECK (opened_on <= closed_on),
    CHECK ((closed_on IS NULL) = (close_reason IS NULL))
);
CREATE UNIQUE INDEX bank_account_heir ON bank_account (partner_id, currency) WHERE takes_over;

-- How the bank's CSV is read. A change is a new version, so that an import can always be read again as it was.
CREATE TABLE bank_profile (
    id              uuid PRIMARY KEY,
    programme       text NOT NULL,
    bank_account_id uuid NOT NULL REFERENCES bank_account,
    version         integer NOT NULL CHECK (version > 0),
    profile         jsonb NOT NULL,
    UNIQUE (bank_account_id, version)
);

-- A file that was looked at. Only a confirmed one has statements and lines.
CREATE TABLE bank_import (
    id              uuid PRIMARY KEY,
    programme       text NOT NULL,
    partner_id      uuid NOT NULL REFERENCES partner,
    bank_account_id uuid REFERENCES bank_account, -- of a CSV, which does not name it
    profile_id      uuid REFERENCES bank_profile,
    format          text NOT NULL CHECK (format IN ('camt.053', 'csv')),
    file_name       text NOT NULL,
    content         bytea NOT NULL,
    opening_minor   bigint, -- of a CSV without a balance column: as the caller says
    closing_minor   bigint,
    previewed_at    timestamptz NOT NULL,
    confirmed_at    timestamptz,
    gap_reason      text,
    CHECK ((format = 'csv') = (profile_id IS NOT NULL)),
    CHECK ((profile_id IS NULL) = (bank_account_id IS NULL))
);

-- One per account and file, numbered per account. `opening_minor` is the closing balance before; where days overlap the
-- file's own opening lies further back.
CREATE TABLE bank_statement (
    id              uuid PRIMARY KEY,
    programme       text NOT NULL,
    bank_account_id uuid NOT NULL REFERENCES bank_account,
    import_id       uuid NOT NULL REFERENCES bank_import,
    serial          integer NOT NULL CHECK (serial > 0),
    identifier      text NOT NULL,
    from_on         date NOT NULL,
    to_on           date NOT NULL,
    opening_minor   bigint NOT NULL,
    closing_minor   bigint NOT NULL,
    UNIQUE (bank_account_id, serial),
    CHECK (from_on <= to_on)
);

-- imported -> suggested -> matched -> posted | ignored. Whatever nobody has explained yet is in suspense (2120).
CREATE TABLE bank_line (
    id              uuid PRIMARY KEY,
    programme       text NOT NULL,
    partner_id      uuid NOT NULL REFERENCES partner,
    bank_account_id uuid NOT NULL REFERENCES bank_account,
    statement_id    uuid NOT NULL REFERENCES bank_statement,
    row_number      integer NOT NULL,
    booked_on       date NOT NULL,
    value_on        date,
    amount_minor    bigint NOT NULL CHECK (amount_minor <> 0),
    currency        text NOT NULL REFERENCES ledger.currency,
    bank_reference  text NOT NULL,
    end_to_end      text NOT NULL,
    reference       text NOT NULL,
    party_name      text NOT NULL,
    party_account   text NOT NULL,
    said            text NOT NULL,
    is_reversal     boolean NOT NULL,
    is_gap          boolean NOT NULL, -- no line of the bank's: what is missing between two statements, with the reason
    key_text        text NOT NULL,
    occurrence      integer NOT NULL CHECK (occurrence > 0),
    booked_version  integer NOT NULL DEFAULT 1 CHECK (booked_version > 0), -- of its entry against suspense that stands
    state           text NOT NULL DEFAULT 'imported'
                    CHECK (state IN ('imported', 'suggested', 'matched', 'posted', 'ignored')),
    suggestions     jsonb NOT NULL DEFAULT '[]',
    ignore_reason   text,
    -- The same movement is never taken twice: re-import and overlap add nothing.
    UNIQUE (bank_account_id, key_text, occurrence),
    CHECK ((state = 'ignored') = (ignore_reason IS NOT NULL))
);
CREATE INDEX bank_line_open ON bank_line (partner_id, booked_on) WHERE state NOT IN ('posted', 'ignored');
CREATE INDEX bank_line_statement ON bank_line (statement_id);
CREATE INDEX bank_line_party ON bank_line (partner_id, party_account) WHERE party_account <> '';

-- What somebody said a line is. `wish`: as it was asked for.
CREATE TABLE bank_match (
    id              uuid PRIMARY KEY,
    programme       text NOT NULL,
    line_id         uuid NOT NULL REFERENCES bank_line,
    kind            text NOT NULL CHECK (kind IN ('payment', 'link', 'refund', 'bounce', 'bank-charge', 'transfer',
                                                'ignore')),
    state           text NOT NULL CHECK (state IN ('chosen', 'posted', 'undone')),
    wish            jsonb NOT NULL,
    payment_id      uuid REFERENCES payment,
    entry_uid       uuid, -- the entry that a link says was this movement
    counter_line_id uuid REFERENCES bank_line,
    posted_on       date,
    undone_on       date,
    undo_reason     text,
    CHECK (state <> 'posted' OR posted_on IS NOT NULL),
    CHECK ((undone_on IS NULL) = (undo_reason IS NULL))
);
CREATE UNIQUE INDEX bank_match_live ON bank_match (line_id) WHERE state <> 'undone';
-- An entry is one movement at most.
CREATE UNIQUE INDEX bank_match_entry ON bank_match (entry_uid) WHERE state = 'posted' AND entry_uid IS NOT NULL;
CREATE INDEX bank_match_payment ON bank_match (payment_id) WHERE payment_id IS NOT NULL;
