"""Routes of the board's members."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from services.certification import tables
from services.certification.api.dependencies import BoardRead, Programme, SecretaryWrite
from services.certification.commands.members import change_mandate_end, member_out, register_member
from services.certification.domain.constituency import Constituency
from services.certification.queries.board import members
from services.certification.schemas.board import ChangeMandateEnd, MemberOut, RegisterMember
from services.certification.store.board import member_of
from shared.errors import NotFound
from shared.web.listing import Listing, Page, answer_list, listing

router = APIRouter(prefix="/v1/programmes/{programme}/board-members", tags=["board"])


@router.post("", status_code=201, response_model=MemberOut)
async def post_member(programme: Programme, body: RegisterMember, write: SecretaryWrite) -> Response:
    """Give somebody a seat on the board."""
    return await write.run(register_member, programme, body)


@router.post("/{member_id}/mandate-ends", status_code=201, response_model=MemberOut)
async def post_mandate_end(
    programme: Programme, member_id: UUID, body: ChangeMandateEnd, write: SecretaryWrite
) -> Response:
    """Let a mandate end earlier or later than planned."""
    return await write.run(change_mandate_end, programme, member_id, body)


@router.get("", response_model=Page[MemberOut])
async def list_members(
    programme: Programme,
    read: BoardRead,
    asked: Annotated[Listing, Depends(listing)],
    constituency: Constituency | None = None,
) -> Response:
    """List the members of the board, past and present."""
    query = members(programme, constituency)
    return await answer_list(
        read.connection, query, tables.board_member.c.id, asked, lambda row: member_out(programme, member_of(row))
    )


@router.get("/{member_id}")
async def get_member(programme: Programme, member_id: UUID, read: BoardRead) -> MemberOut:
    """Show a member of the board."""
    query = members(programme, None).where(tables.board_member.c.id == member_id)
    row = (await read.connection.execute(query)).one_or_none()
    if row is None:
        raise NotFound("member", member_id)
    return member_out(programme, member_of(row))
