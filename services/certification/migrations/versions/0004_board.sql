-- The board: who sits, what is judged, who voted how, what was decided. What was recorded stays as it was.

CREATE TABLE board_member (
    id           uuid PRIMARY KEY,
    programme    text NOT NULL REFERENCES programme,
    name         text NOT NULL,
    constituency text NOT NULL CHECK (constituency IN ('employers', 'workers', 'government', 'independent')),
    mandate_from date NOT NULL,
    mandate_to   date,
    subject      text, -- the login that votes as this member
    trainer_id   uuid,
    partner_id   uuid,
    employer     text,
    recorded_at  timestamptz NOT NULL,
    UNIQUE (programme, id),
    UNIQUE (programme, subject),
    UNIQUE (programme, trainer_id),
    FOREIGN KEY (programme, trainer_id) REFERENCES trainer (programme, id),
    FOREIGN KEY (programme, partner_id) REFERENCES partner (programme, id),
    CHECK (mandate_to >= mandate_from)
);
-- One person, one seat: two seats would be two votes.
CREATE UNIQUE INDEX board_member_name ON board_member (programme, lower(name));

-- The evidence as it was when the case was opened, canonical JSON, with its SHA-256.
CREATE TABLE dossier (
    id             uuid PRIMARY KEY,
    programme      text NOT NULL,
    trainer_id     uuid NOT NULL,
    module         text NOT NULL,
    version        integer NOT NULL CHECK (version > 0),
    scheme_version integer NOT NULL,
    manifest       text NOT NULL,
    hash           text NOT NULL CHECK (hash = encode(sha256(convert_to(manifest, 'UTF8')), 'hex')),
    frozen_at      timestamptz NOT NULL,
    UNIQUE (programme, trainer_id, module, version),
    UNIQUE (id, hash),
    FOREIGN KEY (programme, trainer_id) REFERENCES trainer (programme, id),
    FOREIGN KEY (programme, scheme_version) REFERENCES scheme_version (programme, version)
);

-- One case per recommendation. `round` rises when a tie defers it to another meeting: votes are given afresh.
CREATE TABLE board_case (
    id             uuid PRIMARY KEY,
    programme      text NOT NULL,
    trainer_id     uuid NOT NULL,
    module         text NOT NULL,
    expert_id      uuid NOT NULL,
    recommended_on date NOT NULL,
    recommended_by text NOT NULL, -- the login that entered the recommendation
    dossier_id     uuid NOT NULL UNIQUE,
    dossier_hash   text NOT NULL,
    scheme_version integer NOT NULL,
    round          integer NOT NULL DEFAULT 1 CHECK (round > 0),
    state          text NOT NULL CHECK (state IN ('open', 'certified', 'refused')),
    opened_at      timestamptz NOT NULL,
    closed_at      timestamptz,
    UNIQUE (programme, id),
    UNIQUE (id, dossier_hash),
    CHECK ((state = 'open') = (closed_at IS NULL)),
    CHECK (expert_id <> trainer_id),
    FOREIGN KEY (programme, trainer_id) REFERENCES trainer (programme, id),
    FOREIGN KEY (programme, expert_id) REFERENCES trainer (programme, id),
    FOREIGN KEY (programme, module) REFERENCES module (programme, code),
    FOREIGN KEY (programme, scheme_version) REFERENCES scheme_version (programme, version),
    FOREIGN KEY (dossier_id, dossier_hash) REFERENCES dossier (id, hash)
);
CREATE UNIQUE INDEX board_case_open ON board_case (programme, trainer_id, module) WHERE state = 'open';
CREATE INDEX board_case_trainer ON board_case (programme, trainer_id);

CREATE TABLE recusal (
    id          uuid PRIMARY KEY,
    programme   text NOT NULL,
    case_id     uuid NOT NULL,
    member_id   uuid NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('declared', 'forced')),
    ground      text NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    UNIQUE (case_id, member_id),
    FOREIGN KEY (programme, case_id) REFERENCES board_case (programme, id),
    FOREIGN KEY (programme, member_id) REFERENCES board_member (programme, id)
);

-- Every vote ever given; the last one of a member in a round counts.
CREATE TABLE vote (
    id           uuid PRIMARY KEY,
    position     bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    programme    text NOT NULL,
    case_id      uuid NOT NULL,
    round        integer NOT NULL CHECK (round > 0),
    member_id    uuid NOT NULL,
    choice       text NOT NULL CHECK (choice IN ('for', 'against', 'abstain')),
    voted_on     date NOT NULL,
    dossier_hash text NOT NULL,
    is_recorded  boolean NOT NULL, -- by the secretary, from signed minutes
    cast_by      text NOT NULL,
    cast_at      timestamptz NOT NULL,
    UNIQUE (id, member_id),
    FOREIGN KEY (programme, case_id) REFERENCES board_case (programme, id),
    FOREIGN KEY (programme, member_id) REFERENCES board_member (programme, id),
    FOREIGN KEY (case_id, dossier_hash) REFERENCES board_case (id, dossier_hash)
);
CREATE INDEX vote_case ON vote (case_id, round, member_id, position);

CREATE TABLE decision (
    id             uuid PRIMARY KEY,
    programme      text NOT NULL,
    case_id        uuid NOT NULL,
    round          integer NOT NULL CHECK (round > 0),
    outcome        text NOT NULL CHECK (outcome IN ('certified', 'refused', 'deferred')),
    decided_on     date NOT NULL,
    reason         text,
    votes_for      integer NOT NULL CHECK (votes_for >= 0),
    votes_against  integer NOT NULL CHECK (votes_against >= 0),
    abstentions    integer NOT NULL CHECK (abstentions >= 0),
    eligible       integer NOT NULL CHECK (eligible > 0),
    required       text[] NOT NULL, -- the constituencies that had to be present
    dossier_hash   text NOT NULL,
    scheme_version integer NOT NULL,
    decided_by     text NOT NULL, -- the login that recorded it
    decided_at     timestamptz NOT NULL,
    UNIQUE (programme, id),
    UNIQUE (case_id, round),
    UNIQUE (id, outcome),
    FOREIGN KEY (programme, case_id) REFERENCES board_case (programme, id),
    FOREIGN KEY (case_id, dossier_hash) REFERENCES board_case (id, dossier_hash),
    CHECK (outcome = CASE sign(votes_for - votes_against) WHEN 1 THEN 'certified' WHEN -1 THEN 'refused' ELSE 'deferred' END),
    CHECK (outcome = 'certified' OR reason IS NOT NULL),
    CHECK (votes_for + votes_against + abstentions <= eligible)
);
CREATE UNIQUE INDEX decision_final ON decision (case_id) WHERE outcome <> 'deferred';

-- Who sat at the decision, who was recused, which vote counted: the minutes in rows.
CREATE TABLE roll_call (
    decision_id  uuid NOT NULL,
    programme    text NOT NULL,
    member_id    uuid NOT NULL,
    constituency text NOT NULL,
    is_recused   boolean NOT NULL,
    vote_id      uuid,
    PRIMARY KEY (decision_id, member_id),
    FOREIGN KEY (programme, decision_id) REFERENCES decision (programme, id),
    FOREIGN KEY (programme, member_id) REFERENCES board_member (programme, id),
    FOREIGN KEY (vote_id, member_id) REFERENCES vote (id, member_id),
    CHECK (NOT is_recused OR vote_id IS NULL)
);

-- A vote enters an open case, in its present round, by a member who is not recused. The commands say so in better
-- words; this holds whatever writes to the table. The share lock makes a vote and a decision exclude each other.
CREATE FUNCTION vote_is_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE judged board_case;
BEGIN
    SELECT * INTO judged FROM board_case WHERE id = NEW.case_id FOR SHARE;
    IF judged.state <> 'open' OR judged.round <> NEW.round THEN
        RAISE EXCEPTION 'case % takes no vote in round %: it is % in round %',
            NEW.case_id, NEW.round, judged.state, judged.round USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT FROM recusal WHERE case_id = NEW.case_id AND member_id = NEW.member_id) THEN
        RAISE EXCEPTION 'member % is recused from case %', NEW.member_id, NEW.case_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER vote_open BEFORE INSERT ON vote FOR EACH ROW EXECUTE FUNCTION vote_is_open();
ALTER TABLE vote ENABLE ALWAYS TRIGGER vote_open;

-- A decided case stays decided, and an open one keeps its parties, its dossier and its scheme.
CREATE FUNCTION case_stays_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'open'
       OR (OLD.id, OLD.programme, OLD.trainer_id, OLD.module, OLD.expert_id, OLD.recommended_on, OLD.recommended_by,
           OLD.dossier_id, OLD.dossier_hash, OLD.scheme_version, OLD.opened_at)
          IS DISTINCT FROM
          (NEW.id, NEW.programme, NEW.trainer_id, NEW.module, NEW.expert_id, NEW.recommended_on, NEW.recommended_by,
           NEW.dossier_id, NEW.dossier_hash, NEW.scheme_version, NEW.opened_at)
       OR NEW.round < OLD.round THEN
        RAISE EXCEPTION 'case % stays as it is: % refused', OLD.id, TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER board_case_decided BEFORE UPDATE OR DELETE ON board_case
    FOR EACH ROW EXECUTE FUNCTION case_stays_decided();
ALTER TABLE board_case ENABLE ALWAYS TRIGGER board_case_decided;
CREATE TRIGGER board_member_kept BEFORE DELETE OR TRUNCATE ON board_member
    FOR EACH STATEMENT EXECUTE FUNCTION keep_row();
ALTER TABLE board_member ENABLE ALWAYS TRIGGER board_member_kept;

CREATE TRIGGER dossier_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON dossier
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE dossier ENABLE ALWAYS TRIGGER dossier_append_only;
CREATE TRIGGER recusal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON recusal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE recusal ENABLE ALWAYS TRIGGER recusal_append_only;
CREATE TRIGGER vote_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON vote
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE vote ENABLE ALWAYS TRIGGER vote_append_only;
CREATE TRIGGER decision_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON decision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE decision ENABLE ALWAYS TRIGGER decision_append_only;
CREATE TRIGGER roll_call_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON roll_call
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE roll_call ENABLE ALWAYS TRIGGER roll_call_append_only;

DO $$
DECLARE application text := current_setting('scorebook.application_role');
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON dossier, recusal, vote, decision, roll_call FROM %I', application);
    EXECUTE format('REVOKE DELETE, TRUNCATE ON board_case, board_member FROM %I', application);
END $$;
