DROP VIEW recovery_document;
DROP TABLE recovery_target;
DROP FUNCTION require_next_target_version();
ALTER TABLE cost_recovery_measurement
    DROP COLUMN window_kind, DROP COLUMN window_text, DROP COLUMN since, DROP COLUMN until, DROP COLUMN scope,
    DROP COLUMN first_modules, DROP COLUMN last_entry_id, DROP COLUMN snapshot;
DROP TRIGGER invoice_with_phase ON invoice;
DROP TRIGGER invoice_with_phase_of_issue ON invoice;
DROP TRIGGER credit_note_with_phase ON credit_note;
DROP TRIGGER claim_with_phase ON claim;
DROP TRIGGER allocation_with_phase ON allocation;
DROP TRIGGER cost_with_phase ON cost;
DROP TRIGGER write_off_with_phase ON write_off;
DROP TRIGGER credit_use_with_phase ON credit_use;
DROP FUNCTION keep_write_off_phase(), keep_credit_use_phase(), keep_invoice_phase(), keep_credit_note_phase(), keep_claim_phase(), keep_allocation_phase(),
    keep_cost_phase(), phase_of(text, date);
ALTER TABLE invoice DROP COLUMN contracted_phase, DROP COLUMN issued_phase;
ALTER TABLE credit_note DROP COLUMN phase;
ALTER TABLE claim DROP COLUMN decided_phase;
ALTER TABLE allocation DROP COLUMN phase;
ALTER TABLE cost DROP COLUMN phase;
ALTER TABLE write_off DROP COLUMN phase;
ALTER TABLE credit_use DROP COLUMN phase;
