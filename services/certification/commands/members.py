"""Who sits on the board."""

from uuid import UUID

from sqlalchemy import func, insert, select, update

from services.certification import tables
from services.certification.domain.board import Member
from services.certification.domain.dates import require_order
from services.certification.errors.board import DuplicateMember, MandateInUse
from services.certification.schemas.board import ChangeMandateEnd, MemberOut, RegisterMember
from services.certification.store.board import load_members, member_of
from services.certification.store.programmes import load_programme, require_partner
from shared.database.transaction import Transaction
from shared.errors import NotFound


async def register_member(tx: Transaction, programme: str, body: RegisterMember) -> MemberOut:
    """Give somebody a seat; one person has one seat."""
    tx.actor.require_programme(programme)
    await load_programme(tx.connection, programme, lock=True)
    require_order("mandate_to", body.mandate_to or body.mandate_from, "mandate_from", body.mandate_from)
    await require_partner(tx.connection, programme, body.partner_id)
    if body.trainer_id is not None:
        columns = tables.trainer.c
        found = select(columns.id).where(columns.programme == programme, columns.id == body.trainer_id)
        if (await tx.connection.execute(found)).first() is None:
            raise NotFound("trainer", body.trainer_id, field="trainer_id")
    for member in await load_members(tx.connection, programme):
        if member.name.casefold() == body.name.casefold():
            raise DuplicateMember("name", body.name)
        if body.subject is not None and member.subject == body.subject:
            raise DuplicateMember("subject", body.subject)
        if body.trainer_id is not None and member.trainer_id == body.trainer_id:
            raise DuplicateMember("trainer_id", str(body.trainer_id))
    member_id = tx.ids()
    await tx.connection.execute(
        insert(tables.board_member).values(id=member_id, programme=programme, recorded_at=tx.now, **body.model_dump())
    )
    return MemberOut(id=member_id, programme=programme, **body.model_dump())


async def change_mandate_end(tx: Transaction, programme: str, member_id: UUID, body: ChangeMandateEnd) -> MemberOut:
    """Let a mandate end earlier or later; decisions the member sat in stay covered."""
    tx.actor.require_programme(programme)
    columns = tables.board_member.c
    row = (
        await tx.connection.execute(
            select(tables.board_member)
            .where(columns.programme == programme, columns.id == member_id)
            .with_for_update(key_share=True)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("member", member_id, field="member_id")
    if body.mandate_to is not None:
        require_order("mandate_to", body.mandate_to, "mandate_from", row.mandate_from)
        last = (
            await tx.connection.execute(
                select(func.max(tables.decision.c.decided_on))
                .join(tables.roll_call, tables.roll_call.c.decision_id == tables.decision.c.id)
                .where(tables.roll_call.c.member_id == member_id)
            )
        ).scalar_one()
        if last is not None and last > body.mandate_to:
            raise MandateInUse(member_id, last)
    await tx.connection.execute(
        update(tables.board_member).where(columns.id == member_id).values(mandate_to=body.mandate_to)
    )
    return member_out(programme, member_of(row)).model_copy(update={"mandate_to": body.mandate_to})


def member_out(programme: str, member: Member) -> MemberOut:
    """Return a member as an answer."""
    return MemberOut(
        id=member.id,
        programme=programme,
        name=member.name,
        constituency=member.constituency,
        mandate_from=member.mandate_from,
        mandate_to=member.mandate_to,
        subject=member.subject,
        trainer_id=member.trainer_id,
        partner_id=member.partner_id,
        employer=member.employer,
    )
