-- Makes a table append-only: the application role loses UPDATE, DELETE and TRUNCATE, and a trigger that is ENABLE ALWAYS
-- stops the owner too.
CREATE FUNCTION keep_append_only(kept regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %I',
                   kept, current_setting('scorebook.application_role'));
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', kept);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only', kept);
END $$;

-- One row per KPI. A new version locks it FOR UPDATE and a reading FOR SHARE, so no reading is taken under a definition
-- while the next one is being written.
CREATE TABLE kpi (
    id        uuid PRIMARY KEY,
    programme text NOT NULL,
    code      text NOT NULL,
    UNIQUE (programme, code),
    UNIQUE (programme, id, code)
);

CREATE TABLE kpi_version (
    id                    uuid PRIMARY KEY,
    programme             text NOT NULL,
    kpi_id                uuid NOT NULL,
    code                  text NOT NULL,
    version               integer NOT NULL CHECK (version >= 1),
    valid_from            date NOT NULL,
    name                  text NOT NULL,
    unit                  text NOT NULL,
    direction             text NOT NULL CHECK (direction IN ('lower', 'higher')),
    scale                 integer NOT NULL CHECK (scale IN (1, 10, 100, 1000, 10000, 100000, 1000000)),
    means_of_verification text NOT NULL,
    numerator_label       text NOT NULL,
    denominator_label     text NOT NULL,
    whole_numbers         boolean NOT NULL,
    is_share              boolean NOT NULL,
    origin                text NOT NULL CHECK (origin IN ('default', 'programme')),
    reason                text NOT NULL,
    recorded_at           timestamptz NOT NULL,
    recorded_by           text NOT NULL,
    FOREIGN KEY (programme, kpi_id, code) REFERENCES kpi (programme, id, code),
    UNIQUE (kpi_id, version),
    UNIQUE (kpi_id, valid_from),
    UNIQUE (programme, id, code)
);
SELECT keep_append_only('kpi_version');
