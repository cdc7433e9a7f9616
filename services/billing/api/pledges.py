"""Pledges: recorded, taken up by agreements, lapsed or withdrawn; by age, and by funder."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.billing.api.access import Asked, ManagerWrites, Programme, Reads
from services.billing.api.sheets import answer_report
from services.billing.commands.pledges import contract_pledge, lapse_pledge, record_pledge, withdraw_pledge
from services.billing.queries.pledges import pipeline, pledge_ageing, pledges, present_pledge, read_pledge
from services.billing.schemas.pledges import (
    AgedPledge,
    ContractPledge,
    FunderStages,
    LapsePledge,
    Pipeline,
    PledgeAgeing,
    PledgeOut,
    RecordPledge,
    WithdrawPledge,
)
from services.billing.tables import pledge
from shared.days import Day
from shared.events.vocabulary import PayerClass
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}", tags=["pledges"])


@router.post("/pledges", status_code=201, response_model=PledgeOut)
async def post_pledge(programme: Programme, body: RecordPledge, write: ManagerWrites) -> Response:
    """Record what a funder said it would give; it is booked nowhere."""
    return await write.run(record_pledge, programme, body)


@router.post("/pledges/{pledge_id}/contract", status_code=201, response_model=PledgeOut)
async def post_contract(programme: Programme, pledge_id: UUID, body: ContractPledge, write: ManagerWrites) -> Response:
    """Name the agreement that takes up a pledge, or a part of it."""
    return await write.run(contract_pledge, programme, pledge_id, body)


@router.post("/pledges/{pledge_id}/lapse", status_code=201, response_model=PledgeOut)
async def post_lapse(programme: Programme, pledge_id: UUID, body: LapsePledge, write: ManagerWrites) -> Response:
    """Give up what is left of a pledge."""
    return await write.run(lapse_pledge, programme, pledge_id, body)


@router.post("/pledges/{pledge_id}/withdraw", status_code=201, response_model=PledgeOut)
async def post_withdraw(programme: Programme, pledge_id: UUID, body: WithdrawPledge, write: ManagerWrites) -> Response:
    """Record that the funder took back what is left."""
    return await write.run(withdraw_pledge, programme, pledge_id, body)


@router.get("/pledges", response_model=Page[PledgeOut])
async def get_pledges(
    programme: Programme, read: Reads, asked: Asked, payer_class: PayerClass | None = None
) -> Response:
    """List pledges."""
    query = pledges(read.actor, programme)
    if payer_class is not None:
        query = query.where(pledge.c.payer_class == payer_class.value)
    return await answer_list(read.connection, query, pledge.c.id, asked, present_pledge)


@router.get("/pledges/ageing", response_model=PledgeAgeing)
async def get_ageing(
    request: Request,
    programme: Programme,
    read: Reads,
    as_of: Annotated[Day | None, Query(description="By the end of this day; without it, today.")] = None,
) -> Response:
    """List what was pledged and has not come, oldest first, with sums by age; as CSV the pledges alone."""
    report = await pledge_ageing(read.connection, read.actor, programme, as_of or read.runtime.clock().date())
    return answer_report(request, report, report.pledges, AgedPledge)


@router.get("/pledges/{pledge_id}")
async def get_pledge(programme: Programme, pledge_id: UUID, read: Reads) -> PledgeOut:
    """Show one pledge."""
    return await read_pledge(read.connection, read.actor, programme, pledge_id)


@router.get("/funders", response_model=Pipeline)
async def get_pipeline(request: Request, programme: Programme, read: Reads) -> Response:
    """Show per funder what is pledged, contracted, invoiced and received, no amount twice."""
    report = await pipeline(read.connection, read.actor, programme, read.runtime.clock().date())
    return answer_report(request, report, report.funders, FunderStages)
