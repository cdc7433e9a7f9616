"""Claims."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from services.billing.api.access import Asked, FinanceWrites, ManagerWrites, Programme, Reads
from services.billing.commands.claims import approve_claim, reject_claim, submit_claim
from services.billing.domain.claims import ClaimState
from services.billing.queries.claims import claims, present_claim, read_claim
from services.billing.schemas.claims import ApproveClaim, ClaimOut, RejectClaim, SubmitClaim
from services.billing.tables import claim
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}/claims", tags=["claims"])


@router.post("", status_code=201, response_model=ClaimOut)
async def post_claim(programme: Programme, body: SubmitClaim, write: FinanceWrites) -> Response:
    """Submit a claim for a funder's shares of issued invoices."""
    return await write.run(submit_claim, programme, body)


@router.post("/{claim_id}/approve", status_code=201, response_model=ClaimOut)
async def post_approve(programme: Programme, claim_id: UUID, body: ApproveClaim, write: ManagerWrites) -> Response:
    """Record what the funder grants."""
    return await write.run(approve_claim, programme, claim_id, body)


@router.post("/{claim_id}/reject", status_code=201, response_model=ClaimOut)
async def post_reject(programme: Programme, claim_id: UUID, body: RejectClaim, write: ManagerWrites) -> Response:
    """Record that the funder grants nothing."""
    return await write.run(reject_claim, programme, claim_id, body)


@router.get("", response_model=Page[ClaimOut])
async def get_claims(
    programme: Programme,
    read: Reads,
    asked: Asked,
    state: ClaimState | None = None,
    agreement_id: UUID | None = None,
    partner_id: UUID | None = None,
) -> Response:
    """List claims."""
    query = claims(read.actor, programme)
    for column, wanted in (
        (claim.c.state, None if state is None else state.value),
        (claim.c.agreement_id, agreement_id),
        (claim.c.partner_id, partner_id),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    return await answer_list(read.connection, query, claim.c.id, asked, present_claim)


@router.get("/{claim_id}")
async def get_claim(programme: Programme, claim_id: UUID, read: Reads) -> ClaimOut:
    """Show one claim."""
    return await read_claim(read.connection, read.actor, programme, claim_id)
