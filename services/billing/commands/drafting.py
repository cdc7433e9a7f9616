"""Drafting invoices: the price in force on the day of enrollment, in its instalments, split between those who pay."""

import json
from collections.abc import Collection
from dataclasses import fields
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from services.billing import ledger
from services.billing.commands.loading import need_fact, need_programme, one, phases_of
from services.billing.domain.discounts import Discount, DiscountKind
from services.billing.domain.drafts import Draft, Terms, drafts
from services.billing.domain.enrollments import Enrolled
from services.billing.domain.instalments import AT_ONCE, Instalment, WaitsFor
from services.billing.domain.invoices import Billed, contract_entry
from services.billing.domain.parts import TaxCategory
from services.billing.domain.posting import Dimensions
from services.billing.domain.programme import phase_on
from services.billing.domain.shares import Offer
from services.billing.domain.tax import UNTAXED, TaxRule
from services.billing.errors import AlreadyBilled, NoPrice, NotEnrolled
from services.billing.ledger import Late
from services.billing.queries.invoices import LIVE, read_invoice
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.invoices import DraftInvoice, InvoiceOut
from services.billing.tables import enrollment, invoice
from shared.database.transaction import Transaction
from shared.events.vocabulary import PayerClass

# Price and policy of the day, with its plan, its tax, what was granted off it, and the agreements that pay a part if
# activated, valid and not suspended on it. They are locked in id order until the end, so that two drafts never both
# take the last of a ceiling; a locked row is read as it is after the wait. The price of the delivery mode wins over
# that of any, the enrollment's discount over that of the module. The tax of a draft is what it would be: where no rule
# covers the day, the nearest one stands in.
_TERMS: Final = """
WITH offer AS (
    SELECT a.id, a.payer_class, coalesce(s.share_bp, 0) AS share_bp, s.fixed_minor,
           a.ceiling_minor - a.committed_minor + coalesce((
               SELECT sum(h.amount_minor) FROM invoice_share h JOIN invoice i ON i.id = h.invoice_id
               WHERE h.agreement_id = a.id AND i.enrollment_id = $7 AND i.state IN ('draft', 'issued')), 0)::bigint
               AS remaining
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
SELECT p.id AS price_id, p.price_minor, p.currency, g.phases::text AS phases, p.tax_code, t.category, t.rate_bp,
       t.is_included, t.exemption_reason, d.id AS discount_id, d.kind, d.rate_bp AS discount_bp, d.amount_minor,
       (SELECT jsonb_agg(jsonb_build_array(n.share_bp, n.waits_for) ORDER BY n.number)::text
        FROM price_instalment n WHERE n.price_id = p.id) AS plan,
       (SELECT jsonb_agg(jsonb_build_array(o.id, o.payer_class, o.share_bp, o.remaining, o.fixed_minor)
                         ORDER BY o.id)::text
        FROM offer o) AS offers
FROM (SELECT * FROM price
      WHERE partner_id = $2 AND module = $3 AND valid_from <= $5 AND coalesce(valid_to, $5) >= $5
        AND coalesce(delivery, $6) = $6
      ORDER BY delivery NULLS LAST LIMIT 1) AS p
JOIN programme g ON g.programme = p.programme
LEFT JOIN LATERAL (
    SELECT * FROM tax_rule r WHERE r.programme = $1 AND r.code = p.tax_code
    ORDER BY $5 BETWEEN r.valid_from AND coalesce(r.valid_to, 'infinity') DESC, abs(r.valid_from - $5) LIMIT 1
) AS t ON p.tax_code IS NOT NULL
LEFT JOIN LATERAL (
    SELECT * FROM discount c
    WHERE c.withdrawn_on IS NULL
      AND (c.enrollment_id = $7 OR (c.partner_id = $2 AND c.enterprise_id = $8 AND c.module = $3))
    ORDER BY c.enrollment_id NULLS LAST LIMIT 1
) AS d ON true
"""


def _draft(posted: str, first: int) -> str:
    # The memo entry (or only its day, where nothing is owed), the draft, its shares and what they take of the ceilings,
    # in one go; `first` is the first parameter that is not of `posted`, the book is $2.
    at = [f"${first + place}" for place in range(22)]
    return f"""
    WITH posted AS MATERIALIZED ({posted}), made AS (
        INSERT INTO invoice (id, programme, partner_id, enterprise_id, enrollment_id, price_id, total_minor, currency,
                             state, contracted_on, instalment, instalments, waits_for, price_minor, discount_id,
                             discount_minor, tax_minor, tax_code, tax_category, tax_rate_bp, tax_reason)
        SELECT {at[0]}, {at[1]}, $2, {at[2]}, {at[3]}, {at[4]}, {at[5]}, {at[6]}, 'draft', posted_on, {at[7]}, {at[8]},
               {at[9]}, {at[10]}, {at[11]}, {at[12]}, {at[13]}, {at[14]}, {at[15]}, {at[16]}, {at[17]}
        FROM posted
    ), parts AS (
        INSERT INTO invoice_share (id, programme, invoice_id, payer_class, agreement_id, amount_minor, tax_minor)
        SELECT id, {at[1]}, {at[0]}, payer_class, agreement_id, amount,
               CASE payer_class WHEN 'F' THEN {at[13]} ELSE 0 END
        FROM unnest({at[18]}::uuid[], {at[19]}::text[], {at[20]}::uuid[], {at[21]}::bigint[])
            AS share (id, payer_class, agreement_id, amount)
    ), taken AS (
        UPDATE agreement a SET committed_minor = a.committed_minor + share.amount
        FROM unnest({at[20]}::uuid[], {at[21]}::bigint[]) AS share (agreement_id, amount)
        WHERE a.id = share.agreement_id
    )
    SELECT posted_on FROM posted
    """  # noqa: S608 - our own text


_DRAFT: Final = _draft(ledger.POST, 14)
_DRAFT_FREE: Final = _draft("SELECT $1::date AS posted_on WHERE $2::uuid IS NOT NULL", 3)
_ANY: Final = frozenset(range(1, 13))
"""Numbers that an instalment can have."""
_HOLD_PARTNER: Final = "SELECT id FROM partner WHERE id = $1 FOR SHARE"


async def draft_for(
    tx: Transaction, enrolled: Enrolled, *, contracted_on: date | None = None, only: Collection[int] | None = None
) -> list[UUID]:
    """Draft the invoices of an enrollment and book what they contract; none when there is no price for its day.

    One for every instalment of the price, or for those numbers of `only` that are billed by none. Without a price the
    enrollment stays unpriced: no event would bring one, so waiting would be wrong. It is drafted when a price that
    covers it is added. `contracted_on` is the day of enrollment unless what was contracted then has ended. The caller
    shares the lock of the partner since before the enrollment was read or written, so that the two never miss each
    other.
    """
    row = (
        await tx.connection.exec_driver_sql(
            _TERMS,
            (
                enrolled.programme,
                enrolled.partner_id,
                enrolled.module,
                enrolled.size_class,
                enrolled.enrolled_on,
                enrolled.delivery,
                enrolled.id,
                enrolled.enterprise_id,
            ),
        )
    ).one_or_none()
    if row is None:
        return []
    terms = _terms(row)
    offers = [
        Offer(
            UUID(agreement_id),
            PayerClass(payer_class),
            share,
            money(remaining, row.currency),
            None if fixed is None else money(fixed, row.currency),
        )
        for agreement_id, payer_class, share, remaining, fixed in json.loads(row.offers or "[]")
    ]
    on = contracted_on or enrolled.enrolled_on
    dimensions = enrolled.dimensions(phase_on(phases_of(json.loads(row.phases)), on))
    return [
        await _make(tx, enrolled, row, terms, draft, dimensions, on)
        for draft in drafts(terms, offers)
        if only is None or draft.number in only
    ]


def _terms(row: AnyRow) -> Terms:
    plan: tuple[Instalment, ...] = AT_ONCE
    tax, discount = UNTAXED, None
    if row.plan is not None:
        plan = tuple(Instalment(share, WaitsFor(waits_for)) for share, waits_for in json.loads(row.plan))
    if row.category is not None:
        tax = TaxRule(row.tax_code, TaxCategory(row.category), row.rate_bp, row.is_included, row.exemption_reason)
    if row.discount_id is not None:
        amount = None if row.amount_minor is None else money(row.amount_minor, row.currency)
        discount = Discount(row.discount_id, DiscountKind(row.kind), row.discount_bp or 0, amount)
    return Terms(money(row.price_minor, row.currency), plan, tax, discount)


async def _make(
    tx: Transaction, enrolled: Enrolled, row: AnyRow, terms: Terms, draft: Draft, dimensions: Dimensions, on: date
) -> UUID:
    invoice_id = tx.ids()
    entry = contract_entry(Billed(invoice_id, enrolled.enterprise_id, draft.shares, dimensions), on)
    if entry is None:
        statement: str = _DRAFT_FREE
        posted: tuple[object, ...] = (on, enrolled.partner_id)
    else:
        statement, posted = _DRAFT, ledger.post_arguments(tx, enrolled.partner_id, entry, Late.MOVE)
    await tx.connection.exec_driver_sql(
        statement,
        (
            *posted,
            invoice_id,
            enrolled.programme,
            enrolled.enterprise_id,
            enrolled.id,
            row.price_id,
            draft.total.minor,
            row.currency,
            draft.number,
            len(terms.plan),
            draft.instalment.waits_for.value,
            draft.price.minor,
            None if terms.discount is None else terms.discount.id,
            draft.discount.minor,
            draft.tax.minor,
            terms.tax.code,
            terms.tax.category.value,
            terms.tax.rate,
            terms.tax.reason,
            [tx.ids() for _ in draft.shares],
            [share.payer_class.value for share in draft.shares],
            [share.agreement_id for share in draft.shares],
            [share.amount.minor for share in draft.shares],
        ),
    )
    return invoice_id


async def hold_partner(tx: Transaction, partner_id: UUID) -> None:
    """Share the lock of a partner, against prices and discounts being added meanwhile."""
    await tx.connection.exec_driver_sql(_HOLD_PARTNER, (partner_id,))


def enrolled_of(row: AnyRow) -> Enrolled:
    """Return a stored enrollment."""
    return Enrolled(**{field.name: getattr(row, field.name) for field in fields(Enrolled)})


async def draft_unpriced(
    tx: Transaction, partner_id: UUID, module: str, delivery: str | None, first: date, last: date | None
) -> list[UUID]:
    """Draft invoices for the enrollments of a partner and module in these days that had no price; oldest first."""
    none_yet = ~select(invoice.c.id).where(invoice.c.enrollment_id == enrollment.c.id).exists()
    query = select(enrollment).where(
        enrollment.c.partner_id == partner_id,
        enrollment.c.module == module,
        enrollment.c.enrolled_on >= first,
        enrollment.c.withdrawn_on.is_(None),
        none_yet,
    )
    if delivery is not None:
        query = query.where(enrollment.c.delivery == delivery)
    if last is not None:
        query = query.where(enrollment.c.enrolled_on <= last)
    waiting = await tx.connection.execute(
        query.order_by(enrollment.c.enrolled_on, enrollment.c.id).with_for_update(of=enrollment)
    )
    return [invoice_id for row in waiting.all() for invoice_id in await draft_for(tx, enrolled_of(row))]


async def draft_invoice(tx: Transaction, programme: str, command: DraftInvoice) -> InvoiceOut:
    """Draft anew what an enrollment is not billed for: earlier invoices were cancelled, credited or void.

    Every instalment that no invoice is live for; answers with the first. Raises FactMissing, NotAllowed, NotEnrolled,
    AlreadyBilled or NoPrice.
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
    drafted = await draft_missing(tx, enrolled_of(enrolled))
    if not drafted:
        live = await one(
            tx,
            select(invoice.c.id)
            .where(invoice.c.enrollment_id == enrolled.id, invoice.c.state.in_(LIVE))
            .order_by(invoice.c.instalment)
            .limit(1),
        )
        if live is not None:
            raise AlreadyBilled(enrolled.id, live.id)
        raise NoPrice(enrolled.module, enrolled.enrolled_on)
    return await read_invoice(tx.connection, tx.actor, programme, drafted[0], tx.now.date())


async def draft_missing(tx: Transaction, enrolled: Enrolled, on: date | None = None) -> list[UUID]:
    """Draft the instalments of a locked enrollment that no invoice is live for.

    They are contracted on `on`, or from the day on which what was contracted before ended, so that no day counts both.
    """
    ended = select(func.max(invoice.c.contract_ended_on)).where(invoice.c.enrollment_id == enrolled.id)
    last = (await tx.connection.execute(ended)).scalar_one()
    live = select(invoice.c.instalment).where(invoice.c.enrollment_id == enrolled.id, invoice.c.state.in_(LIVE))
    taken = set((await tx.connection.execute(live)).scalars())
    days = [day for day in (enrolled.enrolled_on, last, on) if day is not None]
    return await draft_for(tx, enrolled, contracted_on=max(days), only=_ANY - taken)
