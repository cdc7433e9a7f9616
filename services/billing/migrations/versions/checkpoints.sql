-- Balances kept at the end of each closed period, so that reading an account does not add up its whole life. They are
-- only a shortcut: made when a period closes, dropped when it is reopened, and they can be deleted and made again at any
-- time. A balance is a checkpoint plus what came on later days, never a checkpoint alone.

CREATE TABLE ledger.balance_checkpoint (
    period_id    uuid NOT NULL REFERENCES ledger.period,
    account_id   bigint NOT NULL REFERENCES ledger.account,
    amount_minor bigint NOT NULL, -- of every posting up to the last day of the period
    base_minor   bigint NOT NULL,
    PRIMARY KEY (account_id, period_id)
);
CREATE INDEX balance_checkpoint_period ON ledger.balance_checkpoint (period_id);

-- The days whose balances are kept, per book. Its own table, because a closed period without postings has no row above.
CREATE TABLE ledger.checkpoint (
    period_id uuid PRIMARY KEY REFERENCES ledger.period,
    book_id   uuid NOT NULL REFERENCES ledger.book,
    ends_on   date NOT NULL,
    closed_at timestamptz NOT NULL,
    UNIQUE (book_id, ends_on)
);

CREATE FUNCTION ledger.drop_checkpoint(p_period uuid) RETURNS void LANGUAGE sql SECURITY DEFINER
    SET search_path = ledger, pg_catalog, pg_temp AS $$
    DELETE FROM balance_checkpoint WHERE period_id = p_period;
    DELETE FROM checkpoint WHERE period_id = p_period;
$$;

-- Adds up the book to the end of a closed period, from the checkpoint before it and the days since.
CREATE FUNCTION ledger.make_checkpoint(p_period uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    held period;
BEGIN
    SELECT * INTO held FROM period WHERE id = p_period AND state = 'closed';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'period % is not closed', p_period USING ERRCODE = 'LG016';
    END IF;
    PERFORM drop_checkpoint(p_period);
    INSERT INTO balance_checkpoint (period_id, account_id, amount_minor, base_minor)
    SELECT p_period, b.account_id, b.balance_minor, b.base_minor FROM balances(held.book_id, held.ends_on) b
    WHERE b.balance_minor <> 0 OR b.base_minor <> 0;
    INSERT INTO checkpoint (period_id, book_id, ends_on, closed_at)
    VALUES (p_period, held.book_id, held.ends_on, held.closed_at);
END $$;

-- Deletes every checkpoint of a book and makes them again from the postings alone.
CREATE FUNCTION ledger.rebuild_checkpoints(p_book uuid) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    one uuid;
    made integer := 0;
BEGIN
    PERFORM 1 FROM book WHERE id = p_book FOR NO KEY UPDATE; -- so that no period closes or reopens meanwhile
    PERFORM drop_checkpoint(period_id) FROM checkpoint WHERE book_id = p_book;
    FOR one IN SELECT id FROM period WHERE book_id = p_book AND state = 'closed' ORDER BY starts_on LOOP
        PERFORM make_checkpoint(one);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

-- The last checkpoint that lies wholly within what is asked: its days end by p_effective and, because nothing enters a
-- closed period, all of it had been recorded by the moment it was closed.
CREATE FUNCTION ledger.usable_checkpoint(p_book uuid, p_effective date, p_recorded timestamptz)
    RETURNS ledger.checkpoint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
    SELECT c FROM checkpoint c
    WHERE c.book_id = p_book AND (p_effective IS NULL OR c.ends_on <= p_effective)
      AND (p_recorded IS NULL OR c.closed_at <= p_recorded)
    ORDER BY c.ends_on DESC LIMIT 1
$$;

CREATE OR REPLACE FUNCTION ledger.balances(
    p_book uuid, p_effective date DEFAULT NULL, p_recorded timestamptz DEFAULT NULL
) RETURNS TABLE (account_id bigint, balance_minor bigint, base_minor bigint) LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    start checkpoint := usable_checkpoint(p_book, p_effective, p_recorded);
BEGIN
    -- EXECUTE, so that the plan fits the days asked for and not the first ones ever asked for.
    RETURN QUERY EXECUTE '
        SELECT a.id, (coalesce(k.amount_minor, 0) + coalesce(d.amount, 0))::bigint,
               (coalesce(k.base_minor, 0) + coalesce(d.base, 0))::bigint
        FROM ledger.account a
        LEFT JOIN ledger.balance_checkpoint k ON k.account_id = a.id AND k.period_id = $4
        LEFT JOIN (
            SELECT p.account_id, sum(p.amount_minor) AS amount, sum(p.base_minor) AS base
            FROM ledger.posting p JOIN ledger.account x ON x.id = p.account_id
            WHERE x.book_id = $1' || CASE WHEN start.ends_on IS NULL THEN '' ELSE ' AND p.effective_on > $5' END
        || CASE WHEN p_effective IS NULL THEN '' ELSE ' AND p.effective_on <= $2' END
        || CASE WHEN p_recorded IS NULL THEN '' ELSE '
              AND EXISTS (SELECT FROM ledger.entry e WHERE e.id = p.entry_id AND e.recorded_at <= $3)' END || '
            GROUP BY p.account_id) AS d ON d.account_id = a.id
        WHERE a.book_id = $1'
    USING p_book, p_effective, p_recorded, start.period_id, start.ends_on;
END $$;

CREATE OR REPLACE FUNCTION ledger.balance(
    p_account uuid, p_effective date DEFAULT NULL, p_recorded timestamptz DEFAULT NULL
) RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    asked account;
    start checkpoint;
    total bigint;
BEGIN
    SELECT * INTO asked FROM account WHERE uid = p_account;
    start := usable_checkpoint(asked.book_id, p_effective, p_recorded);
    EXECUTE 'SELECT coalesce(sum(p.amount_minor), 0) FROM ledger.posting p WHERE p.account_id = $1'
        || CASE WHEN start.ends_on IS NULL THEN '' ELSE ' AND p.effective_on > $4' END
        || CASE WHEN p_effective IS NULL THEN '' ELSE ' AND p.effective_on <= $2' END
        || CASE WHEN p_recorded IS NULL THEN '' ELSE '
              AND EXISTS (SELECT FROM ledger.entry e WHERE e.id = p.entry_id AND e.recorded_at <= $3)' END
    INTO total USING asked.id, p_effective, p_recorded, start.ends_on;
    RETURN total + coalesce((SELECT k.amount_minor FROM balance_checkpoint k
                             WHERE k.account_id = asked.id AND k.period_id = start.period_id), 0);
END $$;

DO $$
DECLARE
    one uuid;
BEGIN
    FOR one IN SELECT id FROM ledger.period WHERE state = 'closed' ORDER BY starts_on LOOP
        PERFORM ledger.make_checkpoint(one);
    END LOOP;
END $$;
