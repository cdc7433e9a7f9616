"""What third parties promised, and what was asked of them."""

from typing import Final

from services.billing.exports.documents import documents

FUNDED: Final = (
    documents(
        "agreements",
        "Subsidy agreements",
        """
        agreement_id text: id of the agreement
        code text: its code
        payer_class text: P partner's own funds, G government, B lead buyer, D donor, I ILO
        payer text: who pays
        state text: state of the agreement
        valid_from day: first day
        valid_to day: last day; none: open
        ceiling money: most it pays in all, other books of the programme included
        committed money: taken of that by live invoices, other books included
        currency text: currency of the amounts
        """,
        """
        SELECT g.id AS agreement_id, g.code, g.payer_class, g.payer_name AS payer, g.state, g.valid_from, g.valid_to,
               g.ceiling_minor AS ceiling, g.committed_minor AS committed, g.currency
        FROM agreement g JOIN partner o ON o.id = :book
        WHERE g.partner_id = :book OR (g.partner_id IS NULL AND g.programme = o.programme)
        ORDER BY g.code
        """,
    ),
    documents(
        "claims",
        "Claims to funders",
        """
        claim_id text: id, as in the column source_id of the journal
        number text: number of the claim
        agreement_id text: whom it asks
        agreement text: code of that agreement
        state text: where the claim stands
        submitted_on day: day it was submitted
        decided_on day: day the funder decided
        submitted money total: amount asked for
        approved money total: amount approved
        paid money total: amount set against it
        currency text: currency of the amounts
        decision_reason text: why it was reduced or rejected
        """,
        """
        SELECT k.id AS claim_id, k.number, k.agreement_id, g.code AS agreement, k.state, k.submitted_on, k.decided_on,
               k.submitted_minor AS submitted, k.approved_minor AS approved,
               (SELECT coalesce(sum(a.amount_minor), 0)::bigint FROM allocation a WHERE a.claim_id = k.id) AS paid,
               g.currency, k.decision_reason
        FROM claim k JOIN agreement g ON g.id = k.agreement_id
        WHERE k.partner_id = :book ORDER BY k.fiscal_year, k.serial, k.id
        """,
    ),
    documents(
        "claim-items",
        "Invoice shares and costs in claims",
        """
        claim_id text: the claim
        claim text: its number
        share_id text: the share it asks for, or
        cost_id text: the cost it asks for
        invoice_id text: the invoice of that share
        invoice text: number of that invoice
        claimed money total: asked for
        approved money total: approved and not disallowed since
        reduced money total: disallowed of what was approved
        live flag: whether it is asked for: false for a draft and once the claim was given up
        currency text: currency of the amounts
        """,
        """
        SELECT t.claim_id, k.number AS claim, t.share_id, t.cost_id, s.invoice_id, i.number AS invoice,
               t.claimed_minor AS claimed, t.approved_minor AS approved, t.reduced_minor AS reduced,
               t.is_live AS live, g.currency
        FROM claim_item t JOIN claim k ON k.id = t.claim_id JOIN agreement g ON g.id = k.agreement_id
        LEFT JOIN invoice_share s ON s.id = t.share_id LEFT JOIN invoice i ON i.id = s.invoice_id
        WHERE k.partner_id = :book AND t.item_set = k.item_set
        ORDER BY k.fiscal_year, k.serial, k.id, i.fiscal_year, i.serial, t.share_id, t.cost_id
        """,
    ),
)
