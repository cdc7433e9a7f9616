"""Payments and their allocations."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.billing.api.access import Asked, FinanceWrites, Programme, Reads
from services.billing.commands.allocations import allocate_by_rule, allocate_payment
from services.billing.commands.payments import record_payment
from services.billing.queries.payments import (
    allocated,
    allocations,
    payments,
    present_allocation,
    present_payment,
    read_payment,
)
from services.billing.schemas.payments import (
    AllocateByRule,
    AllocatePayment,
    AllocationOut,
    PaymentAllocated,
    PaymentOut,
    RecordPayment,
)
from services.billing.tables import allocation, payment
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


@router.get("/payments", response_model=Page[PaymentOut])
async def get_payments(
    programme: Programme,
    read: Reads,
    asked: Asked,
    partner_id: UUID | None = None,
    enterprise_id: UUID | None = None,
    agreement_id: UUID | None = None,
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
    if unallocated:
        query = query.where(allocated() < payment.c.amount_minor)
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
