"""One enterprise before and after, KPI by KPI, with what stands behind each value."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.assessment.domain.comparison import Gap, Reading, Verdict, gap, values, verdict
from services.assessment.domain.kpi import KpiVersion
from services.assessment.figures import Sums, change, sums
from services.assessment.queries import facts
from services.assessment.queries.figures import Pair, Scope, pairs
from services.assessment.tables import assessment, identified, known_enterprise
from shared.auth.actor import Actor
from shared.errors import NotFound
from shared.events.vocabulary import Direction, KpiStatus


class Side(BaseModel):
    """What one assessment says of a KPI; `sums` when it was measured."""

    assessment_id: UUID
    assessed_on: date
    kpi_version: int
    unit: str
    status: KpiStatus
    sums: Sums | None


class BeforeAfterRow(BaseModel):
    """One KPI: before, after, and what the change means; `gap` says why there is no comparison."""

    kpi: str
    name: str
    unit: str
    direction: Direction
    scale: int
    before: Side | None
    after: Side | None
    change: str | None
    verdict: Verdict | None
    gap: Gap | None


class BeforeAfterOut(BaseModel):
    """An enterprise's before/after table as of a day."""

    enterprise_id: UUID
    programme: str
    name: str
    as_of: date
    rows: list[BeforeAfterRow]


async def enterprise_before_after(connection: AsyncConnection, actor: Actor, scope: Scope) -> BeforeAfterOut:
    """Return the table of the enterprise in `scope`.

    Raises NotFound when the programme has no such enterprise, or the token is for another partner.
    """
    enterprise = (
        await connection.execute(
            select(known_enterprise).where(identified(known_enterprise, scope.programme, scope.enterprise_id))
        )
    ).one_or_none()
    if enterprise is None or not actor.sees_partner(enterprise.partner_id):
        raise NotFound("enterprise", str(scope.enterprise_id))
    catalogue = await facts.catalogue(connection, scope.programme)
    days = {
        row.id: row.assessed_on
        for row in await connection.execute(
            select(assessment.c.id, assessment.c.assessed_on).where(assessment.c.enterprise_id == scope.enterprise_id)
        )
    }
    return BeforeAfterOut(
        enterprise_id=enterprise.id,
        programme=scope.programme,
        name=enterprise.name,
        as_of=scope.as_of,
        rows=sorted((_row(pair, days) for pair in await pairs(connection, scope, catalogue)), key=lambda row: row.kpi),
    )


def _row(pair: Pair, days: dict[UUID, date]) -> BeforeAfterRow:
    shown = pair.after_version or pair.before_version
    if shown is None:
        raise ValueError(f"{pair.compared.kpi} was read by no definition")
    missing = gap(pair.compared, shown.measure)
    both = values(pair.compared) if missing is None else None
    return BeforeAfterRow(
        kpi=shown.code,
        name=shown.terms.name,
        unit=shown.measure.unit,
        direction=shown.measure.direction,
        scale=shown.measure.scale,
        before=_side(pair.compared.before, pair.before_version, pair.before_source, days),
        after=_side(pair.compared.after, pair.after_version, pair.after_source, days),
        change=None if both is None else change(shown.measure, *both),
        verdict=None if both is None else verdict(shown.measure.direction, *both),
        gap=missing,
    )


def _side(
    reading: Reading | None, version: KpiVersion | None, source: UUID | None, days: dict[UUID, date]
) -> Side | None:
    if reading is None or version is None or source is None:
        return None
    return Side(
        assessment_id=source,
        assessed_on=days[source],
        kpi_version=version.number,
        unit=version.measure.unit,
        status=reading.status,
        sums=(
            None
            if reading.numerator is None or reading.denominator is None
            else sums(version.measure, reading.numerator, reading.denominator)
        ),
    )
