"""Costs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy import func

from services.billing.api.access import Asked, FinanceWrites, Programme, Reads
from services.billing.commands.cost_reversals import correct_cost, reverse_cost
from services.billing.commands.costs import record_cost
from services.billing.commands.filling import fill_costs
from services.billing.commands.many_costs import record_bill, record_costs
from services.billing.domain.costs import CostKind, CostState, Funding
from services.billing.queries.costs import cost_kinds, costs, funded, present_cost, read_bill, read_cost, state_of_cost
from services.billing.schemas.costs import (
    BillOut,
    CorrectCost,
    CostKinds,
    CostOut,
    CostsRecorded,
    RecordBill,
    RecordCost,
    RecordCosts,
    ReverseCost,
)
from services.billing.schemas.rate_cards import CostsFilled, FillCosts
from services.billing.tables import cost
from shared.days import Day
from shared.text import Line
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}", tags=["costs"])


@router.post("/costs", status_code=201, response_model=CostOut)
async def post_cost(programme: Programme, body: RecordCost, write: FinanceWrites) -> Response:
    """Record a cost."""
    return await write.run(record_cost, programme, body)


@router.post("/costs/bulk", status_code=201, response_model=CostsRecorded)
async def post_costs(programme: Programme, body: RecordCosts, write: FinanceWrites) -> Response:
    """Record many costs; each row is booked or refused by itself."""
    return await write.run(record_costs, programme, body)


@router.post("/costs/fill", status_code=201, response_model=CostsFilled)
async def post_fill(programme: Programme, body: FillCosts, write: FinanceWrites) -> Response:
    """Book by card what was delivered when there was no card."""
    return await write.run(fill_costs, programme, body)


@router.post("/bills", status_code=201, response_model=BillOut)
async def post_bill(programme: Programme, body: RecordBill, write: FinanceWrites) -> Response:
    """Record one bill over several trainings."""
    return await write.run(record_bill, programme, body)


@router.get("/bills/{bill_id}")
async def get_bill(programme: Programme, bill_id: UUID, read: Reads) -> BillOut:
    """Show one bill with its costs."""
    return await read_bill(read.connection, read.actor, programme, bill_id)


@router.post("/costs/{cost_id}/reverse", status_code=201, response_model=CostOut)
async def post_reverse(programme: Programme, cost_id: UUID, body: ReverseCost, write: FinanceWrites) -> Response:
    """Take a cost back."""
    return await write.run(reverse_cost, programme, cost_id, body)


@router.post("/costs/{cost_id}/correct", status_code=201, response_model=CostOut)
async def post_correct(programme: Programme, cost_id: UUID, body: CorrectCost, write: FinanceWrites) -> Response:
    """Take a cost back and book it as it should have been."""
    return await write.run(correct_cost, programme, cost_id, body)


@router.get("/costs", response_model=Page[CostOut])
async def get_costs(
    programme: Programme,
    read: Reads,
    asked: Asked,
    partner_id: UUID | None = None,
    training_id: UUID | None = None,
    bill_id: UUID | None = None,
    card_id: UUID | None = None,
    kind: CostKind | None = None,
    direct: Annotated[bool | None, Query(description="Direct costs only, or overhead only.")] = None,
    funding: Funding | None = None,
    supplier: Annotated[Line | None, Query(description="Supplier or trainer; letter case does not count.")] = None,
    state: Annotated[CostState | None, Query(description="What is open is owed in whole or in part.")] = None,
    since: Annotated[Day | None, Query(alias="from", description="Incurred on this day or later.")] = None,
    until: Annotated[Day | None, Query(alias="to", description="Incurred on this day or earlier.")] = None,
) -> Response:
    """List costs."""
    query = costs(read.actor, programme)
    for column, wanted in (
        (cost.c.partner_id, partner_id),
        (cost.c.training_id, training_id),
        (cost.c.bill_id, bill_id),
        (cost.c.card_id, card_id),
        (cost.c.kind, None if kind is None else kind.value),
        (cost.c.is_direct, direct),
        (state_of_cost(), None if state is None else state.value),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if funding is not None:
        query = query.where(funded(funding))
    if supplier is not None:
        query = query.where(func.lower(cost.c.supplier) == func.lower(supplier))
    if since is not None:
        query = query.where(cost.c.incurred_on >= since)
    if until is not None:
        query = query.where(cost.c.incurred_on <= until)
    return await answer_list(read.connection, query, cost.c.id, asked, present_cost)


@router.get("/costs/{cost_id}")
async def get_cost(programme: Programme, cost_id: UUID, read: Reads) -> CostOut:
    """Show one cost."""
    return await read_cost(read.connection, read.actor, programme, cost_id)


@router.get("/cost-kinds")
async def get_cost_kinds(programme: Programme, read: Reads) -> CostKinds:
    """Show which kinds of cost are direct and which overhead, their accounts, and what rate cards book."""
    return await cost_kinds(read.connection, programme)
