"""Exchange rates: what a currency was worth on a day, and who says so."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.billing.api.access import Asked, ManagerWrites, Programme, Reads
from services.billing.commands.fx_rates import import_rates, record_rate
from services.billing.domain.fx_rates import RateSource
from services.billing.queries.fx_rates import present_rate, rates
from services.billing.schemas.fx_rates import Currency, ImportOut, ImportRates, RateOut, RecordRate
from services.billing.tables import fx_rate
from shared.days import Day
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}/fx-rates", tags=["exchange rates"])


@router.post("", status_code=201, response_model=RateOut)
async def post_rate(programme: Programme, body: RecordRate, write: ManagerWrites) -> Response:
    """Record a rate; one for the same pair, day and source corrects the one before."""
    return await write.run(record_rate, programme, body)


@router.post("/import", status_code=201, response_model=ImportOut)
async def post_import(programme: Programme, body: ImportRates, write: ManagerWrites) -> Response:
    """Record a table of rates; every row is reported by itself."""
    return await write.run(import_rates, programme, body)


@router.get("", response_model=Page[RateOut])
async def get_rates(
    programme: Programme,
    read: Reads,
    page: Asked,
    base: Currency | None = None,
    quote: Currency | None = None,
    source: RateSource | None = None,
    since: Annotated[Day | None, Query(alias="from")] = None,
    until: Annotated[Day | None, Query(alias="to")] = None,
) -> Response:
    """List recorded rates, also those that were corrected."""
    query = rates(programme)
    if base is not None:
        query = query.where(fx_rate.c.base == base)
    if quote is not None:
        query = query.where(fx_rate.c.quote == quote)
    if source is not None:
        query = query.where(fx_rate.c.source == source.value)
    if since is not None:
        query = query.where(fx_rate.c.on_date >= since)
    if until is not None:
        query = query.where(fx_rate.c.on_date <= until)
    return await answer_list(read.connection, query, fx_rate.c.id, page, present_rate)
