-- Books and accounts. Books are opened when a partner joins; accounts when the first posting needs them.

CREATE FUNCTION ledger.open_book(p_id uuid, p_programme text, p_currency text, p_period_length text)
    RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
    INSERT INTO book (id, programme, currency, period_length)
    VALUES (p_id, p_programme, p_currency, p_period_length)
$$;

-- Returns the account, opening it when it is missing. One currency per account; for now every account is in the book's
-- own currency. The party must be the one the chart asks for: an enterprise, an agreement, either, or none.
CREATE FUNCTION ledger.open_account(p_book uuid, p_code text, p_enterprise uuid, p_agreement uuid)
    RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    found_id bigint;
    owner book;
    model chart;
    fits boolean;
BEGIN
    SELECT * INTO owner FROM book WHERE id = p_book;
    SELECT id INTO found_id FROM account
    WHERE book_id = p_book AND code = p_code AND currency = owner.currency
      AND enterprise_id IS NOT DISTINCT FROM p_enterprise AND agreement_id IS NOT DISTINCT FROM p_agreement;
    IF FOUND THEN
        RETURN found_id;
    END IF;
    SELECT * INTO model FROM chart WHERE code = p_code;
    fits := CASE model.party
        WHEN 'none' THEN p_enterprise IS NULL AND p_agreement IS NULL
        WHEN 'enterprise' THEN p_enterprise IS NOT NULL AND p_agreement IS NULL
        WHEN 'agreement' THEN p_enterprise IS NULL AND p_agreement IS NOT NULL
        WHEN 'payer' THEN num_nonnulls(p_enterprise, p_agreement) = 1
    END;
    IF owner.id IS NULL OR fits IS NOT TRUE THEN
        RAISE EXCEPTION 'book % has no account % for enterprise % and agreement %',
            p_book, p_code, p_enterprise, p_agreement USING ERRCODE = 'LG010';
    END IF;
    INSERT INTO account (programme, book_id, code, currency, enterprise_id, agreement_id, may_be_negative)
    VALUES (owner.programme, p_book, p_code, owner.currency, p_enterprise, p_agreement, model.may_be_negative)
    ON CONFLICT DO NOTHING RETURNING id INTO found_id;
    IF found_id IS NULL THEN -- another transaction opened it at the same moment
        SELECT id INTO found_id FROM account
        WHERE book_id = p_book AND code = p_code AND currency = owner.currency
          AND enterprise_id IS NOT DISTINCT FROM p_enterprise AND agreement_id IS NOT DISTINCT FROM p_agreement;
    END IF;
    RETURN found_id;
END $$;

-- Accounts that may not be negative are locked in id order before they are touched, so that two entries never both
-- spend the same balance. NO KEY UPDATE is enough against each other and does not stand in the way of foreign keys.
CREATE FUNCTION ledger.lock_guarded(p_accounts bigint[]) RETURNS bigint[] LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    one bigint;
    locked bigint[] := '{}';
BEGIN
    FOR one IN SELECT id FROM account WHERE id = ANY (p_accounts) AND NOT may_be_negative ORDER BY id
        FOR NO KEY UPDATE
    LOOP
        locked := locked || one;
    END LOOP;
    RETURN locked;
END $$;

-- Refuses a guarded account that would be on the wrong side on any day, not only at the end: cash cannot be set
-- against an invoice on a day before it came. A payer's account is small, so its days are simply added up.
CREATE FUNCTION ledger.require_not_negative(p_locked bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    SELECT a.uid, a.code, days.effective_on, days.balance INTO wrong
    FROM account a JOIN chart c ON c.code = a.code
    CROSS JOIN LATERAL (
        SELECT p.effective_on, sum(sum(p.amount_minor)) OVER (ORDER BY p.effective_on) AS balance
        FROM posting p WHERE p.account_id = a.id GROUP BY p.effective_on
    ) AS days
    WHERE a.id = ANY (p_locked)
      AND days.balance * CASE c.normal_side WHEN 'debit' THEN 1 ELSE -1 END < 0
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'account % (%) would be at % on %', wrong.code, wrong.uid, wrong.balance, wrong.effective_on
            USING ERRCODE = 'LG007';
    END IF;
END $$;
