-- A programme and the versions of its policy. A version is never changed: what was judged by it keeps its number.

CREATE FUNCTION keep_for_ever(kept regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %I', kept, current_setting('scorebook.application_role'));
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', kept);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only', kept);
END $$;
COMMENT ON FUNCTION keep_for_ever IS 'Makes a table append-only: rights taken away, and a trigger for everybody else.';

CREATE TABLE programme (
    id          uuid PRIMARY KEY,
    programme   text NOT NULL UNIQUE CHECK (programme ~ '^[a-z][a-z0-9-]{1,30}$'),
    name        text NOT NULL,
    country     text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    currency    text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    recorded_at timestamptz NOT NULL
);

CREATE TABLE policy_version (
    id                uuid NOT NULL UNIQUE,
    programme         text NOT NULL REFERENCES programme (programme),
    version           integer NOT NULL CHECK (version >= 1),
    valid_from        date NOT NULL,
    decision          text NOT NULL,
    headcount_minimum integer NOT NULL CHECK (headcount_minimum >= 0),
    headcount_maximum integer NOT NULL,
    recorded_at       timestamptz NOT NULL,
    PRIMARY KEY (programme, version),
    UNIQUE (programme, valid_from),
    CHECK (headcount_minimum <= headcount_maximum)
);

CREATE TABLE policy_size_class (
    programme text NOT NULL,
    version   integer NOT NULL,
    position  integer NOT NULL,
    code      text NOT NULL,
    minimum   integer NOT NULL,
    maximum   integer NOT NULL,
    PRIMARY KEY (programme, version, code),
    FOREIGN KEY (programme, version) REFERENCES policy_version (programme, version),
    CHECK (minimum <= maximum)
);

CREATE TABLE policy_sector (
    programme text NOT NULL,
    version   integer NOT NULL,
    position  integer NOT NULL,
    code      text NOT NULL,
    PRIMARY KEY (programme, version, code),
    FOREIGN KEY (programme, version) REFERENCES policy_version (programme, version)
);

CREATE TABLE policy_region (
    programme text NOT NULL,
    version   integer NOT NULL,
    position  integer NOT NULL,
    code      text NOT NULL,
    name      text NOT NULL,
    PRIMARY KEY (programme, version, code),
    FOREIGN KEY (programme, version) REFERENCES policy_version (programme, version)
);

CREATE TABLE policy_module (
    programme       text NOT NULL,
    version         integer NOT NULL,
    position        integer NOT NULL,
    code            text NOT NULL,
    number          integer NOT NULL, -- a label only; countries number differently
    name            text NOT NULL,
    is_first        boolean NOT NULL,
    classroom_days  integer NOT NULL CHECK (classroom_days >= 1),
    visits          integer NOT NULL CHECK (visits BETWEEN 1 AND 5),
    max_enterprises integer NOT NULL CHECK (max_enterprises >= 1),
    seats_managers  integer NOT NULL CHECK (seats_managers >= 0),
    seats_workers   integer NOT NULL CHECK (seats_workers >= 0),
    PRIMARY KEY (programme, version, code),
    FOREIGN KEY (programme, version) REFERENCES policy_version (programme, version),
    CHECK (seats_managers + seats_workers > 0)
);
CREATE UNIQUE INDEX policy_module_first ON policy_module (programme, version) WHERE is_first;

CREATE TABLE policy_phase (
    programme text NOT NULL,
    version   integer NOT NULL,
    position  integer NOT NULL,
    code      text NOT NULL,
    name      text NOT NULL,
    starts_on date NOT NULL,
    ends_on   date,
    PRIMARY KEY (programme, version, code),
    FOREIGN KEY (programme, version) REFERENCES policy_version (programme, version),
    CHECK (ends_on >= starts_on)
);

CREATE TABLE policy_target (
    programme text NOT NULL,
    version   integer NOT NULL,
    phase     text NOT NULL,
    position  integer NOT NULL,
    indicator text NOT NULL,
    value     numeric(12, 2) NOT NULL CHECK (value >= 0),
    PRIMARY KEY (programme, version, phase, indicator),
    FOREIGN KEY (programme, version, phase) REFERENCES policy_phase (programme, version, code)
);

-- Size classes tile the window, exactly one module is first, and there is something to choose from. Checked at commit,
-- because a version is written as several rows.
CREATE FUNCTION require_whole_policy() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    policy policy_version;
    wanted integer;
    band   record;
BEGIN
    SELECT * INTO policy FROM policy_version WHERE programme = NEW.programme AND version = NEW.version;
    wanted := policy.headcount_minimum;
    FOR band IN SELECT * FROM policy_size_class WHERE programme = NEW.programme AND version = NEW.version
                ORDER BY minimum LOOP
        IF band.minimum <> wanted THEN
            RAISE EXCEPTION 'size class % of %/% starts at %, not at %', band.code, NEW.programme, NEW.version,
                band.minimum, wanted USING ERRCODE = 'check_violation';
        END IF;
        wanted := band.maximum + 1;
    END LOOP;
    IF wanted <> policy.headcount_maximum + 1 THEN
        RAISE EXCEPTION 'the size classes of %/% do not fill the window', NEW.programme, NEW.version
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM policy_module
                   WHERE programme = NEW.programme AND version = NEW.version AND is_first) THEN
        RAISE EXCEPTION 'no module of %/% is first', NEW.programme, NEW.version USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER whole AFTER INSERT ON policy_version DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION require_whole_policy();
CREATE CONSTRAINT TRIGGER whole AFTER INSERT ON policy_size_class DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION require_whole_policy();

SELECT keep_for_ever(kept) FROM unnest(ARRAY['policy_version', 'policy_size_class', 'policy_sector', 'policy_region',
    'policy_module', 'policy_phase', 'policy_target']::regclass[]) AS kept;

-- A version in one row, as the code reads it; numbers with decimals as text, because JSON has only binary ones.
CREATE VIEW policy_in_full AS
SELECT v.id, v.programme, v.version, v.valid_from, v.decision, v.headcount_minimum, v.headcount_maximum,
       (SELECT jsonb_agg(jsonb_build_object('code', c.code, 'minimum', c.minimum, 'maximum', c.maximum)
                         ORDER BY c.position)
        FROM policy_size_class c WHERE c.programme = v.programme AND c.version = v.version) AS size_classes,
       (SELECT jsonb_agg(s.code ORDER BY s.position)
        FROM policy_sector s WHERE s.programme = v.programme AND s.version = v.version) AS sectors,
       (SELECT jsonb_agg(jsonb_build_object('code', r.code, 'name', r.name) ORDER BY r.position)
        FROM policy_region r WHERE r.programme = v.programme AND r.version = v.version) AS regions,
       (SELECT jsonb_agg(to_jsonb(m) - '{programme,version,position}'::text[] ORDER BY m.position)
        FROM policy_module m WHERE m.programme = v.programme AND m.version = v.version) AS modules,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'code', p.code, 'name', p.name, 'starts_on', p.starts_on, 'ends_on', p.ends_on,
                   'targets', (SELECT coalesce(jsonb_agg(jsonb_build_object('indicator', t.indicator,
                                                                            'value', trim_scale(t.value)::text)
                                                         ORDER BY t.position), '[]')
                               FROM policy_target t
                               WHERE t.programme = p.programme AND t.version = p.version AND t.phase = p.code))
                   ORDER BY p.position), '[]')
        FROM policy_phase p WHERE p.programme = v.programme AND p.version = v.version) AS phases
FROM policy_version v;
