"""Implementing partners."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.enrollment.api.access import PREFIX, Asked, ByProgrammeManager, Programme, Read
from services.enrollment.commands.registers import register_partner
from services.enrollment.queries.registers import find_partner, partners, present_partner
from services.enrollment.schemas.register import PartnerOut, RegisterPartner
from services.enrollment.tables import partner
from shared.web.listing import Page, answer_list

router = APIRouter(prefix=f"{PREFIX}/partners", tags=["partners"])


@router.post("", status_code=201, response_model=PartnerOut)
async def register(programme: Programme, body: RegisterPartner, write: ByProgrammeManager) -> Response:
    """Register the national partner or a regional chamber."""
    return await write.run(register_partner, programme, body)


@router.get("", response_model=Page[PartnerOut])
async def list_partners(programme: Programme, read: Read, asked: Asked) -> Response:
    """List the partners in scope."""
    query = partners(programme, read.actor)
    return await answer_list(read.connection, query, partner.c.id, asked, present_partner)


@router.get("/{partner_id}")
async def show(programme: Programme, partner_id: UUID, read: Read) -> PartnerOut:
    """Show one partner."""
    return present_partner(await find_partner(read.connection, programme, partner_id, read.actor))
