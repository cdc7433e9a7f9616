-- Back to agreements over prices that are active or closed, and to claims that are submitted, approved or rejected.
-- Fails, and changes nothing, where something is recorded that those tables cannot hold (a draft, a claim over costs, a
-- fixed amount, a reduction): such a book does not go back.

DROP VIEW recovery_document, receivable_movement, receivable_document;
DROP TABLE pledge_contract, pledge, attendance_evidence, session_evidence, visit_evidence, claim_submission,
    claim_reduction, claim_step, agreement_step;
DROP FUNCTION require_pledge_covers(), keep_claim_step_phase();

DROP TRIGGER allocation_part_funding ON allocation_part;
DROP TRIGGER write_off_part_funding ON write_off_part;
DROP TRIGGER credit_use_part_funding ON credit_use_part;
DROP TRIGGER allocation_of_open_claim ON allocation;
DROP TRIGGER write_off_of_open_claim ON write_off;
DROP TRIGGER credit_use_of_open_claim ON credit_use;
DROP TRIGGER cost_reversal_unclaimed ON cost_reversal;
DROP FUNCTION require_funding_owed(), require_open_claim(), require_cost_unclaimed();
DROP VIEW cost_position;
ALTER TABLE allocation_part
    DROP CONSTRAINT allocation_part_key,
    DROP COLUMN cost_id,
    ADD PRIMARY KEY (allocation_id, share_id);
ALTER TABLE write_off_part
    DROP CONSTRAINT write_off_part_key,
    DROP COLUMN cost_id,
    ADD PRIMARY KEY (write_off_id, share_id);
ALTER TABLE credit_use_part
    DROP CONSTRAINT credit_use_part_key,
    DROP COLUMN cost_id,
    ADD PRIMARY KEY (credit_use_id, share_id);

DROP TRIGGER claim_item_covered ON claim_item;
DROP TRIGGER claim_item_fixed ON claim_item;
DROP FUNCTION require_cost_covered();
ALTER TABLE claim_item
    DROP CONSTRAINT claim_item_key,
    ADD CONSTRAINT only_shares CHECK (cost_id IS NULL AND item_set = 1 AND reduced_minor = 0);
ALTER TABLE claim_item
    DROP CONSTRAINT only_shares,
    DROP CONSTRAINT claim_item_within,
    DROP COLUMN cost_id,
    DROP COLUMN item_set,
    DROP COLUMN reduced_minor,
    ALTER COLUMN is_live SET DEFAULT true,
    ADD PRIMARY KEY (claim_id, share_id);

DROP TRIGGER claim_drafted ON claim;
DROP TRIGGER claim_submitted ON claim;
DROP TRIGGER claim_returned ON claim;
DROP TRIGGER claim_approved ON claim;
DROP TRIGGER claim_ended ON claim;
DROP TRIGGER claim_closed ON claim;
DROP TRIGGER claim_life ON claim;
DROP FUNCTION require_claim_step();
ALTER TABLE claim
    ADD CONSTRAINT never_reduced CHECK (reduced_minor = 0 AND item_set = 1);
ALTER TABLE claim
    DROP CONSTRAINT never_reduced,
    DROP CONSTRAINT claim_states,
    DROP CONSTRAINT claim_numbered,
    DROP CONSTRAINT claim_submission_numbered,
    DROP CONSTRAINT claim_asks,
    DROP CONSTRAINT claim_decision,
    DROP CONSTRAINT claim_grant,
    DROP CONSTRAINT claim_within,
    DROP CONSTRAINT claim_reduced,
    DROP CONSTRAINT claim_days,
    DROP CONSTRAINT claim_close,
    DROP COLUMN revision,
    DROP COLUMN item_set,
    DROP COLUMN reduced_minor,
    DROP COLUMN closed_on,
    ALTER COLUMN number SET NOT NULL,
    ALTER COLUMN fiscal_year SET NOT NULL,
    ALTER COLUMN serial SET NOT NULL,
    ALTER COLUMN submitted_on SET NOT NULL,
    ALTER COLUMN submitted_minor SET NOT NULL,
    ADD CHECK (state IN ('submitted', 'approved', 'rejected')),
    ADD CHECK (submitted_minor > 0),
    ADD CHECK ((state = 'submitted') = (decided_on IS NULL)),
    ADD CHECK ((state = 'approved') = (approved_minor IS NOT NULL)),
    ADD CHECK (approved_minor BETWEEN 1 AND submitted_minor),
    ADD CHECK (submitted_on <= decided_on);
CREATE TRIGGER claim_submitted BEFORE UPDATE ON claim FOR EACH ROW WHEN (OLD.state = 'submitted')
    EXECUTE FUNCTION refuse_rewrite('state', 'decided_on', 'approved_minor', 'decision_reason');
CREATE TRIGGER claim_decided BEFORE UPDATE ON claim FOR EACH ROW WHEN (OLD.state <> 'submitted')
    EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER claim_item_fixed BEFORE UPDATE ON claim_item FOR EACH ROW
    EXECUTE FUNCTION refuse_rewrite('approved_minor', 'is_live');

DROP TRIGGER agreement_drafted ON agreement;
DROP TRIGGER agreement_fixed ON agreement;
DROP TRIGGER agreement_closed ON agreement;
DROP TRIGGER agreement_life ON agreement;
DROP TRIGGER agreement_amended ON agreement;
DROP FUNCTION require_agreement_step(), require_amendment();
ALTER TABLE agreement_share
    DROP CONSTRAINT agreement_share_or_amount,
    DROP COLUMN fixed_minor,
    ALTER COLUMN share_bp SET NOT NULL;
ALTER TABLE agreement ADD CONSTRAINT only_over_prices CHECK (funds = 'price' AND activated_on IS NOT NULL);
ALTER TABLE agreement
    DROP CONSTRAINT only_over_prices,
    DROP CONSTRAINT agreement_states,
    DROP CONSTRAINT agreement_activated,
    DROP CONSTRAINT agreement_over_costs,
    DROP CONSTRAINT agreement_pays_once_active,
    DROP COLUMN funds,
    DROP COLUMN cost_kinds,
    DROP COLUMN requires_evidence,
    DROP COLUMN document_reference,
    DROP COLUMN reporting_dates,
    DROP COLUMN activated_on,
    ADD CONSTRAINT agreement_state_check CHECK (state IN ('active', 'closed'));
CREATE TRIGGER agreement_fixed BEFORE UPDATE ON agreement FOR EACH ROW WHEN (OLD.state = 'active')
    EXECUTE FUNCTION refuse_rewrite('state', 'closed_on', 'close_reason', 'committed_minor');
CREATE TRIGGER agreement_closed BEFORE UPDATE ON agreement FOR EACH ROW WHEN (OLD.state = 'closed')
    EXECUTE FUNCTION refuse_rewrite('committed_minor');

DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace AND t.tgenabled <> 'A'
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', one.relname, one.tgname);
    END LOOP;
END $$;
