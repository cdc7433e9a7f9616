DROP VIEW recovery_document;
DROP TABLE self_sufficiency, cost_recovery_measurement, cost, allocation_part, allocation, payment, claim_item, claim,
    credit_note, invoice_share, invoice, number_series, agreement_share, agreement, price, enrollment, training,
    enterprise, partner, programme;
DROP FUNCTION require_share_owed(), require_payment_covers(), require_whole_invoice(), require_next_number(),
    require_invoice_step(), refuse_rewrite();
DROP TYPE id_span, code_span;
