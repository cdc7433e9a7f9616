-- Posting with amounts in the book's currency beside those in another, and with accounts per bank account.

DROP FUNCTION ledger.open_account(uuid, text, uuid, uuid), ledger.balances(uuid, date, timestamptz),
    ledger.balance(uuid, date, timestamptz);

-- Returns the account, opening it when it is missing. One currency per account. The party must be the one the chart
-- asks for: an enterprise, an agreement, either, a bank account (or none, for a bank kept as one), or none.
CREATE FUNCTION ledger.open_account(
    p_book uuid, p_code text, p_currency text, p_enterprise uuid, p_agreement uuid, p_bank_account uuid
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    found_id bigint;
    owner book;
    model chart;
    fits boolean;
BEGIN
    SELECT * INTO owner FROM book WHERE id = p_book;
    SELECT * INTO model FROM chart WHERE code = p_code;
    fits := p_currency IS NOT NULL AND CASE model.party
        WHEN 'none' THEN num_nonnulls(p_enterprise, p_agreement, p_bank_account) = 0
        WHEN 'enterprise' THEN p_enterprise IS NOT NULL AND num_nonnulls(p_agreement, p_bank_account) = 0
        WHEN 'agreement' THEN p_agreement IS NOT NULL AND num_nonnulls(p_enterprise, p_bank_account) = 0
        WHEN 'payer' THEN p_bank_account IS NULL AND num_nonnulls(p_enterprise, p_agreement) = 1
        WHEN 'bank-account' THEN num_nonnulls(p_enterprise, p_agreement) = 0
    END;
    IF owner.id IS NULL OR fits IS NOT TRUE THEN
        RAISE EXCEPTION 'book % has no account % in % for enterprise %, agreement % and bank account %',
            p_book, p_code, p_currency, p_enterprise, p_agreement, p_bank_account USING ERRCODE = 'LG010';
    END IF;
    INSERT INTO account (programme, book_id, code, currency, enterprise_id, agreement_id, bank_account_id,
                         may_be_negative)
    VALUES (owner.programme, p_book, p_code, p_currency, p_enterprise, p_agreement, p_bank_account,
            model.may_be_negative)
    ON CONFLICT DO NOTHING RETURNING id INTO found_id;
    IF found_id IS NULL THEN -- it is there, perhaps since another transaction's commit a moment ago
        SELECT id INTO found_id FROM account
        WHERE book_id = p_book AND code = p_code AND currency = p_currency
          AND party_id = coalesce(p_enterprise, p_agreement, p_bank_account, '00000000-0000-0000-0000-000000000000');
    END IF;
    RETURN found_id;
END $$;

-- Books one entry with its postings.
--
-- p_postings: array of {account, enterprise?, agreement?, bank_account?, amount, currency, base?, fx_rate?, and
-- dimensions}; amount and base are signed minor units, debit positive; base is the amount in the book's currency and
-- may be left out where the line is in that currency. p_may_move: see lock_period. The same (scope, key) again with the
-- same content returns the entry made first with was_replayed; with other content it is refused.
--
-- Entry and postings go in with one statement, so the guards hold also where constraints were set immediate.
CREATE OR REPLACE FUNCTION ledger.post_entry(
    p_uid uuid, p_book uuid, p_kind text, p_fact_on date, p_may_move boolean,
    p_source_type text, p_source_id uuid, p_source_version integer,
    p_idem_scope text, p_idem_key text, p_actor text, p_reason text, p_postings jsonb,
    OUT posted_uid uuid, OUT posted_on date, OUT was_replayed boolean
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    owner book;
    digest bytea := sha256(convert_to(jsonb_build_array(
        p_kind, p_fact_on, p_source_type, p_source_id, p_source_version, p_reason, p_postings)::text, 'UTF8'));
    earlier entry;
    held record;
    accounts bigint[];
    are_guarded boolean;
    lack_base boolean;
    guarded bigint[];
BEGIN
    SELECT * INTO earlier FROM entry WHERE book_id = p_book AND idem_scope = p_idem_scope AND idem_key = p_idem_key;
    IF NOT FOUND THEN
        SELECT * INTO owner FROM book WHERE id = p_book;
        SELECT * INTO held FROM lock_period(p_book, p_fact_on, p_may_move);
        -- An account that is missing is opened, as a payer's unapplied cash is at the first payment.
        SELECT array_agg(coalesce(a.id, open_account(p_book, x.account, x.currency, x.enterprise, x.agreement,
                                                     x.bank_account)) ORDER BY x.line),
               bool_or(NOT coalesce(a.may_be_negative, false)), bool_or(x.currency <> owner.currency AND x.base IS NULL)
        INTO accounts, are_guarded, lack_base
        FROM ROWS FROM (jsonb_to_recordset(p_postings) AS (
                 account text, currency text, base bigint, enterprise uuid, agreement uuid, bank_account uuid))
             WITH ORDINALITY AS x (account, currency, base, enterprise, agreement, bank_account, line)
        LEFT JOIN account a ON a.book_id = p_book AND a.code = x.account AND a.currency = x.currency
             AND a.party_id = coalesce(x.enterprise, x.agreement, x.bank_account,
                                       '00000000-0000-0000-0000-000000000000')
             AND num_nonnulls(x.enterprise, x.agreement, x.bank_account) <= 1;
        IF lack_base THEN
            RAISE EXCEPTION 'book % is kept in %: a line in another currency says what it is in that', p_book,
                owner.currency USING ERRCODE = 'LG013';
        END IF;
        IF are_guarded THEN
            guarded := lock_guarded(accounts);
        END IF;
        WITH header AS (
            INSERT INTO entry (uid, programme, book_id, period_id, kind, effective_on, fact_on, source_type, source_id,
                               source_version, idem_scope, idem_key, req_hash, actor, reason)
            VALUES (p_uid, owner.programme, p_book, held.period_id, p_kind, held.open_on, p_fact_on, p_source_type,
                    p_source_id, p_source_version, p_idem_scope, p_idem_key, digest, p_actor, p_reason)
            ON CONFLICT (book_id, idem_scope, idem_key) DO NOTHING
            RETURNING id, uid, programme, effective_on
        ), lines AS (
            INSERT INTO posting (entry_id, line, programme, account_id, amount_minor, currency, base_minor, fx_rate_id,
                                 effective_on, phase, training_id, module, region, delivery, payer_class, agreement_id,
                                 cost_kind, is_in_kind)
            SELECT h.id, x.line, h.programme, accounts[x.line], x.amount, x.currency,
                   coalesce(x.base, CASE x.currency WHEN owner.currency THEN x.amount END), x.fx_rate,
                   h.effective_on, x.phase, x.training, x.module, x.region, x.delivery, x.payer_class, x.funding,
                   x.cost_kind, coalesce(x.in_kind, false)
            FROM header h, ROWS FROM (jsonb_to_recordset(p_postings) AS (
                     amount bigint, currency text, base bigint, fx_rate uuid, phase text, training uuid, module text,
                     region text, delivery text, payer_class text, funding uuid, cost_kind text, in_kind boolean))
                 WITH ORDINALITY AS x (amount, currency, base, fx_rate, phase, training, module, region, delivery,
                                       payer_class, funding, cost_kind, in_kind, line)
        )
        SELECT uid, effective_on, false INTO posted_uid, posted_on, was_replayed FROM header;
        IF posted_uid IS NOT NULL THEN
            IF are_guarded THEN
                PERFORM require_not_negative(guarded);
            END IF;
            RETURN;
        END IF;
        -- Somebody with the same key was faster; the insert waited for them to commit.
        SELECT * INTO STRICT earlier FROM entry
        WHERE book_id = p_book AND idem_scope = p_idem_scope AND idem_key = p_idem_key;
    END IF;
    IF earlier.req_hash <> digest THEN
        RAISE EXCEPTION 'key %/% was used for another entry', p_idem_scope, p_idem_key USING ERRCODE = 'LG003';
    END IF;
    posted_uid := earlier.uid;
    posted_on := earlier.effective_on;
    was_replayed := true;
END $$;

-- Reverses an entry: the same accounts, rates and dimensions with opposite amounts, on a day the caller names, not before
-- the original, in an open period. Once: a second reversal is refused, the same request again is answered as a replay.
CREATE OR REPLACE FUNCTION ledger.reverse_entry(
    p_uid uuid, p_original uuid, p_fact_on date, p_may_move boolean,
    p_idem_scope text, p_idem_key text, p_actor text, p_reason text,
    OUT posted_uid uuid, OUT posted_on date, OUT was_replayed boolean
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    original entry;
    earlier entry;
    digest bytea := sha256(convert_to(jsonb_build_array(p_original, p_fact_on, p_reason)::text, 'UTF8'));
    held record;
    guarded bigint[];
BEGIN
    -- The lock makes two reversals of one entry take turns; nothing in the entry changes.
    SELECT * INTO original FROM entry WHERE uid = p_original FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no entry %', p_original USING ERRCODE = 'LG010';
    END IF;
    SELECT * INTO earlier FROM entry
    WHERE book_id = original.book_id AND idem_scope = p_idem_scope AND idem_key = p_idem_key;
    IF FOUND THEN
        IF earlier.req_hash <> digest THEN
            RAISE EXCEPTION 'key %/% was used for another entry', p_idem_scope, p_idem_key USING ERRCODE = 'LG003';
        END IF;
        posted_uid := earlier.uid;
        posted_on := earlier.effective_on;
        was_replayed := true;
        RETURN;
    END IF;
    SELECT * INTO held FROM lock_period(original.book_id, p_fact_on, p_may_move);
    guarded := lock_guarded((SELECT array_agg(account_id) FROM posting WHERE entry_id = original.id));
    WITH header AS (
        INSERT INTO entry (uid, programme, book_id, period_id, kind, effective_on, fact_on, source_type, source_id,
                           source_version, idem_scope, idem_key, req_hash, reverses_entry_id, actor, reason)
        VALUES (p_uid, original.programme, original.book_id, held.period_id, original.kind, held.open_on, p_fact_on,
                'reversal', original.uid, 1, p_idem_scope, p_idem_key, digest, original.id, p_actor, p_reason)
        RETURNING id, uid, effective_on
    ), lines AS (
        INSERT INTO posting (entry_id, line, programme, account_id, amount_minor, currency, base_minor, fx_rate_id,
                             effective_on, phase, training_id, module, region, delivery, payer_class, agreement_id,
                             cost_kind, is_in_kind)
        SELECT h.id, p.line, p.programme, p.account_id, -p.amount_minor, p.currency, -p.base_minor, p.fx_rate_id,
               h.effective_on, p.phase, p.training_id, p.module, p.region, p.delivery, p.payer_class, p.agreement_id,
               p.cost_kind, p.is_in_kind
        FROM header h, posting p WHERE p.entry_id = original.id
    )
    SELECT uid, effective_on, false INTO posted_uid, posted_on, was_replayed FROM header;
    IF guarded <> '{}' THEN
        PERFORM require_not_negative(guarded);
    END IF;
END $$;

-- Records a rate: one unit of p_base was worth p_rate of p_quote on p_on, by p_source.
CREATE FUNCTION ledger.record_rate(
    p_id uuid, p_programme text, p_base text, p_quote text, p_rate numeric, p_on date, p_source text, p_note text,
    p_actor text
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
    INSERT INTO fx_rate (id, programme, base, quote, rate, on_date, source, source_note, actor)
    VALUES (p_id, p_programme, p_base, p_quote, p_rate, p_on, p_source, p_note, p_actor)
$$;
