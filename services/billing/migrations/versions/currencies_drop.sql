-- Back to one currency per book. What is posted in another cannot be kept then, so it is refused while there is any.
DO $$
BEGIN
    IF EXISTS (SELECT FROM ledger.posting p JOIN ledger.account a ON a.id = p.account_id
               JOIN ledger.book b ON b.id = a.book_id WHERE p.currency <> b.currency)
       OR EXISTS (SELECT FROM ledger.account WHERE bank_account_id IS NOT NULL) THEN
        RAISE EXCEPTION 'postings in other currencies or on bank accounts would be lost'
            USING ERRCODE = 'restrict_violation';
    END IF;
END $$;

DROP VIEW ledger.recovery_posting;
DROP FUNCTION ledger.balances(uuid, date, timestamptz), ledger.balance(uuid, date, timestamptz),
    ledger.post_entry(uuid, uuid, text, date, boolean, text, uuid, integer, text, text, text, text, jsonb),
    ledger.reverse_entry(uuid, uuid, date, boolean, text, text, text, text),
    ledger.open_account(uuid, text, text, uuid, uuid, uuid), ledger.open_book(uuid, text, text, text),
    ledger.lock_guarded(bigint[]), ledger.require_not_negative(bigint[]),
    ledger.record_rate(uuid, text, text, text, numeric, date, text, text, text);

ALTER TABLE ledger.posting
    DROP CONSTRAINT posting_amounts,
    DROP COLUMN base_minor, DROP COLUMN fx_rate_id,
    ADD CONSTRAINT posting_amount_minor_check CHECK (amount_minor <> 0);
CREATE INDEX posting_account ON ledger.posting (account_id, effective_on) INCLUDE (amount_minor);
DROP TABLE ledger.fx_rate;
ALTER TABLE ledger.account
    DROP CONSTRAINT account_once, DROP CONSTRAINT account_check,
    DROP COLUMN party_id, DROP COLUMN bank_account_id,
    ADD CONSTRAINT account_check CHECK (num_nonnulls(enterprise_id, agreement_id) <= 1),
    ADD UNIQUE NULLS NOT DISTINCT (book_id, code, currency, enterprise_id, agreement_id);
UPDATE ledger.chart SET party = 'none' WHERE code = '1010';
ALTER TABLE ledger.chart DROP CONSTRAINT chart_party_check;
ALTER TABLE ledger.chart ADD CONSTRAINT chart_party_check
    CHECK (party IN ('none', 'enterprise', 'agreement', 'payer'));
ALTER TABLE ledger.entry DROP CONSTRAINT entry_kind_check;
ALTER TABLE ledger.entry ADD CONSTRAINT entry_kind_check CHECK (kind IN (
    'contract', 'invoice', 'credit-note', 'income', 'receipt', 'identification', 'allocation', 'claim-approval',
    'claim-reduction', 'cost', 'in-kind'));

-- The guards of one currency, as in ledger_guards.sql.
CREATE OR REPLACE FUNCTION ledger.require_balanced_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    lines bigint;
    unbalanced text;
BEGIN
    SELECT count(*) INTO lines FROM posting WHERE entry_id = NEW.id;
    SELECT string_agg(format('%s %s', off, currency), ', ') INTO unbalanced
    FROM (SELECT currency, sum(amount_minor) AS off FROM posting WHERE entry_id = NEW.id
          GROUP BY currency HAVING sum(amount_minor) <> 0) AS sums;
    IF lines < 2 OR unbalanced IS NOT NULL THEN
        RAISE EXCEPTION 'entry % has % postings and is off by %', NEW.uid, lines, coalesce(unbalanced, '0')
            USING ERRCODE = 'LG001';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ledger.require_own_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    SELECT p.entry_id, p.line INTO wrong
    FROM added p LEFT JOIN entry e ON e.id = p.entry_id
    WHERE e.id IS NULL OR e.tx <> pg_current_xact_id() LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'posting %/% does not come with its entry', wrong.entry_id, wrong.line
            USING ERRCODE = 'LG002';
    END IF;
    SELECT p.entry_id, p.line INTO wrong
    FROM added p JOIN entry e ON e.id = p.entry_id LEFT JOIN account a ON a.id = p.account_id
    WHERE a.id IS NULL OR a.book_id <> e.book_id OR a.currency <> p.currency
       OR p.effective_on <> e.effective_on OR p.programme <> e.programme LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'posting %/% differs from its entry or account in book, currency, programme or day',
            wrong.entry_id, wrong.line USING ERRCODE = 'LG012';
    END IF;
    SELECT p.entry_id, p.currency, sum(p.amount_minor) AS off INTO wrong
    FROM posting p WHERE p.entry_id = ANY (ARRAY(SELECT entry_id FROM added))
    GROUP BY p.entry_id, p.currency HAVING sum(p.amount_minor) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % is off by % %', wrong.entry_id, wrong.off, wrong.currency USING ERRCODE = 'LG001';
    END IF;
    RETURN NULL;
END $$;
