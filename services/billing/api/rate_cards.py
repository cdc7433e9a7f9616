"""Rate cards, and deliveries with and without one."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy import or_

from services.billing.api.access import Asked, FinanceWrites, Programme, Reads
from services.billing.commands.rate_cards import add_rate_card, end_rate_card
from services.billing.domain.rates import DeliveryKind, RateItem
from services.billing.queries.rate_cards import deliveries, present_card, present_delivery, rate_cards, read_card
from services.billing.schemas.rate_cards import AddRateCard, DeliveryOut, EndRateCard, RateCardOut
from services.billing.tables import delivery, rate_card
from shared.days import Day
from shared.events.vocabulary import Code
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}", tags=["costs"])


@router.post("/rate-cards", status_code=201, response_model=RateCardOut)
async def post_card(programme: Programme, body: AddRateCard, write: FinanceWrites) -> Response:
    """Add a rate card; for every partner only by the programme's manager."""
    return await write.run(add_rate_card, programme, body)


@router.post("/rate-cards/{card_id}/end", status_code=201, response_model=RateCardOut)
async def post_end(programme: Programme, card_id: UUID, body: EndRateCard, write: FinanceWrites) -> Response:
    """Give a rate card its last day."""
    return await write.run(end_rate_card, programme, card_id, body)


@router.get("/rate-cards", response_model=Page[RateCardOut])
async def get_cards(
    programme: Programme,
    read: Reads,
    asked: Asked,
    partner_id: UUID | None = None,
    item: RateItem | None = None,
    module: Code | None = None,
    trainer_id: UUID | None = None,
    on: Day | None = None,
) -> Response:
    """List rate cards in all their versions; `on` keeps those in force on a day."""
    query = rate_cards(read.actor, programme)
    for column, wanted in (
        (rate_card.c.partner_id, partner_id),
        (rate_card.c.item, None if item is None else item.value),
        (rate_card.c.module, module),
        (rate_card.c.trainer_id, trainer_id),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if on is not None:
        query = query.where(
            rate_card.c.valid_from <= on, or_(rate_card.c.valid_to.is_(None), rate_card.c.valid_to >= on)
        )
    return await answer_list(read.connection, query, rate_card.c.id, asked, present_card)


@router.get("/rate-cards/{card_id}")
async def get_card(programme: Programme, card_id: UUID, read: Reads) -> RateCardOut:
    """Show one rate card."""
    return await read_card(read.connection, read.actor, programme, card_id)


@router.get("/deliveries", response_model=Page[DeliveryOut])
async def get_deliveries(
    programme: Programme,
    read: Reads,
    asked: Asked,
    partner_id: UUID | None = None,
    training_id: UUID | None = None,
    kind: DeliveryKind | None = None,
    item: RateItem | None = None,
    rate: Annotated[
        Literal["card", "event", "none"] | None, Query(description="none: delivered without a rate, costs nothing yet.")
    ] = None,
    since: Annotated[Day | None, Query(alias="from")] = None,
    until: Annotated[Day | None, Query(alias="to")] = None,
) -> Response:
    """List what delivered days and visits take, and what rated each."""
    query = deliveries(read.actor, programme)
    for column, wanted in (
        (delivery.c.partner_id, partner_id),
        (delivery.c.training_id, training_id),
        (delivery.c.kind, None if kind is None else kind.value),
        (delivery.c.item, None if item is None else item.value),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if rate is not None:
        query = query.where(delivery.c.rated_by.is_(None) if rate == "none" else delivery.c.rated_by == rate)
    if since is not None:
        query = query.where(delivery.c.happened_on >= since)
    if until is not None:
        query = query.where(delivery.c.happened_on <= until)
    return await answer_list(read.connection, query, delivery.c.id, asked, present_delivery)
