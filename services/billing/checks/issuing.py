"""Invoices against what they are made of: tax, discount, instalments, and what was frozen."""

from typing import Final

from shared.database.checks import sql_check

ISSUING_CHECKS: Final = (
    sql_check(
        "taxes-payable",
        "the tax that invoices put on 2210 is that of those issued less those credited or void",
        """
        WITH posted AS (
            SELECT a.book_id, -sum(p.base_minor) AS minor
            FROM ledger.posting p JOIN ledger.account a ON a.id = p.account_id JOIN ledger.entry e ON e.id = p.entry_id
            WHERE a.code = '2210' AND e.kind IN ('invoice', 'credit-note') GROUP BY a.book_id
        ), issued AS (
            SELECT i.partner_id, sum(i.tax_minor - coalesce(n.tax, 0)) AS minor
            FROM invoice i LEFT JOIN (
                SELECT c.invoice_id, sum(p.tax_minor) AS tax
                FROM credit_note c JOIN credit_note_part p ON p.credit_note_id = c.id
                WHERE c.state = 'issued' GROUP BY c.invoice_id) AS n ON n.invoice_id = i.id
            WHERE i.state IN ('issued', 'credited') GROUP BY i.partner_id
        )
        SELECT 'account/2210/' || coalesce(p.book_id, i.partner_id),
               format('ledger has %s, documents say %s', coalesce(p.minor, 0), coalesce(i.minor, 0))
        FROM posted p FULL JOIN issued i ON i.partner_id = p.book_id
        WHERE coalesce(p.minor, 0) <> coalesce(i.minor, 0)
        """,
    ),
    sql_check(
        "taxes-paid",
        "of what is paid on a share, the tax is its part, all of it once the share is paid",
        """
        SELECT 'share/' || share_id, format('paid %s with tax %s, open %s with tax %s', paid_minor, tax_paid_minor,
                                            open_minor, tax_open_minor)
        FROM share_position
        WHERE tax_paid_minor NOT BETWEEN 0 AND paid_minor OR tax_open_minor NOT BETWEEN 0 AND open_minor
        """,
    ),
    sql_check(
        "discounts-shown",
        "what was given up of earned fees stands on 4090, and with it the fees on 4010 and 4011 are those before it",
        """
        WITH posted AS (
            SELECT a.book_id, sum(p.base_minor) FILTER (WHERE a.code = '4090') AS off,
                   -sum(p.base_minor) FILTER (WHERE a.code <> '4090') AS fees
            FROM ledger.posting p JOIN ledger.account a ON a.id = p.account_id JOIN ledger.entry e ON e.id = p.entry_id
            WHERE a.code IN ('4010', '4011', '4090') AND e.kind = 'income' GROUP BY a.book_id
        ), earned AS (
            SELECT i.partner_id, sum(i.discount_minor - p.credited_discount_minor) AS off,
                   sum(i.discount_minor - p.credited_discount_minor + s.amount_minor - s.tax_minor
                       - p.credited_net_minor) AS fees
            FROM invoice i JOIN invoice_share s ON s.invoice_id = i.id AND s.payer_class = 'F'
            JOIN share_position p ON p.share_id = s.id
            WHERE i.state IN ('issued', 'credited') AND i.earned_on IS NOT NULL GROUP BY i.partner_id
        )
        SELECT 'account/4090/' || coalesce(p.book_id, d.partner_id),
               format('ledger has %s off fees of %s, documents say %s off %s', coalesce(p.off, 0), coalesce(p.fees, 0),
                      coalesce(d.off, 0), coalesce(d.fees, 0))
        FROM posted p FULL JOIN earned d ON d.partner_id = p.book_id
        WHERE coalesce(p.off, 0) <> coalesce(d.off, 0) OR coalesce(p.fees, 0) <> coalesce(d.fees, 0)
        """,
    ),
    sql_check(
        "instalments",
        "the instalments of a price make it whole, and so do the invoices drafted from it",
        """
        SELECT 'price/' || price_id, format('instalments make %s hundredths of a per cent', sum(share_bp))
        FROM price_instalment GROUP BY price_id HAVING sum(share_bp) <> 10000 OR max(number) <> count(*)
        UNION ALL
        SELECT 'enrollment/' || d.enrollment_id, format('price %s is %s, its parts make %s', p.id, p.price_minor,
                                                        sum(d.part))
        FROM (SELECT DISTINCT ON (enrollment_id, price_id, instalment) enrollment_id, price_id, instalments,
                     coalesce(price_minor, total_minor) AS part
              FROM invoice ORDER BY enrollment_id, price_id, instalment, id DESC) AS d
        JOIN price p ON p.id = d.price_id
        GROUP BY d.enrollment_id, p.id
        HAVING count(*) = max(d.instalments) AND sum(d.part) <> p.price_minor
        """,
    ),
    sql_check(
        "frozen-documents",
        "every issued invoice is what its frozen document says, and the document is what its hash says",
        """
        SELECT 'invoice/' || i.id, format('document %s, hash %s', coalesce(d.sha256, 'missing'), i.document_sha256)
        FROM invoice i LEFT JOIN frozen_document d ON d.id = i.id
        WHERE i.document_sha256 IS NOT NULL
          AND (d.sha256 IS DISTINCT FROM i.document_sha256
               OR d.sha256 <> encode(sha256(convert_to(d.body, 'UTF8')), 'hex'))
        UNION ALL
        SELECT 'invoice/' || i.id, format('number %s, total %s, enterprise owes %s; document %s, %s, %s', i.number,
                                          i.total_minor, s.amount_minor, said.number, said.gross, said.payable)
        FROM invoice i JOIN invoice_share s ON s.invoice_id = i.id AND s.payer_class = 'F'
        JOIN frozen_document d ON d.id = i.id JOIN ledger.currency c ON c.code = i.currency
        CROSS JOIN LATERAL (
            SELECT d.body::jsonb ->> 'number' AS number,
                   (d.body::jsonb #>> '{totals,gross,amount}')::numeric * power(10::numeric, c.digits) AS gross,
                   (d.body::jsonb #>> '{totals,payable,amount}')::numeric * power(10::numeric, c.digits) AS payable) AS said
        WHERE (said.number, said.gross, said.payable)
              IS DISTINCT FROM (i.number, i.total_minor::numeric, s.amount_minor::numeric)
        UNION ALL
        SELECT 'document/' || d.id, 'freezes no invoice' FROM frozen_document d
        WHERE d.kind = 'invoice' AND NOT EXISTS (
            SELECT FROM invoice i WHERE i.id = d.id AND i.document_sha256 = d.sha256)
        """,
    ),
)
