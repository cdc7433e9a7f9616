-- Partners and enterprises. Region, sector and size class point into the policy version they were judged by.

CREATE TABLE partner (
    id             uuid PRIMARY KEY,
    programme      text NOT NULL,
    name           text NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('national', 'regional-chamber')),
    region         text,
    parent_id      uuid,
    registered_on  date NOT NULL,
    policy_version integer NOT NULL,
    recorded_at    timestamptz NOT NULL,
    UNIQUE (programme, id),
    FOREIGN KEY (programme, policy_version) REFERENCES policy_version (programme, version),
    FOREIGN KEY (programme, policy_version, region) REFERENCES policy_region (programme, version, code),
    FOREIGN KEY (programme, parent_id) REFERENCES partner (programme, id),
    CHECK (CASE kind WHEN 'national' THEN region IS NULL AND parent_id IS NULL
                     ELSE region IS NOT NULL AND parent_id IS NOT NULL END)
);
CREATE UNIQUE INDEX partner_one_national ON partner (programme) WHERE kind = 'national';
CREATE UNIQUE INDEX partner_name ON partner (programme, lower(name));

CREATE TABLE enterprise (
    id             uuid PRIMARY KEY,
    programme      text NOT NULL,
    partner_id     uuid NOT NULL,
    name           text NOT NULL,
    tax_id         text NOT NULL CHECK (tax_id ~ '^[A-Z0-9]{3,32}$'),
    region         text NOT NULL,
    sector         text NOT NULL,
    city           text,
    women          integer NOT NULL CHECK (women >= 0),
    men            integer NOT NULL CHECK (men >= 0),
    headcount      integer NOT NULL GENERATED ALWAYS AS (women + men) STORED,
    size_class     text NOT NULL,
    registered_on  date NOT NULL,
    policy_version integer NOT NULL,
    recorded_at    timestamptz NOT NULL,
    UNIQUE (programme, tax_id),
    UNIQUE (programme, partner_id, id),
    UNIQUE (programme, id),
    FOREIGN KEY (programme, partner_id) REFERENCES partner (programme, id),
    FOREIGN KEY (programme, policy_version, region) REFERENCES policy_region (programme, version, code),
    FOREIGN KEY (programme, policy_version, sector) REFERENCES policy_sector (programme, version, code),
    FOREIGN KEY (programme, policy_version, size_class) REFERENCES policy_size_class (programme, version, code)
);
CREATE INDEX enterprise_partner ON enterprise (partner_id);

-- The head-count lies in the band of its size class; used for enterprises, and for enrollments, which keep their own.
CREATE FUNCTION require_size_class_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM policy_size_class c
                   WHERE c.programme = NEW.programme AND c.version = NEW.policy_version AND c.code = NEW.size_class
                     AND NEW.headcount BETWEEN c.minimum AND c.maximum) THEN
        RAISE EXCEPTION 'a head-count of % is not of size class %', NEW.headcount, NEW.size_class
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

-- AFTER, because a generated column has no value before.
CREATE TRIGGER size_class_fits AFTER INSERT OR UPDATE ON enterprise
    FOR EACH ROW EXECUTE FUNCTION require_size_class_fits();
