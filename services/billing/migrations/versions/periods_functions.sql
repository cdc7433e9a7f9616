-- Finding the period of a day, and the steps of a period. SQLSTATEs beside those of ledger_guards.sql:
--   LG014 two persons are needed   LG015 a later period is closed   LG016 nobody asked, or not the state for it

DROP FUNCTION ledger.lock_period(uuid, date, boolean), ledger.close_period(uuid, text);

-- Returns the period of a day that takes an entry of p_actor, and holds it until the transaction ends: each step of a
-- period takes the row FOR UPDATE, so the two never overlap (without the lock, entries slip in behind a close).
-- A foreign key alone does not: its KEY SHARE lock does not conflict with a change of `state`.
-- `p_may_move`: the fact comes from an event and cannot be refused, so it moves to the first day that is still open.
CREATE FUNCTION ledger.lock_period(
    p_book uuid, p_on date, p_may_move boolean, p_actor text, OUT period_id uuid, OUT open_on date
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    owner book;
    first_day date;
    found_period period;
    shut_until date;
BEGIN
    SELECT * INTO owner FROM book WHERE id = p_book;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no book %', p_book USING ERRCODE = 'LG010';
    END IF;
    open_on := p_on;
    LOOP
        first_day := date_trunc(owner.period_length, open_on::timestamp)::date;
        SELECT * INTO found_period FROM period WHERE book_id = p_book AND starts_on = first_day FOR SHARE;
        IF FOUND AND takes_entry(found_period.id, found_period.state, p_actor) THEN
            period_id := found_period.id;
            RETURN;
        END IF;
        IF found_period.id IS NULL THEN
            -- Making a period and closing one take turns, or a period could appear before one just closed.
            PERFORM 1 FROM book WHERE id = p_book FOR NO KEY UPDATE;
            SELECT max(ends_on) INTO shut_until FROM period WHERE book_id = p_book AND state <> 'open';
            IF shut_until IS NULL OR open_on > shut_until THEN
                INSERT INTO period (programme, book_id, starts_on, ends_on)
                VALUES (owner.programme, p_book, first_day,
                        (first_day + ('1 ' || owner.period_length)::interval - interval '1 day')::date)
                ON CONFLICT (book_id, starts_on) DO NOTHING;
                CONTINUE;
            END IF;
        ELSE
            shut_until := found_period.ends_on;
        END IF;
        IF NOT p_may_move THEN
            IF found_period.state = 'soft-closed' THEN
                RAISE EXCEPTION 'the period from % is closed for review, % needs somebody else''s leave to post there',
                    first_day, p_actor USING ERRCODE = 'LG004', DETAIL = shut_until::text;
            END IF;
            RAISE EXCEPTION 'book % is closed until %, % is before that', p_book, (
                SELECT max(ends_on) FROM period WHERE book_id = p_book AND state <> 'open'), p_on
                USING ERRCODE = 'LG004', DETAIL = shut_until::text;
        END IF;
        open_on := shut_until + 1;
    END LOOP;
END $$;

-- Locks a period and its book for a step. The period comes before the book in the order of locks, as in an entry that
-- goes on to make a new period.
CREATE FUNCTION ledger.lock_for_step(p_period uuid) RETURNS ledger.period LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    held period;
BEGIN
    SELECT * INTO held FROM period WHERE id = p_period FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no period %', p_period USING ERRCODE = 'LG010';
    END IF;
    PERFORM 1 FROM book WHERE id = held.book_id FOR NO KEY UPDATE;
    RETURN held;
END $$;

-- Closes a period for review: from now on only those post into it whom somebody else has allowed to.
CREATE FUNCTION ledger.soft_close_period(p_period uuid, p_actor text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    held period := lock_for_step(p_period);
    earlier date;
BEGIN
    IF held.state <> 'open' THEN
        RAISE EXCEPTION 'period % is %', p_period, held.state USING ERRCODE = 'LG011';
    END IF;
    SELECT min(starts_on) INTO earlier FROM period
    WHERE book_id = held.book_id AND state = 'open' AND starts_on < held.starts_on;
    IF earlier IS NOT NULL THEN
        RAISE EXCEPTION 'the period from % is still open', earlier USING ERRCODE = 'LG008', DETAIL = earlier::text;
    END IF;
    INSERT INTO period_step (programme, period_id, action, actor)
    VALUES (held.programme, p_period, 'soft-close', p_actor);
    UPDATE period SET state = 'soft-closed' WHERE id = p_period;
END $$;

-- Allows one person to post into a soft-closed period, for a reason; nobody allows themselves.
CREATE FUNCTION ledger.grant_posting(p_period uuid, p_subject text, p_actor text, p_reason text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    held period := lock_for_step(p_period);
BEGIN
    IF held.state <> 'soft-closed' THEN
        RAISE EXCEPTION 'period % is %, not soft-closed', p_period, held.state USING ERRCODE = 'LG016';
    END IF;
    IF p_subject = p_actor THEN
        RAISE EXCEPTION '% cannot allow themselves to post', p_actor USING ERRCODE = 'LG014';
    END IF;
    INSERT INTO period_step (programme, period_id, action, actor, subject, reason)
    VALUES (held.programme, p_period, 'grant', p_actor, p_subject, p_reason);
END $$;

-- Asks to reopen a period; nothing changes until somebody else agrees.
CREATE FUNCTION ledger.ask_reopening(p_period uuid, p_actor text, p_reason text) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    held period := lock_for_step(p_period);
BEGIN
    IF held.state = 'open' THEN
        RAISE EXCEPTION 'period % is open', p_period USING ERRCODE = 'LG016';
    END IF;
    INSERT INTO period_step (programme, period_id, action, actor, reason)
    VALUES (held.programme, p_period, 'ask-reopening', p_actor, p_reason);
END $$;

-- Reopens a period that somebody else asked to reopen since it was last closed. The last closed one first.
CREATE FUNCTION ledger.reopen_period(p_period uuid, p_actor text, p_reason text) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    held period := lock_for_step(p_period);
    later date;
    askers text[];
BEGIN
    SELECT coalesce(array_agg(a.actor), '{}') INTO askers FROM period_step a
    WHERE a.period_id = p_period AND a.action = 'ask-reopening' AND a.id > (
        SELECT max(s.id) FROM period_step s
        WHERE s.period_id = p_period AND s.action IN ('soft-close', 'close'));
    IF held.state = 'open' OR askers = '{}' THEN
        RAISE EXCEPTION 'nobody asked to reopen period %, which is %', p_period, held.state USING ERRCODE = 'LG016';
    END IF;
    IF NOT EXISTS (SELECT FROM unnest(askers) AS asker WHERE asker <> p_actor) THEN
        RAISE EXCEPTION '% asked to reopen this period; somebody else has to agree', p_actor USING ERRCODE = 'LG014';
    END IF;
    SELECT max(starts_on) INTO later FROM period
    WHERE book_id = held.book_id AND state = 'closed' AND starts_on > held.starts_on;
    IF later IS NOT NULL THEN
        RAISE EXCEPTION 'the period from % is closed; the last one is reopened first', later USING ERRCODE = 'LG015';
    END IF;
    INSERT INTO period_step (programme, period_id, action, actor, reason)
    VALUES (held.programme, p_period, 'reopen', p_actor, p_reason);
    PERFORM drop_checkpoint(p_period);
    UPDATE period SET state = 'open', closed_at = NULL, closed_by = NULL WHERE id = p_period;
END $$;

-- Closes a period: every earlier one is closed, and nothing is left in suspense up to its last day. Its entries are
-- sealed with it: nobody else can add one while the row is held, so this needs no horizon. Returns the new block.
CREATE FUNCTION ledger.close_period(p_period uuid, p_actor text)
    RETURNS TABLE (book_id uuid, programme text, seq integer, entries integer, prev_hash bytea, hash bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    closing period := lock_for_step(p_period);
    earlier date;
    suspense bigint;
BEGIN
    IF closing.state = 'closed' THEN
        RAISE EXCEPTION 'period % is closed', p_period USING ERRCODE = 'LG011';
    END IF;
    SELECT min(starts_on) INTO earlier FROM period
    WHERE book_id = closing.book_id AND state <> 'closed' AND starts_on < closing.starts_on;
    IF earlier IS NOT NULL THEN
        RAISE EXCEPTION 'the period from % is still open', earlier USING ERRCODE = 'LG008', DETAIL = earlier::text;
    END IF;
    -- In every currency: suspense of 10 in one does not make up for -10 in another.
    SELECT sum(abs(left_over)) INTO suspense FROM (
        SELECT sum(p.amount_minor) AS left_over FROM posting p JOIN account a ON a.id = p.account_id
        WHERE a.book_id = closing.book_id AND a.code = '2120' AND p.effective_on <= closing.ends_on
        GROUP BY a.id) AS each_account;
    IF suspense <> 0 THEN
        RAISE EXCEPTION '% minor units are in suspense', suspense USING ERRCODE = 'LG009';
    END IF;
    RETURN QUERY SELECT * FROM seal_entries((
        SELECT array_agg(e.id) FROM entry e WHERE e.period_id = p_period
        AND NOT EXISTS (SELECT FROM entry_seal s WHERE s.entry_id = e.id)));
    INSERT INTO period_step (programme, period_id, action, actor) VALUES (closing.programme, p_period, 'close', p_actor);
    UPDATE period SET state = 'closed', closed_at = clock_timestamp(), closed_by = p_actor WHERE id = p_period;
    PERFORM make_checkpoint(p_period);
END $$;

-- Posting and reversing say who does it: whether a period takes the entry may depend on that. Nothing else in them changes.
DO $$
DECLARE
    one record;
    changed integer := 0;
BEGIN
    FOR one IN SELECT pg_get_functiondef(p.oid) AS text FROM pg_proc p
               WHERE p.pronamespace = 'ledger'::regnamespace AND p.proname IN ('post_entry', 'reverse_entry')
                 AND p.prosrc LIKE '%p_fact_on, p_may_move);%'
    LOOP
        EXECUTE replace(one.text, 'p_fact_on, p_may_move);', 'p_fact_on, p_may_move, p_actor);');
        changed := changed + 1;
    END LOOP;
    IF changed <> 2 THEN
        RAISE EXCEPTION 'expected two functions that find a period, there are %', changed;
    END IF;
END $$;
