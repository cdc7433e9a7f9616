"""Members, cases and votes."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.certification import tables
from services.certification.domain.constituency import Constituency
from services.certification.domain.recusal import RecusalKind
from services.certification.domain.voting import Choice, Outcome
from services.certification.queries.certificates import CertificateFilter, certificates, present_certificate
from services.certification.schemas.board import CaseDetailOut, CaseOut, DecisionOut, RecusalOut, VoteOut, VotesOut
from shared.auth.actor import Actor
from shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a list of cases is narrowed to; None: not."""

    state: str | None = None
    trainer_id: UUID | None = None
    module: str | None = None


def members(programme: str, constituency: Constituency | None) -> Select[Any]:
    """Return the query of a board's members, past and present."""
    columns = tables.board_member.c
    query = select(tables.board_member).where(columns.programme == programme)
    return query if constituency is None else query.where(columns.constituency == constituency)


def cases(programme: str, actor: Actor, wanted: CaseFilter) -> Select[Any]:
    """Return the query of a board's cases; a partner's token sees those of its own trainers."""
    columns, trainer = tables.board_case.c, tables.trainer.c
    query = select(tables.board_case).where(columns.programme == programme)
    if actor.partner is not None:
        own = select(trainer.id).where(trainer.id == columns.trainer_id, trainer.partner_id == actor.partner)
        query = query.where(own.exists())
    for column, value in (
        (columns.state, wanted.state),
        (columns.trainer_id, wanted.trainer_id),
        (columns.module, wanted.module),
    ):
        if value is not None:
            query = query.where(column == value)
    return query


def present_case(row: Row[Any]) -> CaseOut:
    """Return a case's row as an answer."""
    return CaseOut.model_validate({name: getattr(row, name) for name in CaseOut.model_fields})


async def case_detail(connection: AsyncConnection, programme: str, actor: Actor, case_id: UUID) -> CaseDetailOut:
    """Return a case with dossier, recusals and decisions; raises NotFound outside the actor's scope."""
    row = (
        await connection.execute(cases(programme, actor, CaseFilter()).where(tables.board_case.c.id == case_id))
    ).one_or_none()
    if row is None:
        raise NotFound("case", case_id)
    manifest = (
        await connection.execute(select(tables.dossier.c.manifest).where(tables.dossier.c.id == row.dossier_id))
    ).scalar_one()
    voted = (
        await connection.execute(
            select(func.count(func.distinct(tables.vote.c.member_id))).where(
                tables.vote.c.case_id == case_id, tables.vote.c.round == row.round
            )
        )
    ).scalar_one()
    return CaseDetailOut(
        **present_case(row).model_dump(),
        dossier=json.loads(manifest),
        recusals=await _recusals(connection, case_id),
        decisions=await _decisions(connection, programme, actor, case_id),
        members_voted=voted,
        allowed_actions=["decide", "declare-recusal", "vote"] if row.state == "open" else [],
    )


async def case_votes(connection: AsyncConnection, programme: str, actor: Actor, case_id: UUID) -> VotesOut:
    """Return every vote of a case, in the order given; raises NotFound outside the actor's scope."""
    found = await connection.execute(cases(programme, actor, CaseFilter()).where(tables.board_case.c.id == case_id))
    if found.first() is None:
        raise NotFound("case", case_id)
    columns = tables.vote.c
    rows = await connection.execute(select(tables.vote).where(columns.case_id == case_id).order_by(columns.position))
    return VotesOut(
        items=[
            VoteOut(
                id=row.id,
                programme=row.programme,
                case_id=row.case_id,
                round=row.round,
                member_id=row.member_id,
                choice=Choice(row.choice),
                voted_on=row.voted_on,
                dossier_hash=row.dossier_hash,
                is_recorded=row.is_recorded,
                cast_by=row.cast_by,
                cast_at=row.cast_at,
            )
            for row in rows
        ]
    )


async def _recusals(connection: AsyncConnection, case_id: UUID) -> list[RecusalOut]:
    columns = tables.recusal.c
    rows = await connection.execute(select(tables.recusal).where(columns.case_id == case_id).order_by(columns.id))
    return [
        RecusalOut(
            id=row.id,
            programme=row.programme,
            case_id=row.case_id,
            member_id=row.member_id,
            kind=RecusalKind(row.kind),
            ground=row.ground,
        )
        for row in rows
    ]


async def _decisions(connection: AsyncConnection, programme: str, actor: Actor, case_id: UUID) -> list[DecisionOut]:
    columns = tables.decision.c
    rows = (
        await connection.execute(select(tables.decision).where(columns.case_id == case_id).order_by(columns.round))
    ).all()
    decided_on = max((row.decided_on for row in rows), default=None)
    issued = None
    if decided_on is not None:
        query = certificates(programme, actor, CertificateFilter(), decided_on)
        issued = (await connection.execute(query.where(tables.certificate.c.case_id == case_id))).one_or_none()
    return [
        DecisionOut(
            id=row.id,
            programme=row.programme,
            case_id=row.case_id,
            round=row.round,
            outcome=Outcome(row.outcome),
            decided_on=row.decided_on,
            reason=row.reason,
            votes_for=row.votes_for,
            votes_against=row.votes_against,
            abstentions=row.abstentions,
            eligible=row.eligible,
            required_constituencies=[Constituency(one) for one in row.required],
            dossier_hash=row.dossier_hash,
            scheme_version=row.scheme_version,
            certificate=None
            if issued is None or issued.decision_id != row.id
            else present_certificate(issued, row.decided_on),
        )
        for row in rows
    ]
