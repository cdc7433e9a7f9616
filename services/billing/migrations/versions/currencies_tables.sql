-- A book has one functional currency. An amount in another one is kept in both: as it was, and in the book's currency at
-- the rate of its day. Every entry balances in each currency and in the book's.

ALTER TABLE ledger.entry DROP CONSTRAINT entry_kind_check;
ALTER TABLE ledger.entry ADD CONSTRAINT entry_kind_check CHECK (kind IN (
    'contract', 'invoice', 'credit-note', 'income', 'receipt', 'identification', 'allocation', 'claim-approval',
    'claim-reduction', 'cost', 'in-kind', 'write-off', 'refund', 'bank-charge', 'cost-payment', 'transfer', 'journal',
    'opening', 'closing', 'revaluation', 'offset', 'allowance', 'remittance'));

-- What one unit of `base` was worth in `quote`, by whom. Append-only: a correction is a new row, and of several rates of
-- one day and source the one recorded last holds.
CREATE TABLE ledger.fx_rate (
    id          uuid PRIMARY KEY,
    programme   text NOT NULL,
    base        text NOT NULL REFERENCES ledger.currency,
    quote       text NOT NULL REFERENCES ledger.currency,
    rate        numeric(20, 10) NOT NULL CHECK (rate > 0),
    on_date     date NOT NULL,
    source      text NOT NULL CHECK (source IN ('un-operational', 'central-bank', 'contract')),
    source_note text NOT NULL CHECK (source_note <> ''),
    actor       text NOT NULL,
    captured_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (base <> quote)
);
CREATE INDEX fx_rate_pair ON ledger.fx_rate (programme, base, quote, on_date, captured_at);
CREATE TRIGGER fx_rate_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.fx_rate
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE ledger.fx_rate ENABLE ALWAYS TRIGGER fx_rate_append_only;

ALTER TABLE ledger.chart DROP CONSTRAINT chart_party_check;
ALTER TABLE ledger.chart ADD CONSTRAINT chart_party_check
    CHECK (party IN ('none', 'enterprise', 'agreement', 'payer', 'bank-account'));
UPDATE ledger.chart SET party = 'bank-account' WHERE code = '1010';

-- `party_id` makes finding an account an exact match: comparing three nullable columns reads every account of a code,
-- which is slow where each enterprise has one.
ALTER TABLE ledger.account
    ADD COLUMN bank_account_id uuid,
    ADD COLUMN party_id uuid NOT NULL GENERATED ALWAYS AS (
        coalesce(enterprise_id, agreement_id, bank_account_id, '00000000-0000-0000-0000-000000000000')) STORED,
    DROP CONSTRAINT account_book_id_code_currency_enterprise_id_agreement_id_key,
    DROP CONSTRAINT account_check,
    ADD CONSTRAINT account_check CHECK (num_nonnulls(enterprise_id, agreement_id, bank_account_id) <= 1),
    ADD CONSTRAINT account_once UNIQUE (book_id, code, currency, party_id);

-- An amount of nothing in another currency with a base amount is a change of rate: the same money is worth more or less.
ALTER TABLE ledger.posting ADD COLUMN base_minor bigint, ADD COLUMN fx_rate_id uuid REFERENCES ledger.fx_rate;
-- Changing the type rewrites the rows without firing the triggers that refuse updates.
ALTER TABLE ledger.posting ALTER COLUMN base_minor TYPE bigint USING amount_minor;
ALTER TABLE ledger.posting
    ALTER COLUMN base_minor SET NOT NULL,
    DROP CONSTRAINT posting_amount_minor_check,
    ADD CONSTRAINT posting_amounts CHECK (amount_minor <> 0 OR base_minor <> 0);
DROP INDEX ledger.posting_account;
CREATE INDEX posting_account ON ledger.posting (account_id, effective_on) INCLUDE (amount_minor, base_minor);
