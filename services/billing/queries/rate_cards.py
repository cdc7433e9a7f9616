"""Reading rate cards, and deliveries with and without one."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.costs import CostKind
from services.billing.domain.prices import Validity
from services.billing.domain.rates import UNITS, Card, DeliveryKind, RatedBy, RateItem
from services.billing.queries.scope import AnyRow, money, only, seen_by
from services.billing.schemas.rate_cards import DeliveryOut, RateCardOut
from services.billing.tables import delivery, rate_card, training
from shared.auth.actor import Actor
from shared.events.vocabulary import Delivery


def rate_cards(actor: Actor, programme: str) -> Select[Any]:
    """Return the cards that a caller may see: a partner its own and those for every partner."""
    query = select(rate_card).where(rate_card.c.programme == programme)
    if actor.partner is None:
        return query
    return query.where(or_(rate_card.c.partner_id.is_(None), rate_card.c.partner_id == actor.partner))


def card_of(row: AnyRow) -> Card:
    """Return a stored card as rules use it."""
    return Card(
        id=row.id,
        item=RateItem(row.item),
        partner_id=row.partner_id,
        trainer_id=row.trainer_id,
        module=row.module,
        delivery=None if row.delivery is None else Delivery(row.delivery),
        validity=Validity(row.valid_from, row.valid_to),
        amount=money(row.amount_minor, row.currency),
        cost_kind=CostKind(row.cost_kind),
    )


def present_card(row: AnyRow) -> RateCardOut:
    """Show one card."""
    card = card_of(row)
    return RateCardOut(
        id=card.id,
        programme=row.programme,
        partner_id=card.partner_id,
        item=card.item,
        unit=UNITS[card.item],
        module=card.module,
        delivery=card.delivery,
        trainer_id=card.trainer_id,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        amount=card.amount,
        cost_kind=card.cost_kind,
        version=row.version,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
    )


async def read_card(connection: AsyncConnection, actor: Actor, programme: str, card_id: UUID) -> RateCardOut:
    """Return one card; raises NotFound."""
    query = rate_cards(actor, programme).where(rate_card.c.id == card_id)
    return present_card(await only(connection, query, "rate card", card_id))


def deliveries(actor: Actor, programme: str) -> Select[Any]:
    """Return what was delivered and may cost something, as far as a caller may see it."""
    query = (
        select(delivery, training.c.module)
        .join(training, training.c.id == delivery.c.training_id)
        .where(delivery.c.programme == programme)
    )
    return seen_by(actor, query, delivery.c.partner_id)


def present_delivery(row: AnyRow) -> DeliveryOut:
    """Show one of them."""
    return DeliveryOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        training_id=row.training_id,
        module=row.module,
        kind=DeliveryKind(row.kind),
        number=row.number,
        happened_on=row.happened_on,
        trainer_id=row.trainer_id,
        item=RateItem(row.item),
        quantity=row.quantity,
        rated_by=None if row.rated_by is None else RatedBy(row.rated_by),
        card_id=row.card_id,
        cost_id=row.cost_id,
        source_event_id=row.source_event_id,
    )
