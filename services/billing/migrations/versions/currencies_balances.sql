-- Balances in the account's currency and in the book's, as of any point on both time axes.

CREATE FUNCTION ledger.balances(p_book uuid, p_effective date DEFAULT NULL, p_recorded timestamptz DEFAULT NULL)
    RETURNS TABLE (account_id bigint, balance_minor bigint, base_minor bigint) LANGUAGE sql STABLE
    SET search_path = ledger, pg_catalog, pg_temp AS $$
    SELECT a.id, coalesce(sum(p.amount_minor), 0)::bigint, coalesce(sum(p.base_minor), 0)::bigint
    FROM account a
    LEFT JOIN posting p ON p.account_id = a.id
        AND (p_effective IS NULL OR p.effective_on <= p_effective)
        AND (p_recorded IS NULL OR EXISTS (
            SELECT FROM entry e WHERE e.id = p.entry_id AND e.recorded_at <= p_recorded))
    WHERE a.book_id = p_book
    GROUP BY a.id
$$;

CREATE FUNCTION ledger.balance(p_account uuid, p_effective date DEFAULT NULL, p_recorded timestamptz DEFAULT NULL)
    RETURNS bigint LANGUAGE sql STABLE SET search_path = ledger, pg_catalog, pg_temp AS $$
    SELECT coalesce(sum(p.amount_minor), 0)::bigint
    FROM posting p
    WHERE p.account_id = (SELECT id FROM account WHERE uid = p_account)
      AND (p_effective IS NULL OR p.effective_on <= p_effective)
      AND (p_recorded IS NULL OR EXISTS (
          SELECT FROM entry e WHERE e.id = p.entry_id AND e.recorded_at <= p_recorded))
$$;
