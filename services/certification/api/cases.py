"""Routes of the board's cases: dossier, recusals, votes, decision."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from services.certification import tables
from services.certification.api.dependencies import (
    BoardRead,
    BoardWrite,
    Programme,
    SecretaryWrite,
    Suffixes,
    VotesRead,
)
from services.certification.commands.decision import decide_case
from services.certification.commands.voting import cast_vote, declare_recusal
from services.certification.queries.board import CaseFilter, case_detail, case_votes, cases, present_case
from services.certification.schemas.board import (
    CaseDetailOut,
    CaseOut,
    CastVote,
    Decide,
    DecisionOut,
    DeclareRecusal,
    RecusalOut,
    VoteOut,
    VotesOut,
)
from shared.events.vocabulary import Code
from shared.web.listing import Listing, Page, answer_list, listing

router = APIRouter(prefix="/v1/programmes/{programme}/cases", tags=["cases"])


@router.get("", response_model=Page[CaseOut])
async def list_cases(
    programme: Programme,
    read: BoardRead,
    asked: Annotated[Listing, Depends(listing)],
    state: Literal["open", "certified", "refused"] | None = None,
    trainer_id: UUID | None = None,
    module: Code | None = None,
) -> Response:
    """List the board's cases, oldest first."""
    query = cases(programme, read.actor, CaseFilter(state, trainer_id, module))
    return await answer_list(read.connection, query, tables.board_case.c.id, asked, present_case)


@router.get("/{case_id}")
async def get_case(programme: Programme, case_id: UUID, read: BoardRead) -> CaseDetailOut:
    """Show a case: its frozen dossier, recusals, and decisions once there are some."""
    return await case_detail(read.connection, programme, read.actor, case_id)


@router.get("/{case_id}/votes")
async def get_votes(programme: Programme, case_id: UUID, read: VotesRead) -> VotesOut:
    """List every vote of a case, changed ones too; for secretary and auditor."""
    return await case_votes(read.connection, programme, read.actor, case_id)


@router.post("/{case_id}/votes", status_code=201, response_model=VoteOut)
async def post_vote(programme: Programme, case_id: UUID, body: CastVote, write: BoardWrite) -> Response:
    """Vote, or change a vote, while the case is open."""
    return await write.run(cast_vote, programme, case_id, body)


@router.post("/{case_id}/recusals", status_code=201, response_model=RecusalOut)
async def post_recusal(programme: Programme, case_id: UUID, body: DeclareRecusal, write: BoardWrite) -> Response:
    """Declare a conflict of interest."""
    return await write.run(declare_recusal, programme, case_id, body)


@router.post("/{case_id}/decisions", status_code=201, response_model=DecisionOut)
async def post_decision(
    programme: Programme, case_id: UUID, body: Decide, write: SecretaryWrite, suffix: Suffixes
) -> Response:
    """Record the decision of a meeting: the votes give the outcome."""
    return await write.run(decide_case, programme, case_id, body, suffix)
