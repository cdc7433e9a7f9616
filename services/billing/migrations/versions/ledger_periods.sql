-- Periods are made when the first entry needs them, and closed one after the other.

-- Returns the open period of a day and holds it open until the transaction ends: closing takes the row FOR UPDATE, so
-- the two never overlap (without the lock, entries slip in behind a close). A foreign key alone does not: its KEY SHARE
-- lock does not conflict with a change of `state`.
-- `p_may_move`: the fact comes from an event and cannot be refused, so it moves to the first day that is still open.
CREATE FUNCTION ledger.lock_period(p_book uuid, p_on date, p_may_move boolean, OUT period_id uuid, OUT open_on date)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    owner book;
    first_day date;
    found_period period;
    closed_until date;
BEGIN
    SELECT * INTO owner FROM book WHERE id = p_book;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no book %', p_book USING ERRCODE = 'LG010';
    END IF;
    open_on := p_on;
    LOOP
        first_day := date_trunc(owner.period_length, open_on::timestamp)::date;
        SELECT * INTO found_period FROM period WHERE book_id = p_book AND starts_on = first_day FOR SHARE;
        IF FOUND AND found_period.state = 'open' THEN
            period_id := found_period.id;
            RETURN;
        END IF;
        IF NOT FOUND THEN
            -- Making a period and closing one take turns, or a period could appear before one just closed.
            PERFORM 1 FROM book WHERE id = p_book FOR NO KEY UPDATE;
        END IF;
        SELECT max(ends_on) INTO closed_until FROM period WHERE book_id = p_book AND state = 'closed';
        IF closed_until IS NULL OR open_on > closed_until THEN
            INSERT INTO period (programme, book_id, starts_on, ends_on)
            VALUES (owner.programme, p_book, first_day,
                    (first_day + ('1 ' || owner.period_length)::interval - interval '1 day')::date)
            ON CONFLICT (book_id, starts_on) DO NOTHING;
        ELSIF p_may_move THEN
            open_on := closed_until + 1;
        ELSE
            RAISE EXCEPTION 'book % is closed until %, % is before that', p_book, closed_until, p_on
                USING ERRCODE = 'LG004', DETAIL = closed_until::text;
        END IF;
    END LOOP;
END $$;

-- Closes a period: every earlier one is closed, and nothing is left in suspense up to its last day.
-- The period comes before the book in the order of locks, as in an entry that goes on to make a new period.
CREATE FUNCTION ledger.close_period(p_period uuid, p_actor text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    closing period;
    earlier date;
    suspense bigint;
BEGIN
    SELECT * INTO closing FROM period WHERE id = p_period FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no period %', p_period USING ERRCODE = 'LG010';
    END IF;
    IF closing.state = 'closed' THEN
        RAISE EXCEPTION 'period % is closed', p_period USING ERRCODE = 'LG011';
    END IF;
    PERFORM 1 FROM book WHERE id = closing.book_id FOR NO KEY UPDATE;
    SELECT min(starts_on) INTO earlier FROM period
    WHERE book_id = closing.book_id AND state = 'open' AND starts_on < closing.starts_on;
    IF earlier IS NOT NULL THEN
        RAISE EXCEPTION 'the period from % is still open', earlier USING ERRCODE = 'LG008', DETAIL = earlier::text;
    END IF;
    SELECT sum(p.amount_minor) INTO suspense FROM posting p JOIN account a ON a.id = p.account_id
    WHERE a.book_id = closing.book_id AND a.code = '2120' AND p.effective_on <= closing.ends_on;
    IF suspense <> 0 THEN
        RAISE EXCEPTION '% minor units are in suspense', -suspense USING ERRCODE = 'LG009';
    END IF;
    UPDATE period SET state = 'closed', closed_at = clock_timestamp(), closed_by = p_actor WHERE id = p_period;
END $$;
