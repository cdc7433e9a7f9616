DO $$
BEGIN
    EXECUTE format('GRANT EXECUTE ON FUNCTION ledger.record_rate TO %I', current_setting('scorebook.application_role'));
END $$;
