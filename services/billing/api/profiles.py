"""Who sends invoices and where enterprises want theirs."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.billing.api.access import FinanceWrites, Programme, Reads
from services.billing.commands.profiles import set_book_profile, set_enterprise_profile
from services.billing.queries.profiles import read_book_profile, read_enterprise_profile
from services.billing.schemas.profiles import (
    BookProfileOut,
    EnterpriseProfileOut,
    SetBookProfile,
    SetEnterpriseProfile,
)

router = APIRouter(prefix="/v1/programmes/{programme}", tags=["profiles"])


@router.post("/books/{partner_id}/profile", status_code=201, response_model=BookProfileOut)
async def post_book_profile(
    programme: Programme, partner_id: UUID, body: SetBookProfile, write: FinanceWrites
) -> Response:
    """Set who sends the invoices of a book."""
    return await write.run(set_book_profile, programme, partner_id, body)


@router.get("/books/{partner_id}/profile")
async def get_book_profile(programme: Programme, partner_id: UUID, read: Reads) -> BookProfileOut:
    """Show who sends the invoices of a book."""
    return await read_book_profile(read.connection, read.actor, programme, partner_id)


@router.post("/enterprises/{enterprise_id}/billing-profile", status_code=201, response_model=EnterpriseProfileOut)
async def post_enterprise_profile(
    programme: Programme, enterprise_id: UUID, body: SetEnterpriseProfile, write: FinanceWrites
) -> Response:
    """Set where an enterprise wants its invoices."""
    return await write.run(set_enterprise_profile, programme, enterprise_id, body)


@router.get("/enterprises/{enterprise_id}/billing-profile")
async def get_enterprise_profile(programme: Programme, enterprise_id: UUID, read: Reads) -> EnterpriseProfileOut:
    """Show where an enterprise wants its invoices."""
    return await read_enterprise_profile(read.connection, read.actor, programme, enterprise_id)
