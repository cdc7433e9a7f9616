"""Reading payments, their allocations and refunds."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.payments import Method, PaymentState
from services.billing.queries.scope import AnyRow, money, only, seen_by
from services.billing.schemas.payments import AllocationOut, PaymentOut, RefundOut
from services.billing.tables import allocation, payment, payment_refund, payment_reversal, write_off
from shared.auth.actor import Actor
from shared.events.vocabulary import PayerClass


def allocated() -> Any:  # noqa: ANN401 - a scalar subquery
    """Return the expression of what has been allocated from a payment, minor units; what was undone is taken off."""
    return (
        select(func.coalesce(func.sum(allocation.c.amount_minor), 0))
        .where(allocation.c.payment_id == payment.c.id)
        .correlate(payment)
        .scalar_subquery()
    )


def refunded() -> Any:  # noqa: ANN401 - a scalar subquery
    """Return the expression of what its payer got back of a payment, minor units."""
    return (
        select(func.coalesce(func.sum(payment_refund.c.amount_minor), 0))
        .where(payment_refund.c.payment_id == payment.c.id)
        .correlate(payment)
        .scalar_subquery()
    )


def _reversal(column: Any) -> Any:  # noqa: ANN401 - a scalar subquery
    return (
        select(column)
        .where(payment_reversal.c.payment_id == payment.c.id, payment_reversal.c.undone_on.is_(None))
        .correlate(payment)
        .scalar_subquery()
    )


def payment_state() -> Any:  # noqa: ANN401 - an expression
    """Return the expression of a payment's state: it is derived and stored nowhere."""
    return case(
        (_reversal(payment_reversal.c.id).is_not(None), PaymentState.REVERSED.value),
        (payment.c.payer_class.is_(None), PaymentState.RECORDED.value),
        else_=PaymentState.IDENTIFIED.value,
    )


def payments(actor: Actor, programme: str) -> Select[Any]:
    """Return the payments that a caller may see."""
    query = select(
        payment,
        allocated().label("allocated_minor"),
        refunded().label("refunded_minor"),
        payment_state().label("state"),
        _reversal(payment_reversal.c.reversed_on).label("reversed_on"),
        _reversal(payment_reversal.c.reason).label("reversal_reason"),
    ).where(payment.c.programme == programme)
    return seen_by(actor, query, payment.c.partner_id)


def present_payment(row: AnyRow) -> PaymentOut:
    """Show one payment."""
    amount = money(row.amount_minor, row.currency)
    taken, given_back = money(row.allocated_minor, row.currency), money(row.refunded_minor, row.currency)
    state = PaymentState(row.state)
    return PaymentOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        state=state,
        payer_class=None if row.payer_class is None else PayerClass(row.payer_class),
        enterprise_id=row.enterprise_id,
        agreement_id=row.agreement_id,
        received_on=row.received_on,
        identified_on=row.identified_on,
        reversed_on=row.reversed_on,
        reversal_reason=row.reversal_reason,
        amount=amount,
        allocated=taken,
        refunded=given_back,
        unallocated=money(0, row.currency) if state is PaymentState.REVERSED else amount - taken - given_back,
        reference=row.reference,
        method=Method(row.method),
        bank_account_id=row.bank_account_id,
        bank_line_id=row.bank_line_id,
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
        reverses=row.reverses_id,
        reason=row.reason,
        written_off=money(row.written_off_minor, row.currency),
    )


async def read_allocation(
    connection: AsyncConnection, actor: Actor, programme: str, allocation_id: UUID
) -> AllocationOut:
    """Return one allocation; raises NotFound."""
    query = allocations(actor, programme).where(allocation.c.id == allocation_id)
    return present_allocation(await only(connection, query, "allocation", allocation_id))


def refunds(actor: Actor, programme: str) -> Select[Any]:
    """Return the refunds that a caller may see."""
    query = (
        select(payment_refund, payment.c.currency, payment.c.partner_id)
        .join(payment, payment.c.id == payment_refund.c.payment_id)
        .where(payment_refund.c.programme == programme)
    )
    return seen_by(actor, query, payment.c.partner_id)


def present_refund(row: AnyRow) -> RefundOut:
    """Show one refund."""
    return RefundOut(
        id=row.id,
        programme=row.programme,
        payment_id=row.payment_id,
        partner_id=row.partner_id,
        amount=money(row.amount_minor, row.currency),
        refunded_on=row.refunded_on,
        method=Method(row.method),
        bank_account_id=row.bank_account_id,
        bank_line_id=row.bank_line_id,
        reverses=row.reverses_id,
        reason=row.reason,
    )


async def read_refund(connection: AsyncConnection, actor: Actor, programme: str, refund_id: UUID) -> RefundOut:
    """Return one refund; raises NotFound."""
    query = refunds(actor, programme).where(payment_refund.c.id == refund_id)
    return present_refund(await only(connection, query, "refund", refund_id))
