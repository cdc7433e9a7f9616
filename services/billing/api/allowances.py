"""The allowance for doubtful receivables."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.billing.api.access import Asked, FinanceWrites, Programme, Reads
from services.billing.commands.allowances import book_allowance
from services.billing.queries.allowances import allowances, present_allowance
from services.billing.schemas.allowances import AllowanceOut, BookAllowance
from services.billing.tables import allowance
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}", tags=["receivables"])


@router.post("/books/{partner_id}/allowances", status_code=201, response_model=AllowanceOut)
async def post_allowance(programme: Programme, partner_id: UUID, body: BookAllowance, write: FinanceWrites) -> Response:
    """Bring the allowance of a book to what rates by age make of its receivables."""
    return await write.run(book_allowance, programme, partner_id, body)


@router.get("/allowances", response_model=Page[AllowanceOut])
async def get_allowances(programme: Programme, read: Reads, asked: Asked, partner_id: UUID | None = None) -> Response:
    """List allowances."""
    query = allowances(read.actor, programme)
    if partner_id is not None:
        query = query.where(allowance.c.partner_id == partner_id)
    return await answer_list(read.connection, query, allowance.c.id, asked, present_allowance)
