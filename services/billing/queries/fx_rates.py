"""Reading exchange rates."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.fx_rates import RateSource
from services.billing.queries.scope import AnyRow, only
from services.billing.schemas.fx_rates import RateOut
from services.billing.tables import fx_rate


def rates(programme: str) -> Select[Any]:
    """Return the rates of a programme; `holds` unless one recorded later corrects it."""
    later = fx_rate.alias("later")
    corrected = (
        select(later.c.id)
        .where(
            later.c.programme == fx_rate.c.programme,
            later.c.base == fx_rate.c.base,
            later.c.quote == fx_rate.c.quote,
            later.c.on_date == fx_rate.c.on_date,
            later.c.source == fx_rate.c.source,
            tuple_(later.c.captured_at, later.c.id) > tuple_(fx_rate.c.captured_at, fx_rate.c.id),
        )
        .exists()
    )
    return select(fx_rate, (~corrected).label("holds")).where(fx_rate.c.programme == programme)


def present_rate(row: AnyRow) -> RateOut:
    """Show one rate."""
    return RateOut(
        id=row.id,
        programme=row.programme,
        base=row.base,
        quote=row.quote,
        rate=format(row.rate, "f"),
        on_date=row.on_date,
        source=RateSource(row.source),
        source_note=row.source_note,
        captured_at=row.captured_at,
        holds=row.holds,
    )


async def read_rate(connection: AsyncConnection, programme: str, rate_id: UUID) -> RateOut:
    """Return one rate; raises NotFound."""
    return present_rate(await only(connection, rates(programme).where(fx_rate.c.id == rate_id), "rate", rate_id))
