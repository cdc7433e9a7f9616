"""Enterprises."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from services.enrollment.api.access import PREFIX, Asked, ByEither, Programme, Read
from services.enrollment.commands.registers import register_enterprise
from services.enrollment.queries.registers import EnterpriseFilter, enterprises, find_enterprise, present_enterprise
from services.enrollment.schemas.register import EnterpriseOut, RegisterEnterprise
from services.enrollment.tables import enterprise
from shared.web.listing import Page, answer_list

router = APIRouter(prefix=f"{PREFIX}/enterprises", tags=["enterprises"])


@router.post("", status_code=201, response_model=EnterpriseOut)
async def register(programme: Programme, body: RegisterEnterprise, write: ByEither) -> Response:
    """Register an enterprise that the policy in force on its day of registration admits."""
    return await write.run(register_enterprise, programme, body)


@router.get("", response_model=Page[EnterpriseOut])
async def list_enterprises(
    programme: Programme, read: Read, asked: Asked, wanted: Annotated[EnterpriseFilter, Depends()]
) -> Response:
    """List the enterprises in scope."""
    query = enterprises(programme, read.actor, wanted)
    return await answer_list(read.connection, query, enterprise.c.id, asked, present_enterprise)


@router.get("/{enterprise_id}")
async def show(programme: Programme, enterprise_id: UUID, read: Read) -> EnterpriseOut:
    """Show one enterprise."""
    return present_enterprise(await find_enterprise(read.connection, programme, enterprise_id, read.actor))
