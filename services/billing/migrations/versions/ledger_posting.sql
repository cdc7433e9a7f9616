-- The only two ways into the ledger. Both run as the owner; the application role may execute them and nothing else.

-- Books one entry with its postings.
--
-- p_postings: array of {account, enterprise?, agreement?, amount, currency, and dimensions}; amount is signed minor
-- units, debit positive. p_may_move: see lock_period. The same (scope, key) again with the same content returns the
-- entry made first with was_replayed; with other content it is refused.
--
-- Entry and postings go in with one statement, so the guards hold also where constraints were set immediate.
CREATE FUNCTION ledger.post_entry(
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
    guarded bigint[];
BEGIN
    SELECT * INTO earlier FROM entry WHERE book_id = p_book AND idem_scope = p_idem_scope AND idem_key = p_idem_key;
    IF NOT FOUND THEN
        SELECT * INTO owner FROM book WHERE id = p_book;
        SELECT * INTO held FROM lock_period(p_book, p_fact_on, p_may_move);
        SELECT array_agg(open_account(p_book, account, enterprise, agreement) ORDER BY line) INTO accounts
        FROM ROWS FROM (jsonb_to_recordset(p_postings) AS (account text, enterprise uuid, agreement uuid))
             WITH ORDINALITY AS x (account, enterprise, agreement, line);
        guarded := lock_guarded(accounts);
        WITH header AS (
            INSERT INTO entry (uid, programme, book_id, period_id, kind, effective_on, fact_on, source_type, source_id,
                               source_version, idem_scope, idem_key, req_hash, actor, reason)
            VALUES (p_uid, owner.programme, p_book, held.period_id, p_kind, held.open_on, p_fact_on, p_source_type,
                    p_source_id, p_source_version, p_idem_scope, p_idem_key, digest, p_actor, p_reason)
            ON CONFLICT (book_id, idem_scope, idem_key) DO NOTHING
            RETURNING id, uid, programme, effective_on
        ), lines AS (
            INSERT INTO posting (entry_id, line, programme, account_id, amount_minor, currency, effective_on, phase,
                                 training_id, module, region, delivery, payer_class, agreement_id, cost_kind,
                                 is_in_kind)
            SELECT h.id, x.line, h.programme, accounts[x.line], x.amount, x.currency, h.effective_on, x.phase,
                   x.training, x.module, x.region, x.delivery, x.payer_class, x.funding, x.cost_kind,
                   coalesce(x.in_kind, false)
            FROM header h, ROWS FROM (jsonb_to_recordset(p_postings) AS (
                     amount bigint, currency text, phase text, training uuid, module text, region text,
                     delivery text, payer_class text, funding uuid, cost_kind text, in_kind boolean))
                 WITH ORDINALITY AS x (amount, currency, phase, training, module, region, delivery, payer_class,
                                       funding, cost_kind, in_kind, line)
        )
        SELECT uid, effective_on, false INTO posted_uid, posted_on, was_replayed FROM header;
        IF posted_uid IS NOT NULL THEN
            IF guarded <> '{}' THEN
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

-- Reverses an entry: the same accounts and dimensions with opposite amounts, on a day the caller names, not before the
-- original, in an open period. Once: a second reversal is refused, the same request again is answered as a replay.
CREATE FUNCTION ledger.reverse_entry(
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
        INSERT INTO posting (entry_id, line, programme, account_id, amount_minor, currency, effective_on, phase,
                             training_id, module, region, delivery, payer_class, agreement_id, cost_kind, is_in_kind)
        SELECT h.id, p.line, p.programme, p.account_id, -p.amount_minor, p.currency, h.effective_on, p.phase,
               p.training_id, p.module, p.region, p.delivery, p.payer_class, p.agreement_id, p.cost_kind, p.is_in_kind
        FROM header h, posting p WHERE p.entry_id = original.id
    )
    SELECT uid, effective_on, false INTO posted_uid, posted_on, was_replayed FROM header;
    IF guarded <> '{}' THEN
        PERFORM require_not_negative(guarded);
    END IF;
END $$;
