"""Votes and declared recusals."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert

from services.certification import tables
from services.certification.domain.board import Member
from services.certification.domain.dates import require_order, require_past
from services.certification.domain.recusal import RecusalKind, conflict
from services.certification.errors.board import (
    AlreadyRecused,
    MandateMissing,
    MemberRecused,
    NotABoardMember,
    NotTheSecretary,
    OtherDossier,
    RecordedForMissing,
)
from services.certification.schemas.board import CastVote, DeclareRecusal, RecusalOut, VoteOut
from services.certification.store.board import insert_vote, load_members, load_recusals, lock_open_case
from shared.auth.actor import Role
from shared.database.transaction import Transaction
from shared.errors import NotFound


async def cast_vote(tx: Transaction, programme: str, case_id: UUID, body: CastVote) -> VoteOut:
    """Vote on an open case, or change a vote; every vote given is kept."""
    tx.actor.require_programme(programme)
    case = await lock_open_case(tx, programme, case_id)
    member = acting_member(tx, await load_members(tx.connection, programme), body.recorded_for)
    ground = (await load_recusals(tx.connection, case_id)).get(member.id) or conflict(member, case.parties)
    if ground is not None:
        raise MemberRecused(member.id, case_id, ground)
    require_past("voted_on", body.voted_on, tx.now.date())
    require_order("voted_on", body.voted_on, "recommended_on", case.recommended_on)
    if not member.sits_on(body.voted_on):
        raise MandateMissing(member.id, body.voted_on)
    if body.dossier_hash != case.dossier_hash:
        raise OtherDossier(case_id, case.dossier_hash)
    is_recorded = body.recorded_for is not None
    vote_id = await insert_vote(tx, case, member, body.choice, body.voted_on, is_recorded=is_recorded)
    return VoteOut(
        id=vote_id,
        programme=programme,
        case_id=case_id,
        round=case.round,
        member_id=member.id,
        choice=body.choice,
        voted_on=body.voted_on,
        dossier_hash=body.dossier_hash,
        is_recorded=is_recorded,
        cast_by=tx.actor.subject,
        cast_at=tx.now,
    )


async def declare_recusal(tx: Transaction, programme: str, case_id: UUID, body: DeclareRecusal) -> RecusalOut:
    """Declare a conflict; what the member voted before no longer counts."""
    tx.actor.require_programme(programme)
    case = await lock_open_case(tx, programme, case_id)
    member = acting_member(tx, await load_members(tx.connection, programme), body.recorded_for)
    if member.id in await load_recusals(tx.connection, case_id):
        raise AlreadyRecused(member.id, case_id)
    recusal_id = tx.ids()
    await tx.connection.execute(
        insert(tables.recusal).values(
            id=recusal_id,
            programme=programme,
            case_id=case.id,
            member_id=member.id,
            kind=RecusalKind.DECLARED,
            ground=body.reason,
            recorded_by=tx.actor.subject,
            recorded_at=tx.now,
        )
    )
    return RecusalOut(
        id=recusal_id,
        programme=programme,
        case_id=case_id,
        member_id=member.id,
        kind=RecusalKind.DECLARED,
        ground=body.reason,
    )


def acting_member(tx: Transaction, members: Sequence[Member], recorded_for: UUID | None) -> Member:
    """Return the member the actor speaks for: their own seat, or the one the secretary records for.

    Raises NotTheSecretary, NotFound, NotABoardMember or RecordedForMissing.
    """
    if recorded_for is not None:
        if not tx.actor.has_any({Role.BOARD_SECRETARY}):
            raise NotTheSecretary
        named = next((member for member in members if member.id == recorded_for), None)
        if named is None:
            raise NotFound("member", recorded_for, field="recorded_for")
        return named
    if not tx.actor.has_any({Role.BOARD_MEMBER}):
        raise RecordedForMissing
    own = next((member for member in members if member.subject == tx.actor.subject), None)
    if own is None:
        raise NotABoardMember(tx.actor.subject)
    return own
