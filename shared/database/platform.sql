-- Tables every service has beside its own: the outbox and its order, the inbox, parked messages, idempotency keys and
-- the audit trail. Installed by each service's first migration; owned by the owner role, used by the application role.

-- Last sequence per aggregate. Its row lock is what makes outbox order equal commit order within one aggregate.
CREATE TABLE stream_head (
    aggregate_id   uuid PRIMARY KEY,
    aggregate_type text NOT NULL,
    last_sequence  bigint NOT NULL CHECK (last_sequence > 0),
    forgotten      bigint NOT NULL DEFAULT 0 CHECK (forgotten BETWEEN 0 AND last_sequence) -- events retention removed
);

CREATE TABLE outbox (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id       uuid NOT NULL UNIQUE,
    event_type     text NOT NULL,
    aggregate_type text NOT NULL,
    aggregate_id   uuid NOT NULL,
    sequence       bigint NOT NULL,
    programme      text NOT NULL,
    occurred_at    timestamptz NOT NULL,
    correlation_id text NOT NULL,
    causation_id   text,
    actor          text NOT NULL,
    traceparent    text,
    payload        bytea NOT NULL,
    shard          smallint NOT NULL,
    published_at   timestamptz,
    attempts       integer NOT NULL DEFAULT 0,
    last_error     text,
    recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (aggregate_id, sequence)
);
-- The relay's only question; small because published rows leave it.
CREATE INDEX outbox_unpublished ON outbox (shard, id) WHERE published_at IS NULL;
ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE relay_lease (
    shard      smallint PRIMARY KEY,
    owner      text NOT NULL,
    epoch      bigint NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE TABLE inbox (
    consumer    text NOT NULL,
    event_id    uuid NOT NULL,
    event_type  text NOT NULL,
    key         text NOT NULL,
    sequence    bigint NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, event_id)
);

-- How far each aggregate has come in each consumer. Everything that concerns one key (delivery, parking, replay,
-- discard) first locks this row, so those four never interleave. `blocked`: later messages of the key wait, behind a
-- message that cannot be applied (head) or for one that has not arrived (gap).
CREATE TABLE consumer_position (
    consumer      text NOT NULL,
    topic         text NOT NULL,
    key           text NOT NULL,
    last_sequence bigint NOT NULL DEFAULT 0,
    blocked       text CHECK (blocked IN ('head', 'gap')),
    PRIMARY KEY (consumer, topic, key)
);

CREATE TABLE parked (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer        text NOT NULL,
    topic           text NOT NULL,
    partition       integer NOT NULL,
    "offset"        bigint NOT NULL,
    key             text NOT NULL,
    digest          bytea NOT NULL,
    event_id        uuid,
    event_type      text,
    sequence        bigint,
    programme       text,
    headers         jsonb NOT NULL, -- for reading; header_bytes and key_bytes are what came, byte for byte
    header_bytes    bytea NOT NULL,
    key_bytes       bytea,
    payload         bytea,
    state           text NOT NULL CHECK (state IN ('failed', 'waiting', 'gap', 'behind', 'released', 'discarded')),
    waits_for       text,
    error_code      text,
    error           text,
    attempts        integer NOT NULL DEFAULT 0,
    parked_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_attempt_at timestamptz,
    next_attempt_at timestamptz,
    closed_at       timestamptz,
    closed_by       text,
    close_reason    text,
    CHECK (state <> 'discarded' OR close_reason IS NOT NULL)
);
CREATE UNIQUE INDEX parked_once ON parked (consumer, topic, digest) WHERE closed_at IS NULL;
CREATE INDEX parked_open ON parked (consumer, topic, key, sequence NULLS FIRST, id) WHERE closed_at IS NULL;
CREATE INDEX parked_waits ON parked (consumer, waits_for) WHERE closed_at IS NULL AND waits_for IS NOT NULL;

-- Every replay or discard an operator asked for, kept for ever.
CREATE TABLE parked_action (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parked_id bigint NOT NULL REFERENCES parked (id),
    action    text NOT NULL CHECK (action IN ('replay', 'discard')),
    actor     text NOT NULL,
    reason    text,
    outcome   text NOT NULL,
    at        timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE idempotency_key (
    caller       text NOT NULL,
    key          text NOT NULL,
    request_hash bytea NOT NULL,
    status       integer,
    body         text, -- the first answer, byte for byte
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (caller, key)
);

CREATE TABLE audit_trail (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at             timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor          text NOT NULL,
    action         text NOT NULL,
    programme      text NOT NULL,
    entity         text NOT NULL,
    reason         text,
    correlation_id text NOT NULL,
    request        jsonb NOT NULL
);
CREATE INDEX audit_trail_entity ON audit_trail (entity, id);

-- Append-only tables: the role that serves requests may not change or delete what was recorded, and the trigger also
-- stops the owner. ENABLE ALWAYS: an ordinary trigger is skipped under session_replication_role = replica.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER audit_trail_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_trail
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE audit_trail ENABLE ALWAYS TRIGGER audit_trail_append_only;
CREATE TRIGGER parked_action_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON parked_action
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE parked_action ENABLE ALWAYS TRIGGER parked_action_append_only;
