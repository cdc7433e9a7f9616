"""Payments and their allocations."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.billing.api.access import Asked, FinanceWrites, Programme, Reads
from services.billing.commands.allocations import allocate_by_rule, allocate_payment
from services.billing.commands.bouncing import reverse_payment
from services.billing.commands.deallocations import reverse_allocation
from services.billing.commands.payments import identify_payment, record_payment
from services.billing.commands.refunds import refund_payment, reverse_refund
from services.billing.domain.payments import PaymentState
from services.billing.queries.payments import (
    allocated,
    allocations,
    payment_state,
    payments,
    present_allocation,
    present_payment,
    present_refund,
    read_payment,
    refunded,
    refunds,
)
from services.billing.schemas.payments import (
    AllocateByRule,
    AllocatePayment,
    AllocationOut,
    IdentifyPayment,
    PaymentAllocated,
    PaymentOut,
    RecordPayment,
    RefundOut,
    RefundPayment,
    Reverse,
)
from services.billing.tables import allocation, payment, payment_refund
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}", tags=["payments"])


@router.post("/payments", status_code=201, response_model=PaymentOut)
async def post_payment(programme: Programme, body: RecordPayment, write: FinanceWrites) -> Response:
    """Record money that came in."""
    return await write.run(record_payment, programme, body)


@router.post("/payments/{payment_id}/allocations", status_code=201, response_model=AllocationOut)
async def post_allocation(
    programme: Programme, payment_id: UUID, body: AllocatePayment, write: FinanceWrites
) -> Response:
    """Set part of a payment against one invoice or claim."""
    return await write.run(allocate_payment, programme, payment_id, body)


@router.post("/payments/{payment_id}/allocate", status_code=201, response_model=PaymentAllocated)
async def post_allocate(programme: Programme, payment_id: UUID, body: AllocateByRule, write: FinanceWrites) -> Response:
    """Set what is left of a payment against what its reference names, else oldest due first."""
    return await write.run(allocate_by_rule, programme, payment_id, body)


@router.post("/payments/{payment_id}/identify", status_code=201, response_model=PaymentOut)
async def post_identify(
    programme: Programme, payment_id: UUID, body: IdentifyPayment, write: FinanceWrites
) -> Response:
    """Say whose a payment in suspense is."""
    return await write.run(identify_payment, programme, payment_id, body)


@router.post("/payments/{payment_id}/refunds", status_code=201, response_model=RefundOut)
async def post_refund(programme: Programme, payment_id: UUID, body: RefundPayment, write: FinanceWrites) -> Response:
    """Give a payer back what is left of a payment."""
    return await write.run(refund_payment, programme, payment_id, body)


@router.post("/payments/{payment_id}/reverse", status_code=201, response_model=PaymentOut)
async def post_reverse(programme: Programme, payment_id: UUID, body: Reverse, write: FinanceWrites) -> Response:
    """Undo a payment that bounced or was recorded by mistake."""
    return await write.run(reverse_payment, programme, payment_id, body)


@router.post("/allocations/{allocation_id}/reverse", status_code=201, response_model=AllocationOut)
async def post_deallocation(programme: Programme, allocation_id: UUID, body: Reverse, write: FinanceWrites) -> Response:
    """Take an allocation back."""
    return await write.run(reverse_allocation, programme, allocation_id, body)


@router.post("/refunds/{refund_id}/reverse", status_code=201, response_model=RefundOut)
async def post_refund_reversal(programme: Programme, refund_id: UUID, body: Reverse, write: FinanceWrites) -> Response:
    """Undo a refund that came back."""
    return await write.run(reverse_refund, programme, refund_id, body)


@router.get("/payments", response_model=Page[PaymentOut])
async def get_payments(
    programme: Programme,
    read: Reads,
    asked: Asked,
    partner_id: UUID | None = None,
    enterprise_id: UUID | None = None,
    agreement_id: UUID | None = None,
    state: PaymentState | None = None,
    unallocated: bool = False,  # noqa: FBT001, FBT002 - a query parameter
) -> Response:
    """List payments; `unallocated` keeps those with something left."""
    query = payments(read.actor, programme)
    for column, wanted in (
        (payment.c.partner_id, partner_id),
        (payment.c.enterprise_id, enterprise_id),
        (payment.c.agreement_id, agreement_id),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if state is not None:
        query = query.where(payment_state() == state.value)
    if unallocated:
        query = query.where(
            allocated() + refunded() < payment.c.amount_minor, payment_state() != PaymentState.REVERSED.value
        )
    return await answer_list(read.connection, query, payment.c.id, asked, present_payment)


@router.get("/payments/{payment_id}")
async def get_payment(programme: Programme, payment_id: UUID, read: Reads) -> PaymentOut:
    """Show one payment."""
    return await read_payment(read.connection, read.actor, programme, payment_id)


@router.get("/allocations", response_model=Page[AllocationOut])
async def get_allocations(
    programme: Programme,
    read: Reads,
    asked: Asked,
    payment_id: UUID | None = None,
    invoice_id: UUID | None = None,
    claim_id: UUID | None = None,
) -> Response:
    """List allocations."""
    query = allocations(read.actor, programme)
    for column, wanted in (
        (allocation.c.payment_id, payment_id),
        (allocation.c.invoice_id, invoice_id),
        (allocation.c.claim_id, claim_id),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    return await answer_list(read.connection, query, allocation.c.id, asked, present_allocation)


@router.get("/refunds", response_model=Page[RefundOut])
async def get_refunds(programme: Programme, read: Reads, asked: Asked, payment_id: UUID | None = None) -> Response:
    """List refunds."""
    query = refunds(read.actor, programme)
    if payment_id is not None:
        query = query.where(payment_refund.c.payment_id == payment_id)
    return await answer_list(read.connection, query, payment_refund.c.id, asked, present_refund)
