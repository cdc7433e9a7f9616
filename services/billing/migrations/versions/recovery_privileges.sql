-- The application role adds targets and takes none back.
DO $$
DECLARE
    application text := current_setting('scorebook.application_role');
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE ON recovery_target FROM %I', application);
END $$;
