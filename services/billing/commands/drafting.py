"""Drafting invoices: the price in force on the day of enrollment, split between the enterprise and those who help."""

from datetime import date
from uuid import UUID

from sqlalchemy import func, insert, or_, select

from services.billing import ledger
from services.billing.commands.loading import dimensions_of, load_programme, need_programme, one
from services.billing.domain.invoices import Billed, InvoiceState, contract_entry
from services.billing.domain.programme import Programme
from services.billing.domain.shares import Offer, Share, split_price
from services.billing.errors import AlreadyBilled, NoPrice, NotEnrolled
from services.billing.ledger import Late
from services.billing.queries.agreements import LIVE, committed
from services.billing.queries.invoices import read_invoice
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.invoices import DraftInvoice, InvoiceOut
from services.billing.tables import agreement, agreement_share, enrollment, invoice, invoice_share, partner, price
from shared.database.transaction import Transaction
from shared.errors import FactMissing, NotFound
from shared.events.vocabulary import PayerClass
from shared.money import Money


async def draft_for(tx: Transaction, enrolled: AnyRow) -> UUID | None:
    """Draft the invoice of an enrollment and book what it contracts; None when there is no price for its day.

    Without a price the enrollment stays unpriced: no event would bring one, so waiting would be wrong. It is drafted
    when a price that covers it is added; the shared lock of the partner keeps the two from missing each other.
    """
    await tx.connection.execute(
        select(partner.c.id).where(partner.c.id == enrolled.partner_id).with_for_update(read=True)
    )
    priced = await _price_on(tx, enrolled.partner_id, enrolled.module, enrolled.enrolled_on)
    if priced is None:
        return None
    policy = await load_programme(tx, enrolled.programme)
    if policy is None:
        raise FactMissing("programme", enrolled.programme)
    total = money(priced.price_minor, priced.currency)
    shares = split_price(total, await _offers(tx, enrolled, total))
    invoice_id = tx.ids()
    contracted_on = await _contract(tx, enrolled, invoice_id, shares, policy)
    await tx.connection.execute(
        insert(invoice).values(
            id=invoice_id,
            programme=enrolled.programme,
            partner_id=enrolled.partner_id,
            enterprise_id=enrolled.enterprise_id,
            enrollment_id=enrolled.id,
            price_id=priced.id,
            total_minor=total.minor,
            currency=total.currency,
            state=InvoiceState.DRAFT.value,
            contracted_on=contracted_on,
        )
    )
    await tx.connection.execute(
        insert(invoice_share).values(
            [
                {
                    "id": tx.ids(),
                    "programme": enrolled.programme,
                    "invoice_id": invoice_id,
                    "payer_class": share.payer_class.value,
                    "agreement_id": share.agreement_id,
                    "amount_minor": share.amount.minor,
                }
                for share in shares
            ]
        )
    )
    return invoice_id


async def _price_on(tx: Transaction, partner_id: UUID, module: str, day: date) -> AnyRow | None:
    return await one(
        tx,
        select(price).where(
            price.c.partner_id == partner_id,
            price.c.module == module,
            price.c.valid_from <= day,
            or_(price.c.valid_to.is_(None), price.c.valid_to >= day),
        ),
    )


async def _offers(tx: Transaction, enrolled: AnyRow, total: Money) -> list[Offer]:
    # Locked in id order until the end, so that two drafts never both take the last of a ceiling.
    last_day = func.least(agreement.c.valid_to, agreement.c.closed_on)
    locked = (
        await tx.connection.execute(
            select(agreement.c.id, agreement.c.payer_class, agreement_share.c.share_bp)
            .join(agreement_share, agreement_share.c.agreement_id == agreement.c.id)
            .where(
                agreement.c.programme == enrolled.programme,
                or_(agreement.c.partner_id.is_(None), agreement.c.partner_id == enrolled.partner_id),
                agreement.c.valid_from <= enrolled.enrolled_on,
                or_(last_day.is_(None), last_day >= enrolled.enrolled_on),
                agreement_share.c.size_class == enrolled.size_class,
            )
            .order_by(agreement.c.id)
            .with_for_update(of=agreement)
        )
    ).all()
    if not locked:
        return []
    # A statement of its own, so that it sees what was committed while it waited for the locks.
    left = await tx.connection.execute(
        select(agreement.c.id, (agreement.c.ceiling_minor - committed()).label("left")).where(
            agreement.c.id.in_([row.id for row in locked])
        )
    )
    remaining = {row.id: money(row.left, total.currency) for row in left}
    return [Offer(row.id, PayerClass(row.payer_class), row.share_bp, remaining[row.id]) for row in locked]


async def _contract(
    tx: Transaction, enrolled: AnyRow, invoice_id: UUID, shares: tuple[Share, ...], policy: Programme
) -> date:
    agreed = Billed(invoice_id, enrolled.enterprise_id, shares, dimensions_of(enrolled, policy, enrolled.enrolled_on))
    entry = contract_entry(agreed, enrolled.enrolled_on)
    if entry is None:
        raise ValueError("a price is never zero")
    return (await ledger.post(tx, enrolled.partner_id, entry, Late.MOVE)).effective_on


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
    drafted = [await draft_for(tx, enrolled) for enrolled in waiting.all()]
    return [invoice_id for invoice_id in drafted if invoice_id is not None]


async def draft_invoice(tx: Transaction, programme: str, command: DraftInvoice) -> InvoiceOut:
    """Draft anew for an enrollment whose earlier invoice was cancelled or credited.

    Raises NotFound, NotEnrolled, AlreadyBilled or NoPrice.
    """
    await need_programme(tx, programme)
    enrolled = await one(
        tx,
        select(enrollment)
        .where(enrollment.c.id == command.enrollment_id, enrollment.c.programme == programme)
        .with_for_update(),
    )
    if enrolled is None or not tx.actor.sees_partner(enrolled.partner_id):
        raise NotFound("enrollment", command.enrollment_id, field="enrollment_id")
    if enrolled.withdrawn_on is not None:
        raise NotEnrolled(enrolled.id, enrolled.withdrawn_on)
    live = await one(tx, select(invoice.c.id).where(invoice.c.enrollment_id == enrolled.id, invoice.c.state.in_(LIVE)))
    if live is not None:
        raise AlreadyBilled(enrolled.id, live.id)
    drafted = await draft_for(tx, enrolled)
    if drafted is None:
        raise NoPrice(enrolled.module, enrolled.enrolled_on)
    return await read_invoice(tx.connection, tx.actor, programme, drafted)
