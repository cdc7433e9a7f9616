"""Accounting periods: closed for review, closed, reopened by two persons."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.billing.api.access import Asked, FinanceWrites, Programme, Reads
from services.billing.commands.periods import (
    ask_reopening,
    close_period,
    grant_posting,
    reopen_period,
    soft_close_period,
)
from services.billing.queries.periods import periods, present_period, read_period
from services.billing.schemas.periods import (
    AskReopening,
    ClosePeriod,
    GrantPosting,
    PeriodOut,
    PeriodState,
    ReopenPeriod,
    SoftClosePeriod,
)
from services.billing.tables import period
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}/periods", tags=["ledger"])


@router.get("", response_model=Page[PeriodOut])
async def get_periods(
    programme: Programme,
    read: Reads,
    asked: Asked,
    partner_id: UUID | None = None,
    state: PeriodState | None = None,
) -> Response:
    """List accounting periods."""
    query = periods(read.actor, programme)
    if partner_id is not None:
        query = query.where(period.c.book_id == partner_id)
    if state is not None:
        query = query.where(period.c.state == state.value)
    return await answer_list(read.connection, query, period.c.id, asked, present_period)


@router.get("/{period_id}")
async def get_period(programme: Programme, period_id: UUID, read: Reads) -> PeriodOut:
    """Show one period with every step of its life."""
    return await read_period(read.connection, read.actor, programme, period_id)


@router.post("/{period_id}/soft-close", status_code=201, response_model=PeriodOut)
async def post_soft_close(
    programme: Programme, period_id: UUID, body: SoftClosePeriod, write: FinanceWrites
) -> Response:
    """Close a period for review."""
    return await write.run(soft_close_period, programme, period_id, body)


@router.post("/{period_id}/grants", status_code=201, response_model=PeriodOut)
async def post_grant(programme: Programme, period_id: UUID, body: GrantPosting, write: FinanceWrites) -> Response:
    """Allow somebody else to post into a period closed for review."""
    return await write.run(grant_posting, programme, period_id, body)


@router.post("/{period_id}/close", status_code=201, response_model=PeriodOut)
async def post_close(programme: Programme, period_id: UUID, body: ClosePeriod, write: FinanceWrites) -> Response:
    """Close a period."""
    return await write.run(close_period, programme, period_id, body)


@router.post("/{period_id}/reopening-requests", status_code=201, response_model=PeriodOut)
async def post_reopening_request(
    programme: Programme, period_id: UUID, body: AskReopening, write: FinanceWrites
) -> Response:
    """Ask another person to reopen a period."""
    return await write.run(ask_reopening, programme, period_id, body)


@router.post("/{period_id}/reopen", status_code=201, response_model=PeriodOut)
async def post_reopen(programme: Programme, period_id: UUID, body: ReopenPeriod, write: FinanceWrites) -> Response:
    """Reopen a period that another person asked for."""
    return await write.run(reopen_period, programme, period_id, body)
