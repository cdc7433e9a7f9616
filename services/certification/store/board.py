"""Members, cases, recusals and votes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.certification import tables
from services.certification.domain.board import Member
from services.certification.domain.constituency import Constituency
from services.certification.domain.recusal import Parties, RecusalKind, conflict
from services.certification.domain.voting import Ballot, Choice
from services.certification.errors.board import CaseClosed
from shared.database.transaction import Transaction
from shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """A case of the board, locked."""

    id: UUID
    programme: str
    trainer_id: UUID
    module: str
    expert_id: UUID
    recommended_on: date
    recommended_by: str
    dossier_hash: str
    scheme_version: int
    round: int
    state: str
    parties: Parties


async def load_members(connection: AsyncConnection, programme: str, *, lock: bool = False) -> list[Member]:
    """Return every member the board ever had, in order of registration.

    `lock`: nobody changes a mandate until the transaction ends.
    """
    columns = tables.board_member.c
    query = select(tables.board_member).where(columns.programme == programme).order_by(columns.id)
    rows = await connection.execute(query.with_for_update(read=True) if lock else query)
    return [member_of(row) for row in rows]


def member_of(row: Row[tuple[object, ...]]) -> Member:
    """Return a member from its row."""
    return Member(
        id=row.id,
        name=row.name,
        constituency=Constituency(row.constituency),
        mandate_from=row.mandate_from,
        mandate_to=row.mandate_to,
        subject=row.subject,
        trainer_id=row.trainer_id,
        partner_id=row.partner_id,
        employer=row.employer,
    )


async def lock_open_case(tx: Transaction, programme: str, case_id: UUID) -> CaseRecord:
    """Lock and return an open case; raises NotFound, or CaseClosed once the board has decided."""
    columns, trainer, expert = tables.board_case.c, tables.trainer.alias("candidate"), tables.trainer.alias("expert")
    row = (
        await tx.connection.execute(
            select(
                tables.board_case,
                trainer.c.partner_id,
                trainer.c.employer,
                expert.c.subject.label("expert_subject"),
            )
            .join(trainer, trainer.c.id == columns.trainer_id)
            .join(expert, expert.c.id == columns.expert_id)
            .where(columns.programme == programme, columns.id == case_id)
            .with_for_update(of=tables.board_case, key_share=True)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("case", case_id, field="case_id")
    if row.state != "open":
        raise CaseClosed(case_id, row.state)
    subjects = {row.recommended_by, row.expert_subject or row.recommended_by}
    return CaseRecord(
        id=row.id,
        programme=programme,
        trainer_id=row.trainer_id,
        module=row.module,
        expert_id=row.expert_id,
        recommended_on=row.recommended_on,
        recommended_by=row.recommended_by,
        dossier_hash=row.dossier_hash,
        scheme_version=row.scheme_version,
        round=row.round,
        state=row.state,
        parties=Parties(row.trainer_id, row.partner_id, row.employer, row.expert_id, frozenset(subjects)),
    )


async def force_recusals(
    tx: Transaction, programme: str, case_id: UUID, parties: Parties, members: Sequence[Member]
) -> None:
    """Record the recusals that facts force on `members`; those on record already stay as they are."""
    for member in members:
        ground = conflict(member, parties)
        if ground is not None:
            await tx.connection.execute(
                upsert(tables.recusal)
                .values(
                    id=tx.ids(),
                    programme=programme,
                    case_id=case_id,
                    member_id=member.id,
                    kind=RecusalKind.FORCED,
                    ground=ground,
                    recorded_by=tx.actor.subject,
                    recorded_at=tx.now,
                )
                .on_conflict_do_nothing(index_elements=["case_id", "member_id"])
            )


async def load_recusals(connection: AsyncConnection, case_id: UUID) -> dict[UUID, str]:
    """Return the ground of every recused member of a case."""
    rows = await connection.execute(
        select(tables.recusal.c.member_id, tables.recusal.c.ground).where(tables.recusal.c.case_id == case_id)
    )
    return {row.member_id: row.ground for row in rows}


async def load_ballots(connection: AsyncConnection, case_id: UUID, round_: int) -> list[Ballot]:
    """Return the votes of one round of a case, in the order they were given."""
    columns = tables.vote.c
    rows = await connection.execute(
        select(tables.vote).where(columns.case_id == case_id, columns.round == round_).order_by(columns.position)
    )
    return [Ballot(row.id, row.member_id, Choice(row.choice), row.voted_on, row.position) for row in rows]


async def insert_vote(
    tx: Transaction, case: CaseRecord, member: Member, choice: Choice, voted_on: date, *, is_recorded: bool
) -> UUID:
    """Write a vote of the case's present round and return its id."""
    vote_id = tx.ids()
    await tx.connection.execute(
        insert(tables.vote).values(
            id=vote_id,
            programme=case.programme,
            case_id=case.id,
            round=case.round,
            member_id=member.id,
            choice=choice,
            voted_on=voted_on,
            dossier_hash=case.dossier_hash,
            is_recorded=is_recorded,
            cast_by=tx.actor.subject,
            cast_at=tx.now,
        )
    )
    return vote_id
