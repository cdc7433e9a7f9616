"""Reading prices."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.queries.scope import AnyRow, money, only
from services.billing.schemas.fields import percent_text
from services.billing.schemas.prices import PriceOut
from services.billing.tables import price


def prices(programme: str) -> Select[Any]:
    """Return the prices of a programme."""
    return select(price).where(price.c.programme == programme)


def present_price(row: AnyRow) -> PriceOut:
    """Show one price."""
    return PriceOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        module=row.module,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        price=money(row.price_minor, row.currency),
        tax_rate_pct=percent_text(row.tax_rate_bp),
    )


async def read_price(connection: AsyncConnection, programme: str, price_id: UUID) -> PriceOut:
    """Return one price; raises NotFound."""
    return present_price(await only(connection, prices(programme).where(price.c.id == price_id), "price", price_id))
