"""Drafting invoices: the price in force on the day of enrollment, split between the enterprise and those who help."""

import json
from dataclasses import fields
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select

from services.billing import ledger
from services.billing.commands.loading import need_fact, need_programme, one, phases_of
from services.billing.domain.enrollments import Enrolled
from services.billing.domain.invoices import Billed, contract_entry
from services.billing.domain.programme import phase_on
from services.billing.domain.shares import Offer, split_price
from services.billing.errors import AlreadyBilled, NoPrice, NotEnrolled
from services.billing.ledger import Late
from services.billing.queries.invoices import LIVE, read_invoice
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.invoices import DraftInvoice, InvoiceOut
from services.billing.tables import enrollment, invoice
from shared.database.transaction import Transaction
from shared.events.vocabulary import PayerClass

# Price and policy of the day, with the agreements that pay a part: activated, valid and not suspended on it. These are
# locked in id order until the end, so that
# two drafts never both take the last of a ceiling; a locked row is read as it is after the wait.
_TERMS: Final = """
WITH offer AS (
    SELECT a.id, a.payer_class, coalesce(s.share_bp, 0) AS share_bp, s.fixed_minor,
           a.ceiling_minor - a.committed_minor AS remaining
    FROM agreement a JOIN agreement_share s ON s.agreement_id = a.id
    WHERE a.programme = $1 AND (a.partner_id IS NULL OR a.partner_id = $2) AND s.size_class = $4
      AND a.activated_on IS NOT NULL
      AND a.valid_from <= $5 AND coalesce(least(a.valid_to, a.closed_on), $5) >= $5
      AND 'suspended' IS DISTINCT FROM (
          SELECT t.step FROM agreement_step t
          WHERE t.agreement_id = a.id AND t.step IN ('suspended', 'resumed') AND t.on_day <= $5
          ORDER BY t.serial DESC LIMIT 1)
    ORDER BY a.id FOR UPDATE OF a
)
SELECT p.id AS price_id, p.price_minor, p.currency, g.phases::text AS phases,
       (SELECT jsonb_agg(jsonb_build_array(o.id, o.payer_class, o.share_bp, o.remaining, o.fixed_minor)
                         ORDER BY o.id)::text
        FROM offer o) AS offers
FROM price p JOIN programme g ON g.programme = p.programme
WHERE p.partner_id = $2 AND p.module = $3 AND p.valid_from <= $5 AND coalesce(p.valid_to, $5) >= $5
"""
# The memo entry, the draft, its shares and what they take of the ceilings, in one go.
_DRAFT: Final = f"""
WITH posted AS MATERIALIZED ({ledger.POST}), made AS (
    INSERT INTO invoice (id, programme, partner_id, enterprise_id, enrollment_id, price_id, total_minor, currency,
                         state, contracted_on)
    SELECT $14, $15, $2, $16, $17, $18, $19, $20, 'draft', posted_on FROM posted
), parts AS (
    INSERT INTO invoice_share (id, programme, invoice_id, payer_class, agreement_id, amount_minor)
    SELECT id, $15, $14, payer_class, agreement_id, amount
    FROM unnest($21::uuid[], $22::text[], $23::uuid[], $24::bigint[]) AS share (id, payer_class, agreement_id, amount)
), taken AS (
    UPDATE agreement a SET committed_minor = a.committed_minor + share.amount
    FROM unnest($23::uuid[], $24::bigint[]) AS share (agreement_id, amount) WHERE a.id = share.agreement_id
)
SELECT posted_on FROM posted
"""  # noqa: S608 - our own text
_HOLD_PARTNER: Final = "SELECT id FROM partner WHERE id = $1 FOR SHARE"


async def draft_for(tx: Transaction, enrolled: Enrolled) -> UUID | None:
    """Draft the invoice of an enrollment and book what it contracts; None when there is no price for its day.

    Without a price the enrollment stays unpriced: no event would bring one, so waiting would be wrong. It is drafted
    when a price that covers it is added. The caller shares the lock of the partner since before the enrollment was
    read or written, so that the two never miss each other.
    """
    terms = (
        await tx.connection.exec_driver_sql(
            _TERMS,
            (
                enrolled.programme,
                enrolled.partner_id,
                enrolled.module,
                enrolled.size_class,
                enrolled.enrolled_on,
            ),
        )
    ).one_or_none()
    if terms is None:
        return None
    total = money(terms.price_minor, terms.currency)
    offers = [
        Offer(
            UUID(agreement_id),
            PayerClass(payer_class),
            share,
            money(remaining, total.currency),
            None if fixed is None else money(fixed, total.currency),
        )
        for agreement_id, payer_class, share, remaining, fixed in json.loads(terms.offers or "[]")
    ]
    shares = split_price(total, offers)
    invoice_id = tx.ids()
    dimensions = enrolled.dimensions(phase_on(phases_of(json.loads(terms.phases)), enrolled.enrolled_on))
    entry = contract_entry(Billed(invoice_id, enrolled.enterprise_id, shares, dimensions), enrolled.enrolled_on)
    if entry is None:
        raise ValueError("a price is never zero")
    await tx.connection.exec_driver_sql(
        _DRAFT,
        (
            *ledger.post_arguments(tx, enrolled.partner_id, entry, Late.MOVE),
            invoice_id,
            enrolled.programme,
            enrolled.enterprise_id,
            enrolled.id,
            terms.price_id,
            total.minor,
            total.currency,
            [tx.ids() for _ in shares],
            [share.payer_class.value for share in shares],
            [share.agreement_id for share in shares],
            [share.amount.minor for share in shares],
        ),
    )
    return invoice_id


async def hold_partner(tx: Transaction, partner_id: UUID) -> None:
    """Share the lock of a partner, against prices being added meanwhile."""
    await tx.connection.exec_driver_sql(_HOLD_PARTNER, (partner_id,))


def enrolled_of(row: AnyRow) -> Enrolled:
    """Return a stored enrollment."""
    return Enrolled(**{field.name: getattr(row, field.name) for field in fields(Enrolled)})


async def draft_unpriced(tx: Transaction, partner_id: UUID, module: str, first: date, last: date | None) -> list[UUID]:
    """Draft invoices for the enrollments of a partner and module in these days that had no price; oldest first."""
    none_yet = ~select(invoice.c.id).where(invoice.c.enrollment_id == enrollment.c.id).exists()
    query = select(enrollment).where(
        enrollment.c.partner_id == partner_id,
        enrollment.c.module == module,
        enrollment.c.enrolled_on >= first,
        enrollment.c.withdrawn_on.is_(None),
        none_yet,
    )
    if last is not None:
        query = query.where(enrollment.c.enrolled_on <= last)
    waiting = await tx.connection.execute(
        query.order_by(enrollment.c.enrolled_on, enrollment.c.id).with_for_update(of=enrollment)
    )
    drafted = [await draft_for(tx, enrolled_of(row)) for row in waiting.all()]
    return [invoice_id for invoice_id in drafted if invoice_id is not None]


async def draft_invoice(tx: Transaction, programme: str, command: DraftInvoice) -> InvoiceOut:
    """Draft anew for an enrollment whose earlier invoice was cancelled or credited.

    Raises FactMissing, NotAllowed, NotEnrolled, AlreadyBilled or NoPrice.
    """
    await need_programme(tx, programme)
    mine = (enrollment.c.id == command.enrollment_id) & (enrollment.c.programme == programme)
    found = await need_fact(tx, select(enrollment.c.partner_id).where(mine), "enrollment", command.enrollment_id)
    tx.actor.require_partner(found.partner_id)
    await hold_partner(tx, found.partner_id)
    enrolled = await need_fact(
        tx, select(enrollment).where(mine).with_for_update(), "enrollment", command.enrollment_id
    )
    if enrolled.withdrawn_on is not None:
        raise NotEnrolled(enrolled.id, enrolled.withdrawn_on)
    live = await one(tx, select(invoice.c.id).where(invoice.c.enrollment_id == enrolled.id, invoice.c.state.in_(LIVE)))
    if live is not None:
        raise AlreadyBilled(enrolled.id, live.id)
    drafted = await draft_for(tx, enrolled_of(enrolled))
    if drafted is None:
        raise NoPrice(enrolled.module, enrolled.enrolled_on)
    return await read_invoice(tx.connection, tx.actor, programme, drafted)
