-- The application asks for steps and seals; it writes none of these tables.
DO $$
DECLARE
    application text := current_setting('scorebook.application_role');
BEGIN
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA ledger FROM %I', application);
    EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA ledger FROM %I', application);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO %I', application);
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
    EXECUTE format('GRANT EXECUTE ON FUNCTION ledger.soft_close_period, ledger.close_period, ledger.grant_posting, ledger.ask_reopening, '
                   'ledger.reopen_period, ledger.rebuild_checkpoints, ledger.seal, ledger.first_link, '
                   'ledger.block_hash TO %I', application);
END $$;
