"""Subsidy agreements."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.billing.api.access import Asked, ManagerWrites, Programme, Reads
from services.billing.commands.agreement_steps import (
    activate_agreement,
    amend_agreement,
    close_agreement,
    resume_agreement,
    suspend_agreement,
)
from services.billing.commands.agreements import sign_agreement
from services.billing.domain.agreements import AgreementState, Funds
from services.billing.queries.agreements import agreements, present_agreement, read_agreement
from services.billing.schemas.agreements import (
    ActivateAgreement,
    AgreementOut,
    AmendAgreement,
    CloseAgreement,
    ResumeAgreement,
    SignAgreement,
    SuspendAgreement,
)
from services.billing.tables import agreement
from shared.events.vocabulary import Code, PayerClass
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}/agreements", tags=["agreements"])


@router.post("", status_code=201, response_model=AgreementOut)
async def post_agreement(programme: Programme, body: SignAgreement, write: ManagerWrites) -> Response:
    """Record a subsidy agreement, active at once or as a draft."""
    return await write.run(sign_agreement, programme, body)


@router.post("/{agreement_id}/activate", status_code=201, response_model=AgreementOut)
async def post_activate(
    programme: Programme, agreement_id: UUID, body: ActivateAgreement, write: ManagerWrites
) -> Response:
    """Let a draft hold."""
    return await write.run(activate_agreement, programme, agreement_id, body)


@router.post("/{agreement_id}/suspend", status_code=201, response_model=AgreementOut)
async def post_suspend(
    programme: Programme, agreement_id: UUID, body: SuspendAgreement, write: ManagerWrites
) -> Response:
    """Stop paying for what is new; what was promised stays."""
    return await write.run(suspend_agreement, programme, agreement_id, body)


@router.post("/{agreement_id}/resume", status_code=201, response_model=AgreementOut)
async def post_resume(
    programme: Programme, agreement_id: UUID, body: ResumeAgreement, write: ManagerWrites
) -> Response:
    """Pay for what is new again."""
    return await write.run(resume_agreement, programme, agreement_id, body)


@router.post("/{agreement_id}/amend", status_code=201, response_model=AgreementOut)
async def post_amend(programme: Programme, agreement_id: UUID, body: AmendAgreement, write: ManagerWrites) -> Response:
    """Change the ceiling or extend the validity, on the record."""
    return await write.run(amend_agreement, programme, agreement_id, body)


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
    state: AgreementState | None = None,
    funds: Funds | None = None,
    code: Code | None = None,
) -> Response:
    """List agreements with what is left of their ceilings."""
    query = agreements(read.actor, programme)
    for column, wanted in (
        (agreement.c.payer_class, None if payer_class is None else payer_class.value),
        (agreement.c.state, None if state is None else state.value),
        (agreement.c.funds, None if funds is None else funds.value),
        (agreement.c.code, code),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    return await answer_list(read.connection, query, agreement.c.id, asked, present_agreement)


@router.get("/{agreement_id}")
async def get_agreement(programme: Programme, agreement_id: UUID, read: Reads) -> AgreementOut:
    """Show one agreement."""
    return await read_agreement(read.connection, read.actor, programme, agreement_id)
