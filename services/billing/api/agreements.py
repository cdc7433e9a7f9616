"""Subsidy agreements."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.billing.api.access import Asked, ManagerWrites, Programme, Reads
from services.billing.commands.agreements import close_agreement, sign_agreement
from services.billing.queries.agreements import agreements, present_agreement, read_agreement
from services.billing.schemas.agreements import AgreementOut, CloseAgreement, SignAgreement
from services.billing.tables import agreement
from shared.events.vocabulary import Code, PayerClass
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}/agreements", tags=["agreements"])


@router.post("", status_code=201, response_model=AgreementOut)
async def post_agreement(programme: Programme, body: SignAgreement, write: ManagerWrites) -> Response:
    """Record a subsidy agreement."""
    return await write.run(sign_agreement, programme, body)


@router.post("/{agreement_id}/close", status_code=201, response_model=AgreementOut)
async def post_close(programme: Programme, agreement_id: UUID, body: CloseAgreement, write: ManagerWrites) -> Response:
    """Give an agreement its last day."""
    return await write.run(close_agreement, programme, agreement_id, body)


@router.get("", response_model=Page[AgreementOut])
async def get_agreements(
    programme: Programme,
    read: Reads,
    asked: Asked,
    payer_class: PayerClass | None = None,
    state: Literal["active", "closed"] | None = None,
    code: Code | None = None,
) -> Response:
    """List agreements with what is left of their ceilings."""
    query = agreements(read.actor, programme)
    if payer_class is not None:
        query = query.where(agreement.c.payer_class == payer_class.value)
    if state is not None:
        query = query.where(agreement.c.state == state)
    if code is not None:
        query = query.where(agreement.c.code == code)
    return await answer_list(read.connection, query, agreement.c.id, asked, present_agreement)


@router.get("/{agreement_id}")
async def get_agreement(programme: Programme, agreement_id: UUID, read: Reads) -> AgreementOut:
    """Show one agreement."""
    return await read_agreement(read.connection, read.actor, programme, agreement_id)
