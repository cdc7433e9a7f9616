-- A measurement says which days and what scope it took, and what the ledger held: `last_entry_id` for people, and the
-- snapshot, which alone is exact: an entry with a smaller id may be committed later. With it every kept figure can be
-- computed again, and two of them compared entry by entry.
ALTER TABLE cost_recovery_measurement
    ADD COLUMN window_kind text NOT NULL DEFAULT 'cumulative'
        CHECK (window_kind IN ('span', 'cumulative', 'phase', 'year', 'rolling')),
    ADD COLUMN window_text text,
    ADD COLUMN since date,
    ADD COLUMN until date,
    ADD COLUMN scope jsonb NOT NULL DEFAULT '{}', -- what it is cut to; nothing named: everything
    ADD COLUMN first_modules text[] NOT NULL DEFAULT '{}', -- the first modules by the policy of that day
    ADD COLUMN last_entry_id bigint,
    ADD COLUMN snapshot text CHECK (snapshot IS NULL OR snapshot::pg_snapshot IS NOT NULL), -- none: measured before this was kept
    ADD CHECK ((last_entry_id IS NULL) = (snapshot IS NULL));
-- The measurements that exist were all cumulative, of everything.
ALTER TABLE cost_recovery_measurement
    ALTER COLUMN window_text TYPE text USING 'cumulative to ' || as_of,
    ALTER COLUMN until TYPE date USING as_of;
ALTER TABLE cost_recovery_measurement
    ALTER COLUMN window_text SET NOT NULL,
    ALTER COLUMN until SET NOT NULL,
    ALTER COLUMN window_kind DROP DEFAULT,
    ALTER COLUMN scope DROP DEFAULT,
    ALTER COLUMN first_modules DROP DEFAULT;
