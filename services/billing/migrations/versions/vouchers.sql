-- What stands behind an entry that no other document makes: who wrote it and why. The lines are in the ledger.
CREATE TABLE voucher (
    id             uuid PRIMARY KEY,
    programme      text NOT NULL REFERENCES programme,
    partner_id     uuid NOT NULL REFERENCES partner,
    kind           text NOT NULL CHECK (kind IN ('journal', 'opening', 'closing')),
    effective_on   date NOT NULL,
    fiscal_year    integer, -- the year that a closing closes
    reason         text NOT NULL,
    written_by     text NOT NULL,
    reversed_on    date,
    reverse_reason text,
    CHECK ((kind = 'closing') = (fiscal_year IS NOT NULL)),
    CHECK ((reversed_on IS NULL) = (reverse_reason IS NULL)),
    CHECK (effective_on <= reversed_on)
);
CREATE INDEX voucher_partner ON voucher (partner_id, effective_on);
-- A year is closed once; a closing that was reversed makes room for another.
CREATE UNIQUE INDEX voucher_closing ON voucher (partner_id, fiscal_year) WHERE kind = 'closing' AND reversed_on IS NULL;

CREATE TRIGGER voucher_kept BEFORE DELETE OR TRUNCATE ON voucher FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER voucher_fixed BEFORE UPDATE ON voucher FOR EACH ROW WHEN (OLD.reversed_on IS NULL)
    EXECUTE FUNCTION refuse_rewrite('reversed_on', 'reverse_reason');
CREATE TRIGGER voucher_reversed BEFORE UPDATE ON voucher FOR EACH ROW WHEN (OLD.reversed_on IS NOT NULL)
    EXECUTE FUNCTION refuse_rewrite();
ALTER TABLE voucher ENABLE ALWAYS TRIGGER voucher_kept;
ALTER TABLE voucher ENABLE ALWAYS TRIGGER voucher_fixed;
ALTER TABLE voucher ENABLE ALWAYS TRIGGER voucher_reversed;

DO $$
BEGIN
    EXECUTE format('REVOKE DELETE ON voucher FROM %I', current_setting('scorebook.application_role'));
END $$;
