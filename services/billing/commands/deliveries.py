"""What a delivered day or visit costs: by rate card, by its own event, or nothing until there is a card."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.billing.commands.costs import Incurred, Rated, book_cost
from services.billing.commands.loading import load_programme, one
from services.billing.domain.costs import CostKind
from services.billing.domain.programme import Programme
from services.billing.domain.rates import (
    ITEMS_OF_ABORTED_VISIT,
    ITEMS_OF_VISIT,
    Card,
    DeliveryKind,
    Need,
    RatedBy,
    RateItem,
    choose,
    items_of_session,
)
from services.billing.errors import WrongCurrency
from services.billing.ledger import Late
from services.billing.queries.rate_cards import card_of
from services.billing.queries.scope import AnyRow
from services.billing.tables import delivery, partner, rate_card, training, training_participant
from shared.database.transaction import Transaction
from shared.errors import FactMissing
from shared.events.enrollment import SessionHeld, VisitAborted, VisitCompleted
from shared.events.vocabulary import Delivery
from shared.messaging.handlers import Event
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Delivered:
    """A day or visit that happened, with what it takes: quantities by item."""

    event_id: UUID
    kind: DeliveryKind
    number: int
    on: date
    trainer_id: UUID | None
    items: Mapping[RateItem, int]


async def cost_of_session(tx: Transaction, event: Event[SessionHeld]) -> None:
    """Book a classroom day by the cards of its day: trainer, venue, catering and material by attendance."""
    data = event.data
    keeper, held = await _parties(tx, data.partner_id, data.training_id)
    present = {(each.enterprise_id, each.participant) for each in data.attendances}
    is_first = await one(tx, _SESSIONS.where(delivery.c.training_id == held.id)) is None
    items = items_of_session(len(present), await _newcomers(tx, held, present), is_first=is_first)
    delivered = Delivered(event.id, DeliveryKind.SESSION, data.day, data.held_on, held.lead_trainer_id, items)
    await _rate_all(tx, event.programme, keeper, held, delivered)


_SESSIONS: Final = select(delivery.c.id).where(delivery.c.kind == DeliveryKind.SESSION.value).limit(1)


async def _newcomers(tx: Transaction, held: AnyRow, present: Iterable[tuple[UUID, str]]) -> int:
    rows = [
        {"training_id": held.id, "enterprise_id": firm, "participant": code, "programme": held.programme}
        for firm, code in sorted(present)
    ]
    if not rows:
        return 0
    added = upsert(training_participant).values(rows).on_conflict_do_nothing()
    return len((await tx.connection.execute(added.returning(training_participant.c.participant))).all())


async def cost_of_visit(tx: Transaction, event: Event[VisitCompleted]) -> None:
    """Book a completed visit by the cards of its day: trainer and travel."""
    data = event.data
    keeper, held = await _parties(tx, data.partner_id, data.training_id)
    delivered = Delivered(event.id, DeliveryKind.VISIT, data.number, data.visited_on, data.trainer_id, ITEMS_OF_VISIT)
    await _rate_all(tx, event.programme, keeper, held, delivered)


async def cost_of_aborted_visit(tx: Transaction, event: Event[VisitAborted]) -> None:
    """Book what an aborted visit cost, as trainer days of its training: the attempt consumed them.

    What the event says is all of it; without, the card for aborted visits holds.
    """
    data = event.data
    keeper, held = await _parties(tx, data.partner_id, data.training_id)
    delivered = Delivered(
        event.id, DeliveryKind.ABORTED_VISIT, data.number, data.attempted_on, data.trainer_id, ITEMS_OF_ABORTED_VISIT
    )
    if data.cost is None:
        await _rate_all(tx, event.programme, keeper, held, delivered)
        return
    cost_id = await _book_own(tx, event, data.cost, keeper, held)
    [row] = _rows(tx, keeper, held, delivered)
    await tx.connection.execute(insert(delivery).values(**row, rated_by=RatedBy.EVENT.value, cost_id=cost_id))


async def _book_own(
    tx: Transaction, event: Event[VisitAborted], amount: Money, keeper: AnyRow, held: AnyRow
) -> UUID | None:
    data = event.data
    policy = await _policy(tx, event.programme)
    if amount.currency != policy.currency:
        raise WrongCurrency("cost", amount.currency, policy.currency)
    if not amount:
        return None
    incurred = Incurred(
        CostKind.TRAINER_DAYS,
        amount,
        data.attempted_on,
        f"visit {data.number} aborted: {data.reason}"[:200],
        held,
        source_event_id=event.id,
    )
    return await book_cost(tx, policy, keeper, incurred, Late.MOVE)


async def _parties(tx: Transaction, partner_id: UUID, training_id: UUID) -> tuple[AnyRow, AnyRow]:
    keeper = await one(tx, select(partner).where(partner.c.id == partner_id))
    if keeper is None:
        raise FactMissing("partner", partner_id)
    held = await one(tx, select(training).where(training.c.id == training_id))
    if held is None:
        raise FactMissing("training", training_id)
    return keeper, held


async def _policy(tx: Transaction, code: str) -> Programme:
    found = await load_programme(tx, code)
    if found is None:
        raise FactMissing("programme", code)
    return found


def _rows(tx: Transaction, keeper: AnyRow, held: AnyRow, delivered: Delivered) -> list[dict[str, object]]:
    return [
        {
            "id": tx.ids(),
            "programme": held.programme,
            "partner_id": keeper.id,
            "training_id": held.id,
            "source_event_id": delivered.event_id,
            "kind": delivered.kind.value,
            "number": delivered.number,
            "happened_on": delivered.on,
            "trainer_id": delivered.trainer_id,
            "item": item.value,
            "quantity": quantity,
        }
        for item, quantity in delivered.items.items()
    ]


async def _rate_all(tx: Transaction, programme: str, keeper: AnyRow, held: AnyRow, delivered: Delivered) -> None:
    added = insert(delivery).values(_rows(tx, keeper, held, delivered)).returning(delivery)
    rows = (await tx.connection.execute(added)).all()
    cards = await load_cards(tx, programme, keeper.id, delivered.on, delivered.on)
    if not cards:
        return
    policy = await _policy(tx, programme)
    for row in rows:
        await rate(tx, policy, keeper, held, row, cards)


async def load_cards(tx: Transaction, programme: str, partner_id: UUID, since: date, until: date) -> list[Card]:
    """Return the cards that a partner may be rated by on some day of a span."""
    card = rate_card.c
    query = select(rate_card).where(
        card.programme == programme,
        or_(card.partner_id.is_(None), card.partner_id == partner_id),
        card.valid_from <= until,
        or_(card.valid_to.is_(None), card.valid_to >= since),
    )
    return [card_of(row) for row in await tx.connection.execute(query)]


async def rate(
    tx: Transaction, policy: Programme, keeper: AnyRow, held: AnyRow, row: AnyRow, cards: Iterable[Card]
) -> Money | None:
    """Book what a stored, unrated delivery costs by the most specific card; returns its cost, None without a card.

    A late fact of a closed period moves to the first open day.
    """
    need = Need(RateItem(row.item), keeper.id, row.trainer_id, held.module, Delivery(held.delivery), row.happened_on)
    card = choose(cards, need)
    if card is None:
        return None
    amount = card.cost_of(row.quantity)
    cost_id = None
    if amount:
        incurred = Incurred(
            card.cost_kind,
            amount,
            row.happened_on,
            f"{need.item}, {row.kind} {row.number}: {row.quantity} x {card.amount.amount}",
            held,
            source_event_id=row.source_event_id,
            rated=Rated(card.id, need.item, row.quantity),
        )
        cost_id = await book_cost(tx, policy, keeper, incurred, Late.MOVE)
    done = update(delivery).where(delivery.c.id == row.id)
    await tx.connection.execute(done.values(rated_by=RatedBy.CARD.value, card_id=card.id, cost_id=cost_id))
    return amount
