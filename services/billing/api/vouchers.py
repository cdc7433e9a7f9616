"""Entries by hand and year closings."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.billing.api.access import Asked, FinanceWrites, Programme, Reads
from services.billing.commands.vouchers import close_year, reverse_voucher, write_voucher
from services.billing.domain.vouchers import VoucherKind
from services.billing.queries.vouchers import present_voucher, read_voucher, vouchers
from services.billing.schemas.vouchers import CloseYear, ReverseVoucher, VoucherOut, WriteVoucher
from services.billing.tables import voucher
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}", tags=["ledger"])


@router.post("/books/{partner_id}/vouchers", status_code=201, response_model=VoucherOut)
async def post_voucher(programme: Programme, partner_id: UUID, body: WriteVoucher, write: FinanceWrites) -> Response:
    """Post an entry by hand, on accounts that no document keeps."""
    return await write.run(write_voucher, programme, partner_id, body)


@router.post("/books/{partner_id}/year-closings", status_code=201, response_model=VoucherOut)
async def post_year_closing(programme: Programme, partner_id: UUID, body: CloseYear, write: FinanceWrites) -> Response:
    """Move the results of a year to the accumulated result."""
    return await write.run(close_year, programme, partner_id, body)


@router.post("/vouchers/{voucher_id}/reversal", status_code=201, response_model=VoucherOut)
async def post_reversal(programme: Programme, voucher_id: UUID, body: ReverseVoucher, write: FinanceWrites) -> Response:
    """Take a voucher back on a day."""
    return await write.run(reverse_voucher, programme, voucher_id, body)


@router.get("/vouchers", response_model=Page[VoucherOut])
async def get_vouchers(
    programme: Programme,
    read: Reads,
    asked: Asked,
    partner_id: UUID | None = None,
    kind: VoucherKind | None = None,
) -> Response:
    """List vouchers."""
    query = vouchers(read.actor, programme)
    if partner_id is not None:
        query = query.where(voucher.c.partner_id == partner_id)
    if kind is not None:
        query = query.where(voucher.c.kind == kind.value)
    return await answer_list(read.connection, query, voucher.c.id, asked, present_voucher)


@router.get("/vouchers/{voucher_id}")
async def get_voucher(programme: Programme, voucher_id: UUID, read: Reads) -> VoucherOut:
    """Show one voucher with its postings."""
    return await read_voucher(read.connection, read.actor, programme, voucher_id)
