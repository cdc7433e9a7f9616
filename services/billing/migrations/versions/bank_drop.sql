-- Back to payments that have a payer and stay. What only the bank part can hold is never thrown away: then it is refused.
DO $$
BEGIN
    IF EXISTS (SELECT FROM payment WHERE payer_class IS NULL OR bank_line_id IS NOT NULL)
       OR EXISTS (SELECT FROM allocation WHERE reverses_id IS NOT NULL)
       OR EXISTS (SELECT FROM payment_refund) OR EXISTS (SELECT FROM payment_reversal)
       OR EXISTS (SELECT FROM bank_account) THEN
        RAISE EXCEPTION 'bank accounts, refunds, undone allocations or payments without a payer would be lost'
            USING ERRCODE = 'restrict_violation';
    END IF;
END $$;

DROP FUNCTION bank_unreconciled(uuid, date), bank_outstanding(date);
DROP VIEW bank_entry, receivable_movement;
ALTER VIEW receivable_document RENAME TO receivable_movement;
DROP TRIGGER payment_kept ON payment;
DROP TRIGGER payment_unidentified ON payment;
DROP TRIGGER payment_fixed ON payment;
DROP TRIGGER allocation_opposite ON allocation;
ALTER TABLE payment
    DROP CONSTRAINT payment_payer, DROP CONSTRAINT payment_identified, DROP CONSTRAINT payment_by_bank,
    DROP COLUMN bank_account_id, DROP COLUMN bank_line_id, DROP COLUMN identified_on, DROP COLUMN identified_late,
    ALTER COLUMN payer_class SET NOT NULL,
    ADD CONSTRAINT payment_check CHECK ((payer_class = 'F') = (enterprise_id IS NOT NULL)),
    ADD CONSTRAINT payment_check1 CHECK ((payer_class = 'F') = (agreement_id IS NULL));
DROP TABLE payment_reversal, payment_refund, bank_match, bank_line, bank_statement, bank_import,
    bank_profile, bank_account;
ALTER TABLE allocation
    DROP CONSTRAINT allocation_sign, DROP CONSTRAINT allocation_reason, DROP COLUMN reverses_id, DROP COLUMN reason,
    ADD CONSTRAINT allocation_amount_minor_check CHECK (amount_minor > 0);
ALTER TABLE allocation_part
    DROP CONSTRAINT allocation_part_amount,
    ADD CONSTRAINT allocation_part_amount_minor_check CHECK (amount_minor > 0);

-- As in documents_guards.sql.
CREATE OR REPLACE FUNCTION require_payment_covers() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT p.id, p.amount_minor FROM payment p WHERE p.id = ANY (ARRAY(SELECT payment_id FROM added)) ORDER BY p.id
        FOR NO KEY UPDATE
    LOOP
        IF (SELECT sum(amount_minor) FROM allocation WHERE payment_id = one.id) > one.amount_minor THEN
            RAISE EXCEPTION 'more is allocated from payment % than it brought', one.id USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
DROP FUNCTION require_payment_left(uuid[]), require_opposite(), require_own_statement(), require_whole_statement(),
    require_next_statement(), require_line_step();
CREATE TRIGGER payment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE payment ENABLE ALWAYS TRIGGER payment_append_only;
