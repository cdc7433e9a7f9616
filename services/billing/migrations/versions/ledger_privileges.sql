-- Three roles: a migration role that changes the schema, the owner nobody logs in as, and the application role. The
-- application role reads, and posts through the functions. It may not even INSERT into entry or posting, which is
-- stricter than usual: a balanced entry written by hand could still skip the period lock, the guarded accounts or the
-- idempotency key.
DO $$
DECLARE
    application text := current_setting('scorebook.application_role');
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA ledger TO %I', application);
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA ledger FROM %I', application);
    EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA ledger FROM %I', application);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO %I', application);
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
    EXECUTE format('GRANT EXECUTE ON FUNCTION ledger.open_book, ledger.post_entry, ledger.reverse_entry, '
                   'ledger.close_period, ledger.balances, ledger.balance TO %I', application);
END $$;
