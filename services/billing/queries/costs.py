"""Reading costs."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.costs import Funding
from services.billing.queries.scope import AnyRow, money, only, seen_by
from services.billing.schemas.costs import CostOut
from services.billing.tables import cost, training
from shared.auth.actor import Actor


def costs(actor: Actor, programme: str) -> Select[Any]:
    """Return the costs that a caller may see."""
    query = (
        select(cost, training.c.module)
        .outerjoin(training, training.c.id == cost.c.training_id)
        .where(cost.c.programme == programme)
    )
    return seen_by(actor, query, cost.c.partner_id)


def present_cost(row: AnyRow) -> CostOut:
    """Show one cost."""
    return CostOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        training_id=row.training_id,
        module=row.module,
        kind=row.kind,
        funding=Funding.IN_KIND if row.is_in_kind else Funding.CASH,
        is_direct=row.is_direct,
        incurred_on=row.incurred_on,
        posted_on=row.posted_on,
        amount=money(row.amount_minor, row.currency),
        description=row.description,
        source_event_id=row.source_event_id,
    )


async def read_cost(connection: AsyncConnection, actor: Actor, programme: str, cost_id: UUID) -> CostOut:
    """Return one cost; raises NotFound."""
    query = costs(actor, programme).where(cost.c.id == cost_id)
    return present_cost(await only(connection, query, "cost", cost_id))
