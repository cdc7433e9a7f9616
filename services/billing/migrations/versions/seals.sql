-- Sealing: each entry gets a hash of all it says, and blocks of entries are chained per book, so that a change of what was
-- posted shows even when the owner of the database made it. The head of the chain is published as an event: what somebody
-- else has kept cannot be rewritten here.
--
-- Sealing comes after posting and not within it: chaining in the posting transaction would let entries in one at a time
-- (measured: a fifth of the rate). It goes by the horizon of transactions and not by id, because ids commit out of order:
-- a sealer that remembers the last id misses entries. Whoever posts waits for nothing.

CREATE INDEX entry_tx ON ledger.entry (tx);

-- How far sealing has come: every entry of a transaction before `horizon` is sealed. Transaction ids start anew when the
-- data is restored into another cluster; then a new epoch begins.
CREATE TABLE ledger.seal_run (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    epoch     integer NOT NULL CHECK (epoch > 0),
    horizon   xid8 NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE ledger.seal (
    id        uuid NOT NULL UNIQUE DEFAULT ledger.uuid7(),
    book_id   uuid NOT NULL REFERENCES ledger.book,
    seq       integer NOT NULL CHECK (seq > 0),
    programme text NOT NULL,
    entries   integer NOT NULL CHECK (entries > 0),
    prev_hash bytea NOT NULL,
    hash      bytea NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (book_id, seq)
);

CREATE TABLE ledger.entry_seal (
    entry_id     bigint PRIMARY KEY REFERENCES ledger.entry,
    book_id      uuid NOT NULL,
    seq          integer NOT NULL,
    content_hash bytea NOT NULL,
    FOREIGN KEY (book_id, seq) REFERENCES ledger.seal
);
CREATE INDEX entry_seal_block ON ledger.entry_seal (book_id, seq);

CREATE TRIGGER seal_run_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.seal_run
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.seal
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER entry_seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.entry_seal
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE ledger.seal_run ENABLE ALWAYS TRIGGER seal_run_append_only;
ALTER TABLE ledger.seal ENABLE ALWAYS TRIGGER seal_append_only;
ALTER TABLE ledger.entry_seal ENABLE ALWAYS TRIGGER entry_seal_append_only;

-- What is hashed: everything an entry says, as one JSON text. Times are microseconds, because their text depends on the
-- session; accounts are named by what they are, not by their number in this database.
CREATE VIEW ledger.entry_content AS
SELECT e.id AS entry_id, e.book_id, jsonb_build_array(
           e.uid, e.book_id, e.kind, e.effective_on, e.fact_on, (extract(epoch FROM e.recorded_at) * 1000000)::bigint,
           e.source_type, e.source_id, e.source_version, e.idem_scope, e.idem_key, encode(e.req_hash, 'hex'),
           (SELECT o.uid FROM ledger.entry o WHERE o.id = e.reverses_entry_id), e.actor, e.reason, lines.content
       )::text AS content
FROM ledger.entry e
CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array(
               p.line, a.code, a.currency, a.party_id, p.amount_minor, p.base_minor, p.fx_rate_id, p.phase,
               p.training_id, p.module, p.region, p.delivery, p.payer_class, p.agreement_id, p.cost_kind, p.is_in_kind
           ) ORDER BY p.line) AS content
    FROM ledger.posting p JOIN ledger.account a ON a.id = p.account_id WHERE p.entry_id = e.id
) AS lines;

-- The first link of a book's chain follows its id.
CREATE FUNCTION ledger.first_link(p_book uuid) RETURNS bytea LANGUAGE sql IMMUTABLE
    SET search_path = ledger, pg_catalog, pg_temp AS $$
    SELECT sha256(convert_to('scorebook ledger ' || p_book, 'UTF8'))
$$;

-- A block's hash: of the link before it and of its entries' hashes, in the order of their ids.
CREATE FUNCTION ledger.block_hash(p_previous bytea, p_entries bytea) RETURNS bytea LANGUAGE sql IMMUTABLE
    SET search_path = ledger, pg_catalog, pg_temp AS $$
    SELECT sha256(p_previous || p_entries)
$$;

-- Seals these entries, one block per book. The caller knows that they are committed, or holds their period.
CREATE FUNCTION ledger.seal_entries(p_entries bigint[])
    RETURNS TABLE (book_id uuid, programme text, seq integer, entries integer, prev_hash bytea, hash bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
BEGIN
    -- One sealer at a time: a chain has one head.
    PERFORM pg_advisory_xact_lock(hashtext('ledger.seal'));
    RETURN QUERY
    WITH hashed AS MATERIALIZED (
        SELECT c.entry_id, c.book_id, sha256(convert_to(c.content, 'UTF8')) AS content_hash
        FROM entry_content c
        WHERE c.entry_id = ANY (p_entries) AND NOT EXISTS (SELECT FROM entry_seal s WHERE s.entry_id = c.entry_id)
    ), blocks AS MATERIALIZED (
        SELECT h.book_id, count(*)::integer AS entries, string_agg(h.content_hash, ''::bytea ORDER BY h.entry_id) AS bytes
        FROM hashed h GROUP BY h.book_id
    ), linked AS (
        INSERT INTO seal (book_id, seq, programme, entries, prev_hash, hash)
        SELECT b.book_id, coalesce(last.seq, 0) + 1, o.programme, b.entries, link.hash, block_hash(link.hash, b.bytes)
        FROM blocks b
        JOIN book o ON o.id = b.book_id
        LEFT JOIN LATERAL (SELECT s.seq, s.hash FROM seal s WHERE s.book_id = b.book_id ORDER BY s.seq DESC LIMIT 1)
            AS last ON true
        CROSS JOIN LATERAL (SELECT coalesce(last.hash, first_link(b.book_id)) AS hash) AS link
        RETURNING seal.book_id, seal.programme, seal.seq, seal.entries, seal.prev_hash, seal.hash
    ), marked AS (
        INSERT INTO entry_seal (entry_id, book_id, seq, content_hash)
        SELECT h.entry_id, h.book_id, l.seq, h.content_hash FROM hashed h JOIN linked l ON l.book_id = h.book_id
    )
    SELECT * FROM linked l ORDER BY l.book_id;
END $$;

-- Seals what was posted by transactions that are all over, at most about p_limit entries. Returns the new blocks.
CREATE FUNCTION ledger.seal(p_limit integer DEFAULT 50000)
    RETURNS TABLE (book_id uuid, programme text, seq integer, entries integer, prev_hash bytea, hash bytea)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    last seal_run;
    until_tx xid8;
    chosen bigint[];
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('ledger.seal')) THEN
        RETURN; -- another process is at it
    END IF;
    until_tx := pg_snapshot_xmin(pg_current_snapshot());
    SELECT * INTO last FROM seal_run ORDER BY id DESC LIMIT 1;
    IF last.horizon > until_tx THEN
        -- Restored into a cluster whose transactions are younger: whatever is here and unsealed was committed there, or
        -- here before the horizon.
        SELECT array_agg(e.id) INTO chosen FROM entry e
        WHERE (e.tx < until_tx OR e.tx >= pg_snapshot_xmax(pg_current_snapshot()))
          AND NOT EXISTS (SELECT FROM entry_seal s WHERE s.entry_id = e.id);
        last.epoch := last.epoch + 1;
    ELSE
        SELECT array_agg(few.id), CASE WHEN count(*) = p_limit THEN max(few.tx) ELSE until_tx END
        INTO chosen, until_tx
        FROM (SELECT e.id, e.tx FROM entry e
              WHERE e.tx >= coalesce(last.horizon, '0'::xid8) AND e.tx < until_tx
                AND NOT EXISTS (SELECT FROM entry_seal s WHERE s.entry_id = e.id)
              ORDER BY e.tx LIMIT p_limit) AS few;
    END IF;
    IF chosen IS NOT NULL THEN
        INSERT INTO seal_run (epoch, horizon) VALUES (coalesce(last.epoch, 1), until_tx);
        RETURN QUERY SELECT * FROM seal_entries(chosen);
    END IF;
END $$;
