"""Reading periods with their steps, and the seals of a book."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.queries.scope import AnyRow, only, seen_by
from services.billing.schemas.periods import PeriodOut, PeriodState, PeriodStepOut, SealOut
from services.billing.tables import period, period_step, seal
from shared.auth.actor import Actor


def periods(actor: Actor, programme: str) -> Select[Any]:
    """Return the accounting periods that a caller may see, each with its steps."""
    step = func.jsonb_build_object(
        *("action", period_step.c.action, "actor", period_step.c.actor, "subject", period_step.c.subject),
        *("reason", period_step.c.reason, "at", period_step.c.at),
    )
    steps = (
        select(func.coalesce(func.jsonb_agg(aggregate_order_by(step, period_step.c.id)), func.jsonb_build_array()))
        .where(period_step.c.period_id == period.c.id)
        .correlate(period)
        .scalar_subquery()
    )
    query = select(period, func.to_jsonb(steps, type_=JSONB).label("steps")).where(period.c.programme == programme)
    return seen_by(actor, query, period.c.book_id)


def present_period(row: AnyRow) -> PeriodOut:
    """Show one period."""
    return PeriodOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.book_id,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        state=PeriodState(row.state),
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        steps=[PeriodStepOut(**step) for step in row.steps],
    )


async def read_period(connection: AsyncConnection, actor: Actor, programme: str, period_id: UUID) -> PeriodOut:
    """Return one period; raises NotFound."""
    query = periods(actor, programme).where(period.c.id == period_id)
    return present_period(await only(connection, query, "period", period_id))


def seals(partner_id: UUID) -> Select[Any]:
    """Return the blocks of a book's hash chain."""
    return select(seal).where(seal.c.book_id == partner_id)


def present_seal(row: AnyRow) -> SealOut:
    """Show one block."""
    return SealOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.book_id,
        seq=row.seq,
        entries=row.entries,
        previous_hash=row.prev_hash.hex(),
        hash=row.hash.hex(),
        sealed_at=row.sealed_at,
    )
