-- Where each share stands: with receivable_movement (collecting_movements.sql) the one place that says which documents
-- count. Commands decide on this one.

-- `open_minor` is what the receivable holds: the share less what a funder disallowed, what was credited, written off and
-- paid. `paid_minor` counts what credit notes brought from other invoices and not what they gave back. Until a funder
-- has approved a claim, its share is owed but nothing may be paid on it: then `payable_minor` is 0. Of what is open and of
-- what is paid, `tax_...` is the tax in it.
-- Each sum is a lateral subquery, so that asking for one share reads that share's rows and no others.
CREATE VIEW share_position AS
SELECT s.id AS share_id, s.invoice_id, i.partner_id, i.enterprise_id, s.agreement_id, s.payer_class, s.amount_minor,
       c.claim_id, c.approved_minor, reduced.minor AS reduced_minor, note.credited AS credited_minor,
       given_up.minor AS written_off_minor, paid.minor AS paid_minor, paid.tax AS tax_paid_minor,
       left_over.minor AS open_minor, s.tax_minor - note.tax - given_up.tax - paid.tax AS tax_open_minor,
       CASE WHEN s.agreement_id IS NULL OR c.approved_minor IS NOT NULL THEN left_over.minor ELSE 0 END AS payable_minor,
       note.credited_net AS credited_net_minor, note.discount AS credited_discount_minor
FROM invoice_share s
JOIN invoice i ON i.id = s.invoice_id AND i.number IS NOT NULL AND i.state <> 'void'
LEFT JOIN claim_item c ON c.share_id = s.id AND c.is_live
CROSS JOIN LATERAL (SELECT coalesce(c.claimed_minor - c.approved_minor, 0) AS minor) AS reduced
CROSS JOIN LATERAL (
    SELECT coalesce(sum(p.amount_minor), 0)::bigint AS credited, coalesce(sum(p.tax_minor), 0)::bigint AS tax,
           coalesce(sum(p.released_minor), 0) AS released, coalesce(sum(p.released_tax_minor), 0) AS released_tax,
           coalesce(sum(p.amount_minor - p.tax_minor), 0)::bigint AS credited_net,
           coalesce(sum(p.discount_minor), 0)::bigint AS discount
    FROM credit_note_part p JOIN credit_note n ON n.id = p.credit_note_id
    WHERE p.share_id = s.id AND n.state = 'issued'
) AS note
CROSS JOIN LATERAL (
    SELECT coalesce(sum(p.amount_minor), 0)::bigint AS minor, coalesce(sum(p.tax_minor), 0)::bigint AS tax
    FROM write_off_part p
    WHERE p.share_id = s.id
      AND NOT EXISTS (SELECT FROM write_off_reversal r WHERE r.write_off_id = p.write_off_id)
) AS given_up
CROSS JOIN LATERAL (
    SELECT (coalesce(sum(got.minor), 0) - note.released)::bigint AS minor,
           (coalesce(sum(got.tax), 0) - note.released_tax)::bigint AS tax
    FROM (SELECT p.amount_minor AS minor, p.tax_minor AS tax FROM allocation_part p WHERE p.share_id = s.id
          UNION ALL SELECT p.amount_minor, p.tax_minor FROM credit_use_part p WHERE p.share_id = s.id) AS got
) AS paid
CROSS JOIN LATERAL (
    SELECT s.amount_minor - reduced.minor - note.credited - given_up.minor - paid.minor AS minor
) AS left_over;
