"""Costs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.billing.api.access import Asked, FinanceWrites, Programme, Reads
from services.billing.commands.costs import record_cost
from services.billing.domain.costs import CostKind
from services.billing.queries.costs import costs, present_cost, read_cost
from services.billing.schemas.costs import CostOut, RecordCost
from services.billing.tables import cost
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}/costs", tags=["costs"])


@router.post("", status_code=201, response_model=CostOut)
async def post_cost(programme: Programme, body: RecordCost, write: FinanceWrites) -> Response:
    """Record a cost."""
    return await write.run(record_cost, programme, body)


@router.get("", response_model=Page[CostOut])
async def get_costs(
    programme: Programme,
    read: Reads,
    asked: Asked,
    partner_id: UUID | None = None,
    training_id: UUID | None = None,
    kind: CostKind | None = None,
    direct: Annotated[bool | None, Query(description="Direct costs only, or overhead only.")] = None,
) -> Response:
    """List costs."""
    query = costs(read.actor, programme)
    for column, wanted in (
        (cost.c.partner_id, partner_id),
        (cost.c.training_id, training_id),
        (cost.c.kind, None if kind is None else kind.value),
        (cost.c.is_direct, direct),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    return await answer_list(read.connection, query, cost.c.id, asked, present_cost)


@router.get("/{cost_id}")
async def get_cost(programme: Programme, cost_id: UUID, read: Reads) -> CostOut:
    """Show one cost."""
    return await read_cost(read.connection, read.actor, programme, cost_id)
