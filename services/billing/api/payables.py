"""Payments for costs, prepayments, and what is owed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy import func

from services.billing.api.access import Asked, FinanceWrites, Programme, Reads
from services.billing.commands.payables import pay_costs, reverse_cost_payment
from services.billing.commands.prepayments import prepay, reverse_prepayment
from services.billing.queries.payables import (
    cost_payments,
    payables,
    prepayments,
    present_cost_payment,
    present_prepayment,
    read_cost_payment,
    read_prepayment,
    used_of_prepayment,
)
from services.billing.schemas.payables import (
    CostPaymentOut,
    Payables,
    PayCosts,
    Prepay,
    PrepaymentOut,
    ReversePayment,
)
from services.billing.tables import cost_payment, cost_payment_part, prepayment, prepayment_reversal
from shared.days import Day
from shared.text import Line
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}", tags=["payables"])


@router.post("/cost-payments", status_code=201, response_model=CostPaymentOut)
async def post_cost_payment(programme: Programme, body: PayCosts, write: FinanceWrites) -> Response:
    """Pay one or many costs, wholly or in part."""
    return await write.run(pay_costs, programme, body)


@router.post("/cost-payments/{cost_payment_id}/reverse", status_code=201, response_model=CostPaymentOut)
async def post_reverse_payment(
    programme: Programme, cost_payment_id: UUID, body: ReversePayment, write: FinanceWrites
) -> Response:
    """Take a payment for costs back."""
    return await write.run(reverse_cost_payment, programme, cost_payment_id, body)


@router.get("/cost-payments", response_model=Page[CostPaymentOut])
async def get_cost_payments(
    programme: Programme,
    read: Reads,
    asked: Asked,
    partner_id: UUID | None = None,
    cost_id: UUID | None = None,
    prepayment_id: UUID | None = None,
    since: Annotated[Day | None, Query(alias="from")] = None,
    until: Annotated[Day | None, Query(alias="to")] = None,
) -> Response:
    """List payments for costs."""
    query = cost_payments(read.actor, programme)
    for column, wanted in ((cost_payment.c.partner_id, partner_id), (cost_payment.c.prepayment_id, prepayment_id)):
        if wanted is not None:
            query = query.where(column == wanted)
    if cost_id is not None:
        part = cost_payment_part.alias("asked")
        query = query.join(part, part.c.payment_id == cost_payment.c.id).where(part.c.cost_id == cost_id)
    if since is not None:
        query = query.where(cost_payment.c.paid_on >= since)
    if until is not None:
        query = query.where(cost_payment.c.paid_on <= until)
    return await answer_list(read.connection, query, cost_payment.c.id, asked, present_cost_payment)


@router.get("/cost-payments/{cost_payment_id}")
async def get_cost_payment(programme: Programme, cost_payment_id: UUID, read: Reads) -> CostPaymentOut:
    """Show one payment for costs."""
    return await read_cost_payment(read.connection, read.actor, programme, cost_payment_id)


@router.post("/prepayments", status_code=201, response_model=PrepaymentOut)
async def post_prepayment(programme: Programme, body: Prepay, write: FinanceWrites) -> Response:
    """Pay a supplier before the cost."""
    return await write.run(prepay, programme, body)


@router.post("/prepayments/{prepayment_id}/reverse", status_code=201, response_model=PrepaymentOut)
async def post_reverse_prepayment(
    programme: Programme, prepayment_id: UUID, body: ReversePayment, write: FinanceWrites
) -> Response:
    """Take a prepayment back that no cost uses."""
    return await write.run(reverse_prepayment, programme, prepayment_id, body)


@router.get("/prepayments", response_model=Page[PrepaymentOut])
async def get_prepayments(
    programme: Programme,
    read: Reads,
    asked: Asked,
    partner_id: UUID | None = None,
    training_id: UUID | None = None,
    supplier: Line | None = None,
    left: bool = False,  # noqa: FBT001, FBT002 - a query parameter
) -> Response:
    """List prepayments; `left` keeps those that are not used up."""
    query = prepayments(read.actor, programme)
    for column, wanted in ((prepayment.c.partner_id, partner_id), (prepayment.c.training_id, training_id)):
        if wanted is not None:
            query = query.where(column == wanted)
    if supplier is not None:
        query = query.where(func.lower(prepayment.c.supplier) == func.lower(supplier))
    if left:
        query = query.where(
            prepayment_reversal.c.prepayment_id.is_(None), used_of_prepayment() < prepayment.c.amount_minor
        )
    return await answer_list(read.connection, query, prepayment.c.id, asked, present_prepayment)


@router.get("/prepayments/{prepayment_id}")
async def get_prepayment(programme: Programme, prepayment_id: UUID, read: Reads) -> PrepaymentOut:
    """Show one prepayment."""
    return await read_prepayment(read.connection, read.actor, programme, prepayment_id)


@router.get("/payables")
async def get_payables(
    programme: Programme,
    read: Reads,
    as_of: Annotated[Day, Query(description="What was open on this day.")],
    partner_id: UUID | None = None,
    supplier: Line | None = None,
) -> Payables:
    """Show what is owed for costs, by supplier and by how long it has been open."""
    if partner_id is not None:
        read.actor.require_partner(partner_id)
    return await payables(read.connection, programme, as_of, partner_id or read.actor.partner, supplier)
