-- Books many entries of one book in one statement each for entries and postings, by the same guards and with the same
-- meaning as that many calls of ledger.post_entry: an invoice run of ten thousand drafts.
--
-- p_entries: array of {uid, kind, fact_on, source_type, source_id, source_version, idem_key, reason?, postings}; the scope
-- of an entry's key is its source type, its content is hashed as post_entry does, and postings are as there. The answer has
-- one row per entry, `place` counting from 1. An entry that is there already is answered as a replay, or refused where its
-- content differs.
CREATE FUNCTION ledger.post_entries(p_book uuid, p_may_move boolean, p_actor text, p_entries jsonb)
    RETURNS TABLE (place bigint, posted_uid uuid, posted_on date, was_replayed boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    owner book;
    lack_base boolean;
    held jsonb;
    accounts jsonb;
    guarded bigint[];
BEGIN
    SELECT * INTO owner FROM book WHERE id = p_book;
    -- Every day once, in order: two runs take the periods in the same order.
    SELECT jsonb_object_agg(day.fact_on, jsonb_build_array(p.period_id, p.open_on)) INTO held
    FROM (SELECT DISTINCT fact_on FROM jsonb_to_recordset(p_entries) AS e (fact_on date) ORDER BY fact_on) AS day
    CROSS JOIN LATERAL lock_period(p_book, day.fact_on, p_may_move, p_actor) AS p;
    -- Every account once, by what names it; those that are missing are opened.
    SELECT jsonb_object_agg(concat_ws('/', x.account, x.currency, x.enterprise, x.agreement, x.bank_account),
                            coalesce(a.id, open_account(p_book, x.account, x.currency, x.enterprise, x.agreement,
                                                        x.bank_account))),
           array_agg(a.id) FILTER (WHERE NOT a.may_be_negative), bool_or(x.lacks)
    INTO accounts, guarded, lack_base
    FROM (SELECT l.account, l.currency, l.enterprise, l.agreement, l.bank_account,
                 bool_or(l.currency <> owner.currency AND l.base IS NULL) AS lacks
          FROM jsonb_to_recordset(p_entries) AS e (postings jsonb)
          CROSS JOIN LATERAL jsonb_to_recordset(e.postings) AS l (
              account text, currency text, base bigint, enterprise uuid, agreement uuid, bank_account uuid)
          GROUP BY l.account, l.currency, l.enterprise, l.agreement, l.bank_account
          ORDER BY l.account, l.currency, l.enterprise, l.agreement, l.bank_account) AS x
    LEFT JOIN account a ON a.book_id = p_book AND a.code = x.account AND a.currency = x.currency
         AND a.party_id = coalesce(x.enterprise, x.agreement, x.bank_account, '00000000-0000-0000-0000-000000000000')
         AND num_nonnulls(x.enterprise, x.agreement, x.bank_account) <= 1;
    IF lack_base THEN
        RAISE EXCEPTION 'book % is kept in %: a line in another currency says what it is in that', p_book,
            owner.currency USING ERRCODE = 'LG013';
    END IF;
    -- Those just opened may be guarded too; nobody else sees them yet, but they are looked at in the end.
    guarded := lock_guarded(ARRAY(SELECT value::bigint FROM jsonb_each_text(accounts)));
    RETURN QUERY
    WITH incoming AS MATERIALIZED (
        SELECT e.*, (held -> e.fact_on::text ->> 0)::uuid AS period_id, (held -> e.fact_on::text ->> 1)::date AS open_on,
               sha256(convert_to(jsonb_build_array(e.kind, e.fact_on, e.source_type, e.source_id, e.source_version,
                                                   e.reason, e.postings)::text, 'UTF8')) AS digest
        FROM ROWS FROM (jsonb_to_recordset(p_entries) AS (
                 uid uuid, kind text, fact_on date, source_type text, source_id uuid, source_version integer,
                 idem_key text, reason text, postings jsonb)) WITH ORDINALITY
             AS e (uid, kind, fact_on, source_type, source_id, source_version, idem_key, reason, postings, place)
    ), header AS (
        INSERT INTO entry (uid, programme, book_id, period_id, kind, effective_on, fact_on, source_type, source_id,
                           source_version, idem_scope, idem_key, req_hash, actor, reason)
        SELECT i.uid, owner.programme, p_book, i.period_id, i.kind, i.open_on, i.fact_on, i.source_type, i.source_id,
               i.source_version, i.source_type, i.idem_key, i.digest, p_actor, i.reason
        FROM incoming i ORDER BY i.place
        ON CONFLICT (book_id, idem_scope, idem_key) DO NOTHING
        RETURNING id, uid, programme, effective_on
    ), lines AS (
        INSERT INTO posting (entry_id, line, programme, account_id, amount_minor, currency, base_minor, fx_rate_id,
                             effective_on, phase, training_id, module, region, delivery, payer_class, agreement_id,
                             cost_kind, is_in_kind)
        SELECT h.id, x.line, h.programme,
               (accounts ->> concat_ws('/', x.account, x.currency, x.enterprise, x.agreement, x.bank_account))::bigint,
               x.amount, x.currency, coalesce(x.base, CASE x.currency WHEN owner.currency THEN x.amount END), x.fx_rate,
               h.effective_on, x.phase, x.training, x.module, x.region, x.delivery, x.payer_class, x.funding,
               x.cost_kind, coalesce(x.in_kind, false)
        FROM header h JOIN incoming i ON i.uid = h.uid
        CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(i.postings) AS (
            account text, enterprise uuid, agreement uuid, bank_account uuid, amount bigint, currency text, base bigint,
            fx_rate uuid, phase text, training uuid, module text, region text, delivery text, payer_class text,
            funding uuid, cost_kind text, in_kind boolean)) WITH ORDINALITY
            AS x (account, enterprise, agreement, bank_account, amount, currency, base, fx_rate, phase, training, module,
                  region, delivery, payer_class, funding, cost_kind, in_kind, line)
    )
    SELECT i.place, h.uid, h.effective_on, false FROM incoming i JOIN header h ON h.uid = i.uid;
    IF guarded <> '{}' THEN
        PERFORM require_not_negative(guarded);
    END IF;
    -- What was there before, or came with another transaction's commit a moment ago, is answered as one by one.
    RETURN QUERY
    SELECT i.place, p.posted_uid, p.posted_on, p.was_replayed
    FROM ROWS FROM (jsonb_to_recordset(p_entries) AS (
             uid uuid, kind text, fact_on date, source_type text, source_id uuid, source_version integer,
             idem_key text, reason text, postings jsonb)) WITH ORDINALITY
         AS i (uid, kind, fact_on, source_type, source_id, source_version, idem_key, reason, postings, place)
    CROSS JOIN LATERAL post_entry(i.uid, p_book, i.kind, i.fact_on, p_may_move, i.source_type, i.source_id,
                                  i.source_version, i.source_type, i.idem_key, p_actor, i.reason, i.postings) AS p
    WHERE NOT EXISTS (SELECT FROM entry e WHERE e.uid = i.uid);
END $$;

DO $$
BEGIN
    REVOKE ALL ON FUNCTION ledger.post_entries FROM PUBLIC;
    EXECUTE format('GRANT EXECUTE ON FUNCTION ledger.post_entries TO %I', current_setting('scorebook.application_role'));
END $$;
