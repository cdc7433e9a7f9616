-- The application role adds to what is append-only, and takes nothing back.
DO $$
DECLARE
    application text := current_setting('scorebook.application_role');
    one record;
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE ON agreement_step, claim_step, claim_reduction, claim_submission, '
                   'session_evidence, attendance_evidence, visit_evidence, pledge_contract FROM %I', application);
    EXECUTE format('REVOKE DELETE ON pledge FROM %I', application);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON cost_position FROM %I', application);
    FOR one IN
        SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace AND t.tgenabled <> 'A'
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', one.relname, one.tgname);
    END LOOP;
END $$;
