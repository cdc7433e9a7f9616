-- Pledges: what a funder said it would give. They are in no book and on no basis of cost recovery; an agreement that
-- names one turns a part of it into a contract, whose money is counted from the agreement alone.

CREATE TABLE pledge (
    id              uuid PRIMARY KEY,
    programme       text NOT NULL REFERENCES programme,
    partner_id      uuid REFERENCES partner, -- none: for the programme
    funder          text NOT NULL,
    payer_class     text NOT NULL CHECK (payer_class IN ('P', 'G', 'B', 'D', 'I')),
    amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
    currency        text NOT NULL REFERENCES ledger.currency, -- the funder's, not always the book's
    pledged_on      date NOT NULL,
    source_document text NOT NULL,
    expected_by     date,
    -- What is left of it lapsed or was withdrawn.
    ended_on        date,
    end_kind        text CHECK (end_kind IN ('lapsed', 'withdrawn')),
    end_reason      text,
    CHECK (payer_class <> 'P' OR partner_id IS NOT NULL),
    CHECK (pledged_on <= expected_by),
    CHECK (pledged_on <= ended_on),
    CHECK (num_nulls(ended_on, end_kind, end_reason) IN (0, 3))
);

-- The part of a pledge that an agreement took up, in the pledge's currency.
CREATE TABLE pledge_contract (
    id            uuid PRIMARY KEY,
    programme     text NOT NULL,
    pledge_id     uuid NOT NULL REFERENCES pledge,
    agreement_id  uuid NOT NULL REFERENCES agreement,
    amount_minor  bigint NOT NULL CHECK (amount_minor > 0),
    contracted_on date NOT NULL,
    UNIQUE (pledge_id, agreement_id)
);
CREATE INDEX pledge_contract_agreement ON pledge_contract (agreement_id);

CREATE TRIGGER pledge_kept BEFORE DELETE OR TRUNCATE ON pledge FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER pledge_open BEFORE UPDATE ON pledge FOR EACH ROW WHEN (OLD.ended_on IS NULL)
    EXECUTE FUNCTION refuse_rewrite('ended_on', 'end_kind', 'end_reason');
CREATE TRIGGER pledge_ended BEFORE UPDATE ON pledge FOR EACH ROW WHEN (OLD.ended_on IS NOT NULL)
    EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER pledge_contract_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON pledge_contract
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- No more is contracted than was pledged, nothing after the pledge ended, and only with a funder of its class. The
-- pledge's lock makes two contracts take turns.
CREATE FUNCTION require_pledge_covers() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    promised pledge;
BEGIN
    SELECT * INTO promised FROM pledge WHERE id = NEW.pledge_id FOR NO KEY UPDATE;
    IF (SELECT sum(amount_minor) FROM pledge_contract WHERE pledge_id = NEW.pledge_id) > promised.amount_minor
       OR promised.ended_on IS NOT NULL
       OR promised.payer_class <> (SELECT payer_class FROM agreement WHERE id = NEW.agreement_id) THEN
        RAISE EXCEPTION 'agreement % cannot take % of pledge %', NEW.agreement_id, NEW.amount_minor, NEW.pledge_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER pledge_contract_covered AFTER INSERT ON pledge_contract
    FOR EACH ROW EXECUTE FUNCTION require_pledge_covers();
