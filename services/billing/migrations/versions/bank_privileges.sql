-- The application role writes money in and may not take any of it back.
DO $$
DECLARE
    application text := current_setting('scorebook.application_role');
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE ON payment_refund, bank_profile, bank_statement FROM %I', application);
    EXECUTE format('REVOKE DELETE ON payment_reversal, bank_account, bank_import, bank_line, bank_match FROM %I',
                   application);
    EXECUTE format('GRANT UPDATE (payer_class, enterprise_id, agreement_id, identified_on, identified_late) ON payment '
                   'TO %I', application);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON bank_entry, receivable_movement FROM %I', application);
END $$;
