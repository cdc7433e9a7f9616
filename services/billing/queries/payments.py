"""Reading payments and allocations."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.payments import Method
from services.billing.queries.scope import AnyRow, money, only, seen_by
from services.billing.schemas.payments import AllocationOut, PaymentOut
from services.billing.tables import allocation, payment, write_off
from shared.auth.actor import Actor
from shared.events.vocabulary import PayerClass


def allocated() -> Any:  # noqa: ANN401 - a scalar subquery
    """Return the expression of what has been taken from a payment, minor units."""
    return (
        select(func.coalesce(func.sum(allocation.c.amount_minor), 0))
        .where(allocation.c.payment_id == payment.c.id)
        .correlate(payment)
        .scalar_subquery()
    )


def payments(actor: Actor, programme: str) -> Select[Any]:
    """Return the payments that a caller may see."""
    query = select(payment, allocated().label("allocated_minor")).where(payment.c.programme == programme)
    return seen_by(actor, query, payment.c.partner_id)


def present_payment(row: AnyRow) -> PaymentOut:
    """Show one payment."""
    amount, taken = money(row.amount_minor, row.currency), money(row.allocated_minor, row.currency)
    return PaymentOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        payer_class=PayerClass(row.payer_class),
        enterprise_id=row.enterprise_id,
        agreement_id=row.agreement_id,
        received_on=row.received_on,
        amount=amount,
        allocated=taken,
        unallocated=amount - taken,
        reference=row.reference,
        method=Method(row.method),
    )


async def read_payment(connection: AsyncConnection, actor: Actor, programme: str, payment_id: UUID) -> PaymentOut:
    """Return one payment; raises NotFound."""
    query = payments(actor, programme).where(payment.c.id == payment_id)
    return present_payment(await only(connection, query, "payment", payment_id))


def _written_off() -> Any:  # noqa: ANN401 - a scalar subquery
    return (
        select(func.coalesce(func.sum(write_off.c.amount_minor), 0))
        .where(write_off.c.allocation_id == allocation.c.id)
        .correlate(allocation)
        .scalar_subquery()
    )


def allocations(actor: Actor, programme: str) -> Select[Any]:
    """Return the allocations that a caller may see."""
    query = (
        select(allocation, payment.c.currency, _written_off().label("written_off_minor"))
        .join(payment, payment.c.id == allocation.c.payment_id)
        .where(allocation.c.programme == programme)
    )
    return seen_by(actor, query, payment.c.partner_id)


def present_allocation(row: AnyRow) -> AllocationOut:
    """Show one allocation."""
    return AllocationOut(
        id=row.id,
        programme=row.programme,
        payment_id=row.payment_id,
        invoice_id=row.invoice_id,
        claim_id=row.claim_id,
        amount=money(row.amount_minor, row.currency),
        allocated_on=row.allocated_on,
        written_off=money(row.written_off_minor, row.currency),
    )
