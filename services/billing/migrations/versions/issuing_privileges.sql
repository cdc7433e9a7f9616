-- The application role enters rules and documents but may not take any of them back.
DO $$
DECLARE
    application text := current_setting('scorebook.application_role');
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE ON price_instalment, frozen_document FROM %I', application);
    EXECUTE format('REVOKE DELETE ON tax_rule, discount, book_profile, enterprise_profile FROM %I', application);
    -- The tax of a draft is settled at issue; the triggers on the table refuse anything else.
    EXECUTE format('GRANT UPDATE (amount_minor, tax_minor) ON invoice_share TO %I', application);
END $$;
