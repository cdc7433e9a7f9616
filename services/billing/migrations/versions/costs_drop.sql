-- What was paid, prepaid, reversed or given by the ILO has entries that nothing would explain any more, so it is refused
-- while there is any. Costs by card stay, without card and event: two of one event would not fit the key of before.
DO $$
BEGIN
    IF EXISTS (SELECT FROM cost_payment) OR EXISTS (SELECT FROM prepayment) OR EXISTS (SELECT FROM cost_reversal)
       OR EXISTS (SELECT FROM cost WHERE by_ilo) THEN
        RAISE EXCEPTION 'payments, prepayments, reversals of costs or the ILO''s contributions would be lost'
            USING ERRCODE = 'restrict_violation';
    END IF;
END $$;

-- The views of before are made again by the migration.
DROP VIEW recovery_document;

UPDATE ledger.chart SET party = 'agreement' WHERE code = '4190';
ALTER TABLE ledger.chart DROP CONSTRAINT chart_party_check;
ALTER TABLE ledger.chart ADD CONSTRAINT chart_party_check
    CHECK (party IN ('none', 'enterprise', 'agreement', 'payer', 'bank-account'));
CREATE OR REPLACE FUNCTION ledger.open_account(
    p_book uuid, p_code text, p_currency text, p_enterprise uuid, p_agreement uuid, p_bank_account uuid
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
    found_id bigint;
    owner book;
    model chart;
    fits boolean;
BEGIN
    SELECT * INTO owner FROM book WHERE id = p_book;
    SELECT * INTO model FROM chart WHERE code = p_code;
    fits := p_currency IS NOT NULL AND CASE model.party
        WHEN 'none' THEN num_nonnulls(p_enterprise, p_agreement, p_bank_account) = 0
        WHEN 'enterprise' THEN p_enterprise IS NOT NULL AND num_nonnulls(p_agreement, p_bank_account) = 0
        WHEN 'agreement' THEN p_agreement IS NOT NULL AND num_nonnulls(p_enterprise, p_bank_account) = 0
        WHEN 'payer' THEN p_bank_account IS NULL AND num_nonnulls(p_enterprise, p_agreement) = 1
        WHEN 'bank-account' THEN num_nonnulls(p_enterprise, p_agreement) = 0
    END;
    IF owner.id IS NULL OR fits IS NOT TRUE THEN
        RAISE EXCEPTION 'book % has no account % in % for enterprise %, agreement % and bank account %',
            p_book, p_code, p_currency, p_enterprise, p_agreement, p_bank_account USING ERRCODE = 'LG010';
    END IF;
    INSERT INTO account (programme, book_id, code, currency, enterprise_id, agreement_id, bank_account_id,
                         may_be_negative)
    VALUES (owner.programme, p_book, p_code, p_currency, p_enterprise, p_agreement, p_bank_account,
            model.may_be_negative)
    ON CONFLICT DO NOTHING RETURNING id INTO found_id;
    IF found_id IS NULL THEN -- it is there, perhaps since another transaction's commit a moment ago
        SELECT id INTO found_id FROM account
        WHERE book_id = p_book AND code = p_code AND currency = p_currency
          AND party_id = coalesce(p_enterprise, p_agreement, p_bank_account, '00000000-0000-0000-0000-000000000000');
    END IF;
    RETURN found_id;
END $$;

DROP TABLE cost_payment_reversal, cost_payment_part, cost_payment, prepayment_reversal, prepayment, cost_reversal,
    delivery, training_participant;
DROP TRIGGER cost_corrects_reversed ON cost;
DROP FUNCTION require_cost_owed(), require_cost_unpaid(), require_prepayment_unused(), require_corrected_reversed();
DROP INDEX cost_once_per_event, cost_supplier, cost_of_bill;
ALTER TABLE cost DISABLE TRIGGER cost_append_only;
UPDATE cost SET source_event_id = NULL, card_id = NULL, item = NULL, quantity = NULL WHERE card_id IS NOT NULL;
ALTER TABLE cost ENABLE ALWAYS TRIGGER cost_append_only;
ALTER TABLE cost
    DROP COLUMN by_ilo, DROP COLUMN supplier, DROP COLUMN document_reference, DROP COLUMN document_on,
    DROP COLUMN attachments, DROP COLUMN given_by, DROP COLUMN valuation, DROP COLUMN duplicate_reason,
    DROP COLUMN bill_id, DROP COLUMN corrects, DROP COLUMN card_id, DROP COLUMN item, DROP COLUMN quantity,
    ADD CONSTRAINT cost_source_event_id_key UNIQUE (source_event_id);
DROP TABLE cost_bill, rate_card;
ALTER TABLE training DROP COLUMN lead_trainer_id;

DO $$
BEGIN
    EXECUTE format('REVOKE UPDATE (id) ON cost FROM %I', current_setting('scorebook.application_role'));
END $$;
