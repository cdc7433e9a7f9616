"""Reading discounts."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.discounts import DiscountKind
from services.billing.queries.scope import AnyRow, money, only, seen_by
from services.billing.schemas.discounts import DiscountOut
from services.billing.schemas.fields import percent_text
from services.billing.tables import discount
from shared.auth.actor import Actor


def discounts(actor: Actor, programme: str) -> Select[Any]:
    """Return the discounts that a caller may see."""
    return seen_by(actor, select(discount).where(discount.c.programme == programme), discount.c.partner_id)


def present_discount(row: AnyRow) -> DiscountOut:
    """Show one discount."""
    return DiscountOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        enterprise_id=row.enterprise_id,
        enrollment_id=row.enrollment_id,
        module=row.module,
        kind=DiscountKind(row.kind),
        percent=None if row.rate_bp is None else percent_text(row.rate_bp),
        amount=None if row.amount_minor is None else money(row.amount_minor, row.currency),
        reason=row.reason,
        granted_on=row.granted_on,
        granted_by=row.granted_by,
        withdrawn_on=row.withdrawn_on,
        withdrawn_by=row.withdrawn_by,
        withdraw_reason=row.withdraw_reason,
    )


async def read_discount(connection: AsyncConnection, actor: Actor, programme: str, discount_id: UUID) -> DiscountOut:
    """Return one discount; raises NotFound."""
    query = discounts(actor, programme).where(discount.c.id == discount_id)
    return present_discount(await only(connection, query, "discount", discount_id))
