"""Price lists."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy import or_

from services.billing.api.access import Asked, FinanceWrites, Programme, Reads
from services.billing.commands.prices import add_price
from services.billing.queries.prices import present_price, prices
from services.billing.queries.scope import seen_by
from services.billing.schemas.prices import AddPrice, PriceAdded, PriceOut
from services.billing.tables import price
from shared.clock import today
from shared.days import Day
from shared.events.vocabulary import Code
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}/prices", tags=["prices"])


@router.post("", status_code=201, response_model=PriceAdded)
async def post_price(programme: Programme, body: AddPrice, write: FinanceWrites) -> Response:
    """Add a price; drafts the enrollments that had waited for it."""
    return await write.run(add_price, programme, body)


@router.get("", response_model=Page[PriceOut])
async def get_prices(
    programme: Programme,
    read: Reads,
    asked: Asked,
    partner_id: UUID | None = None,
    module: Code | None = None,
    on: Day | None = None,
) -> Response:
    """List prices; `on` keeps those in force on a day."""
    query = seen_by(read.actor, prices(programme, today(read.runtime.clock)), price.c.partner_id)
    if partner_id is not None:
        query = query.where(price.c.partner_id == partner_id)
    if module is not None:
        query = query.where(price.c.module == module)
    if on is not None:
        query = query.where(price.c.valid_from <= on, or_(price.c.valid_to.is_(None), price.c.valid_to >= on))
    return await answer_list(read.connection, query, price.c.id, asked, present_price)
