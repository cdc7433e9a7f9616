"""Write-offs, and up to what one person may write off."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.billing.api.access import Asked, FinanceWrites, ManagerWrites, Programme, Reads
from services.billing.commands.write_offs import reverse_write_off, set_tolerance, write_off_debt
from services.billing.queries.write_offs import (
    present_tolerance,
    present_write_off,
    read_write_off,
    tolerances,
    write_offs,
)
from services.billing.schemas.write_offs import ReverseWriteOff, SetTolerance, ToleranceOut, WriteOff, WriteOffOut
from services.billing.tables import tolerance, write_off
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}", tags=["receivables"])


@router.post("/books/{partner_id}/write-off-tolerances", status_code=201, response_model=ToleranceOut)
async def post_tolerance(programme: Programme, partner_id: UUID, body: SetTolerance, write: ManagerWrites) -> Response:
    """Say up to what one person may write off what a payment leaves."""
    return await write.run(set_tolerance, programme, partner_id, body)


@router.get("/write-off-tolerances", response_model=Page[ToleranceOut])
async def get_tolerances(programme: Programme, read: Reads, asked: Asked, partner_id: UUID | None = None) -> Response:
    """List tolerances; the newest of a book holds."""
    query = tolerances(read.actor, programme)
    if partner_id is not None:
        query = query.where(tolerance.c.partner_id == partner_id)
    return await answer_list(read.connection, query, tolerance.c.id, asked, present_tolerance)


@router.post("/write-offs", status_code=201, response_model=WriteOffOut)
async def post_write_off(programme: Programme, body: WriteOff, write: FinanceWrites) -> Response:
    """Give up what is open of an invoice or an approved claim."""
    return await write.run(write_off_debt, programme, body)


@router.post("/write-offs/{write_off_id}/reverse", status_code=201, response_model=WriteOffOut)
async def post_reverse(
    programme: Programme, write_off_id: UUID, body: ReverseWriteOff, write: FinanceWrites
) -> Response:
    """Let a debt live again that was given up."""
    return await write.run(reverse_write_off, programme, write_off_id, body)


@router.get("/write-offs", response_model=Page[WriteOffOut])
async def get_write_offs(
    programme: Programme,
    read: Reads,
    asked: Asked,
    partner_id: UUID | None = None,
    invoice_id: UUID | None = None,
    claim_id: UUID | None = None,
) -> Response:
    """List write-offs with their reversals."""
    query = write_offs(read.actor, programme)
    for column, wanted in (
        (write_off.c.partner_id, partner_id),
        (write_off.c.invoice_id, invoice_id),
        (write_off.c.claim_id, claim_id),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    return await answer_list(read.connection, query, write_off.c.id, asked, present_write_off)


@router.get("/write-offs/{write_off_id}")
async def get_write_off(programme: Programme, write_off_id: UUID, read: Reads) -> WriteOffOut:
    """Show one write-off."""
    return await read_write_off(read.connection, read.actor, programme, write_off_id)
