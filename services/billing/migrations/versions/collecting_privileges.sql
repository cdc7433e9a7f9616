-- The application role writes these and takes none of them back. A draft note is filled in; the triggers say how far.
DO $$
DECLARE
    application text := current_setting('scorebook.application_role');
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE ON credit_use, credit_use_part, tolerance, write_off, write_off_part, '
                   'write_off_reversal, invoice_reopening, reminder_schedule, reminder_run, reminder, reminder_item, reminder_skip, '
                   'reminder_pause, allowance FROM %I', application);
    -- A row is locked with SELECT ... FOR UPDATE, which asks for the right to update one column.
    EXECUTE format('GRANT UPDATE (id) ON write_off TO %I', application);
    EXECUTE format('GRANT UPDATE ON credit_note TO %I', application);
    EXECUTE format('REVOKE DELETE ON credit_note_part FROM %I', application);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON share_position, receivable_movement FROM %I', application);
END $$;
