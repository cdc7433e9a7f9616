-- The application role writes these and takes none of them back. UPDATE of one column is the right to lock a row; the
-- triggers still refuse every update.
DO $$
DECLARE
    application text := current_setting('scorebook.application_role');
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE ON cost_bill, training_participant, cost_reversal, prepayment, '
                   'prepayment_reversal, cost_payment, cost_payment_part, cost_payment_reversal FROM %I', application);
    EXECUTE format('REVOKE DELETE ON rate_card, delivery FROM %I', application);
    EXECUTE format('GRANT UPDATE (id) ON cost, cost_payment, prepayment TO %I', application);
END $$;
