-- The application role writes documents but may not take any of them back.
DO $$
DECLARE
    application text := current_setting('scorebook.application_role');
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE ON agreement_share, invoice_share, credit_note, payment, allocation, '
                   'allocation_part, cost, cost_recovery_measurement, self_sufficiency FROM %I', application);
    -- A row is locked with SELECT ... FOR UPDATE, which asks for the right to update one column. The trigger
    -- payment_append_only still refuses every update.
    EXECUTE format('GRANT UPDATE (id) ON payment TO %I', application);
    EXECUTE format('REVOKE DELETE ON programme, partner, enterprise, training, enrollment, price, agreement, invoice, '
                   'claim, claim_item, number_series FROM %I', application);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON recovery_document FROM %I', application);
END $$;
