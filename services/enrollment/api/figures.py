"""Figures of reach."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.enrollment.api.access import PREFIX, Programme, Read
from services.enrollment.queries.policies import require_programme
from services.enrollment.queries.reach import measure_reach
from services.enrollment.queries.registers import find_partner
from services.enrollment.schemas.delivery import FigureOut, FiguresOut, PartOut, SourceOut
from shared.days import Day

router = APIRouter(prefix=f"{PREFIX}/figures", tags=["figures"])


@router.get("")
async def figures(
    programme: Programme,
    read: Read,
    as_of: Annotated[Day | None, Query(description="Count what happened up to this day; today if left out.")] = None,
    partner: Annotated[UUID | None, Query(description="Only this partner's part.")] = None,
) -> FiguresOut:
    """Show the reach of a programme, or of a partner's part; a partner's token sees its own part only."""
    await require_programme(read.connection, programme)
    scope = partner if partner is not None else read.actor.partner
    if scope is not None:
        await find_partner(read.connection, programme, scope, read.actor, field="partner")
    day = as_of or read.runtime.clock().date()
    measured = await measure_reach(read.connection, programme, day, scope)
    return FiguresOut(
        programme=programme,
        as_of=day,
        partner_id=scope,
        figures=tuple(
            FigureOut(
                code=figure.code,
                definition=figure.definition,
                unit=figure.unit,
                value=figure.value,
                as_of=day,
                breakdown=tuple(PartOut(group=dict(part.group), value=part.value) for part in figure.breakdown),
                sources=tuple(SourceOut(event=source.event, rows=source.rows) for source in figure.sources),
            )
            for figure in measured
        ),
    )
