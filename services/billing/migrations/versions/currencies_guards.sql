-- The guards of 0002 with the second sum: an entry balances in every currency and in the book's. See ledger_guards.sql
-- for why each is there.
--   LG013 base amount missing or not that of the book's currency

CREATE OR REPLACE FUNCTION ledger.require_balanced_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    lines bigint;
    off_base numeric;
    unbalanced text;
BEGIN
    SELECT sum(n), sum(base), string_agg(format('%s %s', off, currency), ', ') FILTER (WHERE off <> 0)
    INTO lines, off_base, unbalanced
    FROM (SELECT currency, count(*) AS n, sum(amount_minor) AS off, sum(base_minor) AS base
          FROM posting WHERE entry_id = NEW.id GROUP BY currency) AS sums;
    IF coalesce(lines, 0) < 2 OR unbalanced IS NOT NULL OR off_base <> 0 THEN
        RAISE EXCEPTION 'entry % has % postings and is off by %, in the book''s currency by %',
            NEW.uid, coalesce(lines, 0), coalesce(unbalanced, '0'), coalesce(off_base, 0) USING ERRCODE = 'LG001';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ledger.require_own_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    -- One pass over what was added; which rule is broken is asked only when one is.
    SELECT p.entry_id, p.line, p.currency, p.amount_minor, p.base_minor,
           e.id IS NULL OR e.tx <> pg_current_xact_id() AS is_foreign,
           a.id IS NULL OR a.book_id <> e.book_id OR a.currency <> p.currency OR p.effective_on <> e.effective_on
               OR p.programme <> e.programme AS contradicts
    INTO wrong
    FROM added p
    LEFT JOIN entry e ON e.id = p.entry_id
    LEFT JOIN account a ON a.id = p.account_id
    LEFT JOIN book b ON b.id = e.book_id
    WHERE e.id IS NULL OR e.tx <> pg_current_xact_id()
       OR a.id IS NULL OR a.book_id <> e.book_id OR a.currency <> p.currency
       OR p.effective_on <> e.effective_on OR p.programme <> e.programme
       OR p.currency = b.currency AND p.base_minor <> p.amount_minor
    LIMIT 1;
    IF FOUND THEN
        IF wrong.is_foreign THEN
            RAISE EXCEPTION 'posting %/% does not come with its entry', wrong.entry_id, wrong.line
                USING ERRCODE = 'LG002';
        ELSIF wrong.contradicts THEN
            RAISE EXCEPTION 'posting %/% differs from its entry or account in book, currency, programme or day',
                wrong.entry_id, wrong.line USING ERRCODE = 'LG012';
        END IF;
        RAISE EXCEPTION 'posting %/%: % % is % in the book''s own currency', wrong.entry_id, wrong.line,
            wrong.amount_minor, wrong.currency, wrong.base_minor USING ERRCODE = 'LG013';
    END IF;
    SELECT p.entry_id, p.currency, sum(p.amount_minor) AS off INTO wrong
    FROM posting p WHERE p.entry_id = ANY (ARRAY(SELECT entry_id FROM added))
    GROUP BY p.entry_id, p.currency HAVING sum(p.amount_minor) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % is off by % %', wrong.entry_id, wrong.off, wrong.currency USING ERRCODE = 'LG001';
    END IF;
    SELECT p.entry_id, sum(p.base_minor) AS off INTO wrong
    FROM posting p WHERE p.entry_id = ANY (ARRAY(SELECT entry_id FROM added))
    GROUP BY p.entry_id HAVING sum(p.base_minor) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % is off by % in the book''s currency', wrong.entry_id, wrong.off
            USING ERRCODE = 'LG001';
    END IF;
    RETURN NULL;
END $$;
