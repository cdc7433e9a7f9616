-- A view that was dropped and made again is open to the application role like every new table; it only reads it.
DO $$
BEGIN
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON recovery_document FROM %I',
                   current_setting('scorebook.application_role'));
END $$;
