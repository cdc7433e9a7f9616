-- The general ledger. One book per implementing partner, in the programme's currency; reporting may cross books,
-- postings never do. Amounts are signed whole minor units: debit is positive, credit is negative.
--
-- Two time axes. `effective_on` is the business day and decides the period; `recorded_at` (clock_timestamp, not the
-- start of the transaction) and `tx` (the top-level transaction id, right also under savepoints) say what was known when.
--
-- There is no running balance row: it would serialise every entry on the busiest account (measured: a fifth of the
-- rate). A balance is a sum over an index; checkpoints per period may be added beside it and are never read without
-- their delta.

CREATE SCHEMA ledger;

-- Minor units by ISO 4217, filled by the migration from the code's own list.
CREATE TABLE ledger.currency (
    code   text PRIMARY KEY CHECK (code ~ '^[A-Z]{3}$'),
    digits smallint NOT NULL CHECK (digits BETWEEN 0 AND 4)
);

CREATE TABLE ledger.book (
    id            uuid PRIMARY KEY, -- the partner's id: one book per partner
    programme     text NOT NULL,
    currency      text NOT NULL REFERENCES ledger.currency,
    period_length text NOT NULL CHECK (period_length IN ('month', 'year')),
    opened_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX book_programme ON ledger.book (programme);

-- The chart of accounts, the same for every book. `party`: whose sub-accounts an account is kept in.
CREATE TABLE ledger.chart (
    code            text PRIMARY KEY CHECK (code ~ '^[0-9]{4}$'),
    name            text NOT NULL,
    type            text NOT NULL CHECK (type IN ('asset', 'liability', 'equity', 'income', 'expense', 'memo')),
    normal_side     text NOT NULL CHECK (normal_side IN ('debit', 'credit')),
    party           text NOT NULL CHECK (party IN ('none', 'enterprise', 'agreement', 'payer')),
    may_be_negative boolean NOT NULL DEFAULT true
);

-- UUIDv7 (RFC 9562): 48 bits of milliseconds, then version and variant, the rest random. For ids that only the
-- database can give, such as those of accounts opened in the middle of an entry.
CREATE FUNCTION ledger.uuid7() RETURNS uuid LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp AS $$
    SELECT encode(
        substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
        || set_byte(r, 0, (get_byte(r, 0) & 15) | 112), 'hex')::uuid
    FROM (SELECT substring(uuid_send(gen_random_uuid()) FROM 7) AS r) AS random_part
$$;

CREATE TABLE ledger.account (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid             uuid NOT NULL UNIQUE DEFAULT ledger.uuid7(),
    programme       text NOT NULL,
    book_id         uuid NOT NULL REFERENCES ledger.book,
    code            text NOT NULL REFERENCES ledger.chart,
    currency        text NOT NULL REFERENCES ledger.currency,
    enterprise_id   uuid,
    agreement_id    uuid,
    may_be_negative boolean NOT NULL,
    opened_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (num_nonnulls(enterprise_id, agreement_id) <= 1),
    UNIQUE NULLS NOT DISTINCT (book_id, code, currency, enterprise_id, agreement_id),
    UNIQUE (id, currency)
);

CREATE TABLE ledger.period (
    id        uuid PRIMARY KEY DEFAULT ledger.uuid7(),
    programme text NOT NULL,
    book_id   uuid NOT NULL REFERENCES ledger.book,
    starts_on date NOT NULL,
    ends_on   date NOT NULL,
    state     text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
    closed_at timestamptz,
    closed_by text,
    UNIQUE (book_id, starts_on),
    CHECK (starts_on <= ends_on),
    CHECK ((state = 'closed') = (closed_at IS NOT NULL) AND (closed_at IS NULL) = (closed_by IS NULL))
);

-- One entry per fact. `kind` says what happened; a reversal keeps the kind of what it reverses, so that every figure
-- counted by kind nets out by itself. `fact_on` differs from `effective_on` only where a late fact of a closed period
-- was moved to the first open day.
CREATE TABLE ledger.entry (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid               uuid NOT NULL UNIQUE,
    programme         text NOT NULL,
    book_id           uuid NOT NULL REFERENCES ledger.book,
    period_id         uuid NOT NULL REFERENCES ledger.period,
    kind              text NOT NULL CHECK (kind IN (
                          'contract', 'invoice', 'credit-note', 'income', 'receipt', 'identification', 'allocation',
                          'claim-approval', 'claim-reduction', 'cost', 'in-kind')),
    effective_on      date NOT NULL,
    fact_on           date NOT NULL,
    recorded_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    tx                xid8 NOT NULL DEFAULT pg_current_xact_id(),
    source_type       text NOT NULL,
    source_id         uuid NOT NULL,
    source_version    integer NOT NULL CHECK (source_version > 0),
    idem_scope        text NOT NULL,
    idem_key          text NOT NULL,
    req_hash          bytea NOT NULL,
    reverses_entry_id bigint UNIQUE REFERENCES ledger.entry,
    actor             text NOT NULL,
    reason            text,
    CHECK (fact_on <= effective_on),
    CHECK (reverses_entry_id IS NULL OR reason IS NOT NULL),
    UNIQUE (book_id, idem_scope, idem_key),
    UNIQUE (book_id, source_type, source_id, source_version, kind)
);
CREATE INDEX entry_book ON ledger.entry (book_id, uid);

CREATE TABLE ledger.posting (
    entry_id     bigint NOT NULL REFERENCES ledger.entry,
    line         smallint NOT NULL CHECK (line > 0),
    programme    text NOT NULL,
    account_id   bigint NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
    currency     text NOT NULL,
    effective_on date NOT NULL,
    -- Dimensions: what a figure can be cut by. None of them changes a balance.
    phase        text,
    training_id  uuid,
    module       text,
    region       text,
    delivery     text CHECK (delivery IN ('direct', 'indirect')),
    payer_class  text CHECK (payer_class IN ('F', 'P', 'G', 'B', 'D', 'I', 'K')),
    agreement_id uuid,
    cost_kind    text,
    is_in_kind   boolean NOT NULL DEFAULT false,
    PRIMARY KEY (entry_id, line),
    FOREIGN KEY (account_id, currency) REFERENCES ledger.account (id, currency)
);
CREATE INDEX posting_account ON ledger.posting (account_id, effective_on) INCLUDE (amount_minor);
CREATE INDEX posting_programme ON ledger.posting (programme, effective_on);
