-- What the ILO pays or gives directly is income on 4190 without an agreement: it settles no share of an invoice. The shares
-- of its agreements stay on their sub-accounts.
ALTER TABLE ledger.chart DROP CONSTRAINT chart_party_check;
ALTER TABLE ledger.chart ADD CONSTRAINT chart_party_check
    CHECK (party IN ('none', 'enterprise', 'agreement', 'agreement-or-none', 'payer', 'bank-account'));
UPDATE ledger.chart SET party = 'agreement-or-none' WHERE code = '4190';

-- As in 0004, with the party of 4190.
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
        WHEN 'agreement-or-none' THEN num_nonnulls(p_enterprise, p_bank_account) = 0
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
