"""Reading prices."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.instalments import AT_ONCE
from services.billing.queries.scope import AnyRow, money, only
from services.billing.schemas.fields import percent_text
from services.billing.schemas.prices import InstalmentOut, PriceOut
from services.billing.tables import price, price_instalment, tax_rule
from shared.events.vocabulary import Delivery

_INSTALMENT = func.jsonb_build_array(price_instalment.c.share_bp, price_instalment.c.waits_for)
_AT_ONCE = [(part.share, part.waits_for) for part in AT_ONCE]


def prices(programme: str, today: date) -> Select[Any]:
    """Return the prices of a programme with their plans and the rate of their tax `today`."""
    plan = (
        select(func.jsonb_agg(aggregate_order_by(_INSTALMENT, price_instalment.c.number), type_=JSONB))
        .where(price_instalment.c.price_id == price.c.id)
        .correlate(price)
        .scalar_subquery()
    )
    rate = (
        select(tax_rule.c.rate_bp)
        .where(
            tax_rule.c.programme == price.c.programme,
            tax_rule.c.code == price.c.tax_code,
            tax_rule.c.valid_from <= today,
            func.coalesce(tax_rule.c.valid_to, today) >= today,
        )
        .correlate(price)
        .scalar_subquery()
    )
    return select(price, plan.label("plan"), rate.label("rate_bp")).where(price.c.programme == programme)


def present_price(row: AnyRow) -> PriceOut:
    """Show one price."""
    return PriceOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        module=row.module,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        delivery=None if row.delivery is None else Delivery(row.delivery),
        price=money(row.price_minor, row.currency),
        tax_code=row.tax_code,
        tax_rate_pct=percent_text(row.rate_bp or 0),
        instalments=[InstalmentOut(share_pct=percent_text(share), due=due) for share, due in row.plan or _AT_ONCE],
    )


async def read_price(connection: AsyncConnection, programme: str, price_id: UUID, today: date) -> PriceOut:
    """Return one price; raises NotFound."""
    query = prices(programme, today).where(price.c.id == price_id)
    return present_price(await only(connection, query, "price", price_id))
