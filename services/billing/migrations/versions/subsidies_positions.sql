-- Where a cost stands that a funder is asked for, as share_position says it of a share: what is open of what was granted.
CREATE VIEW cost_position AS
SELECT c.claim_id, c.cost_id, k.partner_id, k.agreement_id, c.claimed_minor, c.approved_minor, paid.minor AS paid_minor,
       given_up.minor AS written_off_minor, coalesce(c.approved_minor, 0) - paid.minor - given_up.minor AS open_minor
FROM claim_item c
JOIN claim k ON k.id = c.claim_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(got.minor), 0)::bigint AS minor
    FROM (SELECT p.amount_minor AS minor FROM allocation_part p JOIN allocation a ON a.id = p.allocation_id
          WHERE p.cost_id = c.cost_id AND a.claim_id = c.claim_id
          UNION ALL
          SELECT p.amount_minor FROM credit_use_part p JOIN credit_use u ON u.id = p.credit_use_id
          WHERE p.cost_id = c.cost_id AND u.claim_id = c.claim_id) AS got
) AS paid
CROSS JOIN LATERAL (
    SELECT coalesce(sum(p.amount_minor), 0)::bigint AS minor
    FROM write_off_part p JOIN write_off w ON w.id = p.write_off_id
    WHERE p.cost_id = c.cost_id AND w.claim_id = c.claim_id
      AND NOT EXISTS (SELECT FROM write_off_reversal r WHERE r.write_off_id = w.id)
) AS given_up
WHERE c.is_live AND c.cost_id IS NOT NULL;

-- As in 0007 and 0008, with reductions of claims on their own day, and with claims over costs: those have no share and no invoice
-- but `claim_id`.
CREATE OR REPLACE VIEW receivable_document AS
WITH share AS (
    SELECT s.id AS share_id, s.invoice_id, i.programme, i.partner_id, i.currency, s.agreement_id, s.amount_minor,
           CASE WHEN s.agreement_id IS NULL THEN i.enterprise_id END AS enterprise_id
    FROM invoice_share s JOIN invoice i ON i.id = s.invoice_id AND i.number IS NOT NULL
), on_share AS (
    SELECT s.share_id, true AS on_receivable, false AS on_credit, 'invoice' AS document, i.id AS document_id,
           i.number AS document_number, NULL AS reference, i.issued_on AS on_day, s.amount_minor
    FROM share s JOIN invoice i ON i.id = s.invoice_id
    UNION ALL
    SELECT s.share_id, true, false, 'void-invoice', i.id, i.number, i.end_reason, i.voided_on, -s.amount_minor
    FROM share s JOIN invoice i ON i.id = s.invoice_id WHERE i.voided_on IS NOT NULL
    UNION ALL
    SELECT t.share_id, true, false, 'claim', c.id, c.number, c.decision_reason, c.decided_on,
           t.approved_minor + t.reduced_minor - t.claimed_minor
    FROM claim_item t JOIN claim c ON c.id = t.claim_id WHERE t.share_id IS NOT NULL AND t.approved_minor IS NOT NULL
    UNION ALL
    SELECT r.share_id, true, false, 'claim', c.id, c.number, k.reason, k.on_day, -r.amount_minor
    FROM claim_reduction r JOIN claim_step k ON k.claim_id = r.claim_id AND k.serial = r.serial
    JOIN claim c ON c.id = r.claim_id WHERE r.share_id IS NOT NULL
    UNION ALL
    SELECT p.share_id, true, true, 'allocation', a.id, NULL, NULL, a.allocated_on, -p.amount_minor
    FROM allocation_part p JOIN allocation a ON a.id = p.allocation_id
    UNION ALL
    SELECT p.share_id, true, false, 'credit-note', n.id, n.number, n.reason, d.on_day, -d.sign * p.amount_minor
    FROM credit_note_part p JOIN credit_note n ON n.id = p.credit_note_id
    CROSS JOIN LATERAL (SELECT n.issued_on, 1 UNION ALL SELECT n.ended_on, -1) AS d (on_day, sign)
    WHERE n.state IN ('issued', 'void') AND d.on_day IS NOT NULL
    UNION ALL
    SELECT p.share_id, true, true, 'credit-note', n.id, n.number, n.reason, d.on_day, d.sign * p.released_minor
    FROM credit_note_part p JOIN credit_note n ON n.id = p.credit_note_id
    CROSS JOIN LATERAL (SELECT n.issued_on, 1 UNION ALL SELECT n.ended_on, -1) AS d (on_day, sign)
    WHERE n.state IN ('issued', 'void') AND d.on_day IS NOT NULL AND p.released_minor > 0
    UNION ALL
    SELECT p.share_id, true, true, 'offset', u.id, n.number, NULL, u.used_on, -p.amount_minor
    FROM credit_use_part p JOIN credit_use u ON u.id = p.credit_use_id JOIN credit_note n ON n.id = u.credit_note_id
    UNION ALL
    SELECT p.share_id, true, false, 'write-off', w.id, NULL, w.reason, w.written_on, -p.amount_minor
    FROM write_off_part p JOIN write_off w ON w.id = p.write_off_id
    UNION ALL
    SELECT p.share_id, true, false, 'write-off', w.id, NULL, r.reason, r.reversed_on, p.amount_minor
    FROM write_off_part p JOIN write_off w ON w.id = p.write_off_id JOIN write_off_reversal r ON r.write_off_id = w.id
), on_cost AS (
    SELECT c.id AS claim_id, false AS on_credit, 'claim' AS document, c.id AS document_id, c.number AS document_number,
           NULL AS reference, c.decided_on AS on_day, t.approved_minor + t.reduced_minor AS amount_minor
    FROM claim_item t JOIN claim c ON c.id = t.claim_id WHERE t.cost_id IS NOT NULL AND t.approved_minor IS NOT NULL
    UNION ALL
    SELECT c.id, false, 'claim', c.id, c.number, k.reason, k.on_day, -r.amount_minor
    FROM claim_reduction r JOIN claim_step k ON k.claim_id = r.claim_id AND k.serial = r.serial
    JOIN claim c ON c.id = r.claim_id WHERE r.cost_id IS NOT NULL
    UNION ALL
    SELECT a.claim_id, true, 'allocation', a.id, NULL, NULL, a.allocated_on, -p.amount_minor
    FROM allocation_part p JOIN allocation a ON a.id = p.allocation_id WHERE p.cost_id IS NOT NULL
    UNION ALL
    SELECT u.claim_id, true, 'offset', u.id, n.number, NULL, u.used_on, -p.amount_minor
    FROM credit_use_part p JOIN credit_use u ON u.id = p.credit_use_id JOIN credit_note n ON n.id = u.credit_note_id
    WHERE p.cost_id IS NOT NULL
    UNION ALL
    SELECT w.claim_id, false, 'write-off', w.id, NULL, w.reason, w.written_on, -p.amount_minor
    FROM write_off_part p JOIN write_off w ON w.id = p.write_off_id WHERE p.cost_id IS NOT NULL
    UNION ALL
    SELECT w.claim_id, false, 'write-off', w.id, NULL, r.reason, r.reversed_on, p.amount_minor
    FROM write_off_part p JOIN write_off w ON w.id = p.write_off_id JOIN write_off_reversal r ON r.write_off_id = w.id
    WHERE p.cost_id IS NOT NULL
)
SELECT s.programme, s.partner_id, s.enterprise_id, s.agreement_id, s.currency, side.name AS side, s.share_id,
       s.invoice_id, m.document, m.document_id, m.document_number, m.reference, m.on_day,
       CASE side.name WHEN 'receivable' THEN m.amount_minor ELSE -m.amount_minor END AS amount_minor,
       NULL::uuid AS claim_id
FROM on_share m JOIN share s USING (share_id)
JOIN (VALUES ('receivable'), ('credit')) AS side (name)
     ON CASE side.name WHEN 'receivable' THEN m.on_receivable ELSE m.on_credit END
WHERE m.amount_minor <> 0
UNION ALL
SELECT k.programme, k.partner_id, NULL, k.agreement_id, g.currency, side.name, NULL, NULL, m.document, m.document_id,
       m.document_number, m.reference, m.on_day,
       CASE side.name WHEN 'receivable' THEN m.amount_minor ELSE -m.amount_minor END, m.claim_id
FROM on_cost m JOIN claim k ON k.id = m.claim_id JOIN agreement g ON g.id = k.agreement_id
JOIN (VALUES ('receivable'), ('credit')) AS side (name) ON side.name = 'receivable' OR m.on_credit
WHERE m.amount_minor <> 0
UNION ALL
SELECT p.programme, p.partner_id, p.enterprise_id, p.agreement_id, p.currency, 'credit', NULL, NULL,
       'payment', p.id, NULL, p.reference, p.received_on, -p.amount_minor, NULL
FROM payment p
UNION ALL
SELECT n.programme, n.partner_id, CASE WHEN u.agreement_id IS NULL THEN i.enterprise_id END, u.agreement_id,
       i.currency, 'credit', NULL, NULL, 'refund', u.id, n.number, u.reference, u.used_on, u.amount_minor, NULL
FROM credit_use u JOIN credit_note n ON n.id = u.credit_note_id JOIN invoice i ON i.id = n.invoice_id
WHERE u.kind = 'refund';

CREATE OR REPLACE VIEW receivable_movement AS
SELECT programme, partner_id, enterprise_id, agreement_id, currency, side, share_id, invoice_id, document, document_id,
       document_number, reference, on_day, amount_minor, claim_id
FROM receivable_document WHERE document <> 'payment'
UNION ALL
SELECT p.programme, p.partner_id, p.enterprise_id, p.agreement_id, p.currency, 'credit', NULL::uuid, NULL::uuid,
       m.document, m.document_id, NULL, m.reference, m.on_day, m.amount_minor, NULL::uuid
FROM payment p
CROSS JOIN LATERAL (
    SELECT 'payment' AS document, p.id AS document_id, p.reference, p.identified_on AS on_day, -p.amount_minor AS amount_minor
    UNION ALL
    SELECT 'payment-reversal', r.id, r.reason, d.on_day, d.sign * p.amount_minor
    FROM payment_reversal r
    CROSS JOIN LATERAL (SELECT r.reversed_on, 1 UNION ALL SELECT r.undone_on, -1) AS d (on_day, sign)
    WHERE r.payment_id = p.id AND d.on_day IS NOT NULL
    UNION ALL
    SELECT 'payment-refund', f.id, f.reason, f.refunded_on, f.amount_minor
    FROM payment_refund f WHERE f.payment_id = p.id
) AS m
WHERE p.payer_class IS NOT NULL;

-- No cost is paid or written off beyond what its claim's funder granted. Arguments: the table and the column of the
-- document that a part belongs to.
CREATE FUNCTION require_funding_owed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    of_claim uuid;
    standing cost_position;
BEGIN
    EXECUTE format('SELECT claim_id FROM %I WHERE id = $1', TG_ARGV[0]) INTO of_claim
    USING (to_jsonb(NEW) ->> TG_ARGV[1])::uuid;
    SELECT * INTO standing FROM cost_position WHERE claim_id = of_claim AND cost_id = NEW.cost_id;
    IF NOT FOUND OR standing.open_minor < 0 OR standing.paid_minor < 0 THEN
        RAISE EXCEPTION 'cost % of claim % is granted %, it would be paid % and have % open', NEW.cost_id, of_claim,
            standing.approved_minor, standing.paid_minor, standing.open_minor USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER allocation_part_funding AFTER INSERT ON allocation_part FOR EACH ROW WHEN (NEW.cost_id IS NOT NULL)
    EXECUTE FUNCTION require_funding_owed('allocation', 'allocation_id');
CREATE TRIGGER write_off_part_funding AFTER INSERT ON write_off_part FOR EACH ROW WHEN (NEW.cost_id IS NOT NULL)
    EXECUTE FUNCTION require_funding_owed('write_off', 'write_off_id');
CREATE TRIGGER credit_use_part_funding AFTER INSERT ON credit_use_part FOR EACH ROW WHEN (NEW.cost_id IS NOT NULL)
    EXECUTE FUNCTION require_funding_owed('credit_use', 'credit_use_id');
