"""Claims."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.billing.api.access import Asked, FinanceWrites, ManagerWrites, Programme, Reads
from services.billing.api.sheets import answer_report
from services.billing.commands.claim_decisions import approve_claim, reject_claim, return_claim, withdraw_claim
from services.billing.commands.claim_reductions import close_claim, reduce_claim, reopen_claim
from services.billing.commands.claims import revise_claim, submit_claim, submit_draft
from services.billing.domain.claims import ClaimState
from services.billing.queries.claims import claims, present_claim, read_claim
from services.billing.queries.evidence import read_document, read_evidence
from services.billing.schemas.claims import (
    ApproveClaim,
    ClaimOut,
    CloseClaim,
    ReduceClaim,
    RejectClaim,
    ReopenClaim,
    ReturnClaim,
    ReviseClaim,
    SubmitClaim,
    SubmitDraft,
    WithdrawClaim,
)
from services.billing.schemas.evidence import ClaimDocumentOut, ClaimEvidenceOut, DocumentItem
from services.billing.tables import claim
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}/claims", tags=["claims"])


@router.post("", status_code=201, response_model=ClaimOut)
async def post_claim(programme: Programme, body: SubmitClaim, write: FinanceWrites) -> Response:
    """Submit a claim for a funder's shares of issued invoices or for costs, or keep it as a draft."""
    return await write.run(submit_claim, programme, body)


@router.post("/{claim_id}/revise", status_code=201, response_model=ClaimOut)
async def post_revise(programme: Programme, claim_id: UUID, body: ReviseClaim, write: FinanceWrites) -> Response:
    """Give a draft, or a claim that was returned, other items."""
    return await write.run(revise_claim, programme, claim_id, body)


@router.post("/{claim_id}/submit", status_code=201, response_model=ClaimOut)
async def post_submit(programme: Programme, claim_id: UUID, body: SubmitDraft, write: FinanceWrites) -> Response:
    """Send a draft to its funder, with its evidence frozen."""
    return await write.run(submit_draft, programme, claim_id, body)


@router.post("/{claim_id}/withdraw", status_code=201, response_model=ClaimOut)
async def post_withdraw(programme: Programme, claim_id: UUID, body: WithdrawClaim, write: FinanceWrites) -> Response:
    """Take a claim back before it is decided."""
    return await write.run(withdraw_claim, programme, claim_id, body)


@router.post("/{claim_id}/approve", status_code=201, response_model=ClaimOut)
async def post_approve(programme: Programme, claim_id: UUID, body: ApproveClaim, write: ManagerWrites) -> Response:
    """Record what the funder grants."""
    return await write.run(approve_claim, programme, claim_id, body)


@router.post("/{claim_id}/reject", status_code=201, response_model=ClaimOut)
async def post_reject(programme: Programme, claim_id: UUID, body: RejectClaim, write: ManagerWrites) -> Response:
    """Record that the funder grants nothing."""
    return await write.run(reject_claim, programme, claim_id, body)


@router.post("/{claim_id}/return", status_code=201, response_model=ClaimOut)
async def post_return(programme: Programme, claim_id: UUID, body: ReturnClaim, write: ManagerWrites) -> Response:
    """Record that the funder wants it corrected."""
    return await write.run(return_claim, programme, claim_id, body)


@router.post("/{claim_id}/reduce", status_code=201, response_model=ClaimOut)
async def post_reduce(programme: Programme, claim_id: UUID, body: ReduceClaim, write: ManagerWrites) -> Response:
    """Record what the funder disallows of what it approved."""
    return await write.run(reduce_claim, programme, claim_id, body)


@router.post("/{claim_id}/close", status_code=201, response_model=ClaimOut)
async def post_close(programme: Programme, claim_id: UUID, body: CloseClaim, write: ManagerWrites) -> Response:
    """Close a claim of which nothing is open."""
    return await write.run(close_claim, programme, claim_id, body)


@router.post("/{claim_id}/reopen", status_code=201, response_model=ClaimOut)
async def post_reopen(programme: Programme, claim_id: UUID, body: ReopenClaim, write: ManagerWrites) -> Response:
    """Open a closed claim again."""
    return await write.run(reopen_claim, programme, claim_id, body)


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


@router.get("/{claim_id}/evidence")
async def get_evidence(programme: Programme, claim_id: UUID, read: Reads) -> ClaimEvidenceOut:
    """Show what is known now of every item, and what each lacks."""
    return await read_evidence(read.connection, read.actor, programme, claim_id)


@router.get("/{claim_id}/document", response_model=ClaimDocumentOut)
async def get_document(
    request: Request,
    programme: Programme,
    claim_id: UUID,
    read: Reads,
    revision: Annotated[int | None, Query(ge=1, description="Which submission; without it, the newest.")] = None,
) -> Response:
    """Show a claim as it was submitted, with its evidence and the SHA-256 of both; as CSV its items."""
    frozen = await read_document(read.connection, read.actor, programme, claim_id, revision)
    return answer_report(request, frozen, frozen.document.items, DocumentItem)
