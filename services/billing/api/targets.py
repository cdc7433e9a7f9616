"""Targets of cost recovery, and what is missing to reach them."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.billing.api.access import Asked, ManagerWrites, Programme, Reads
from services.billing.api.asking import Known
from services.billing.commands.targets import set_target
from services.billing.queries.asked import first_modules
from services.billing.queries.targets import present_target, read_gaps, targets
from services.billing.schemas.recovery import Scope
from services.billing.schemas.targets import SetTarget, TargetGaps, TargetOut
from shared.days import Day
from shared.events.vocabulary import Code
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}/cost-recovery", tags=["cost recovery"])


@router.post("/targets", status_code=201, response_model=TargetOut)
async def post_target(programme: Programme, body: SetTarget, write: ManagerWrites) -> Response:
    """Record a target, or that it holds no more; earlier versions stay."""
    return await write.run(set_target, programme, body)


@router.get("/targets", response_model=Page[TargetOut])
async def get_targets(programme: Programme, read: Reads, page: Asked, phase: Code | None = None) -> Response:
    """List every version of every target, from the policy and by hand."""
    query = targets(programme)
    columns = query.selected_columns
    if phase is not None:
        query = query.where(columns.phase == phase)
    return await answer_list(read.connection, query, columns.id, page, present_target)


@router.get("/target-gaps")
async def get_target_gaps(
    read: Reads,
    policy: Known,
    to: Annotated[Day | None, Query(description="Compare as of this day; today by default.")] = None,
) -> TargetGaps:
    """Set each target that holds beside what was reached, and explain what is missing to full cost."""
    scope = Scope(partner=read.actor.partner)
    until = to or read.runtime.clock().date()
    return await read_gaps(read.connection, policy, scope, first_modules(policy), until)
