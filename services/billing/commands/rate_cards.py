"""Rate cards: adding, and giving one its last day."""

from uuid import UUID

from sqlalchemy import func, insert, select, update

from services.billing.commands.loading import in_currency, need_partner, need_programme, not_before, one
from services.billing.domain.costs import DIRECT
from services.billing.domain.prices import Validity, succeed
from services.billing.domain.rates import BOOKED_AS
from services.billing.errors import CardKind, CardOverlap, UnknownCode
from services.billing.queries.rate_cards import read_card
from services.billing.queries.scope import AnyRow
from services.billing.schemas.rate_cards import AddRateCard, EndRateCard, RateCardOut
from services.billing.tables import programme as programme_table
from services.billing.tables import rate_card
from shared.database.transaction import Transaction
from shared.errors import NotAllowed, NotFound, RefusedTransition


async def add_rate_card(tx: Transaction, programme: str, command: AddRateCard) -> RateCardOut:
    """Add a card; the one of the same key before it without an end gets its last day.

    Costs that are booked keep their card. What was delivered without a card is filled on request. Raises FactMissing,
    NotAllowed, UnknownCode, CardKind, WrongCurrency, DateOrder or CardOverlap.
    """
    policy = await need_programme(tx, programme)
    if command.partner_id is not None:
        await need_partner(tx, programme, command.partner_id)
    else:
        _require_for_all(tx)
    if command.module is not None and command.module not in policy.modules:
        raise UnknownCode("module", command.module, "module")
    kind = command.cost_kind or BOOKED_AS[command.item]
    if kind not in DIRECT:
        raise CardKind(kind)
    in_currency("amount", command.amount, policy.currency)
    if command.valid_to is not None:
        not_before("valid_to", command.valid_to, command.valid_from, "valid_from")
    # One card at a time, so that two of one key are put in order.
    await tx.connection.execute(
        select(programme_table.c.programme)
        .where(programme_table.c.programme == programme)
        .with_for_update(key_share=True)
    )
    version = await _make_room(tx, programme, command)
    card_id = tx.ids()
    await tx.connection.execute(
        insert(rate_card).values(
            id=card_id,
            programme=programme,
            partner_id=command.partner_id,
            item=command.item.value,
            module=command.module,
            delivery=None if command.delivery is None else command.delivery.value,
            trainer_id=command.trainer_id,
            valid_from=command.valid_from,
            valid_to=command.valid_to,
            amount_minor=command.amount.minor,
            currency=command.amount.currency,
            cost_kind=kind.value,
            version=version,
            recorded_by=tx.actor.subject,
        )
    )
    return await read_card(tx.connection, tx.actor, programme, card_id)


def _require_for_all(tx: Transaction) -> None:
    if tx.actor.partner is not None:
        raise NotAllowed(
            "a card for every partner is the programme's: name the partner", field="partner_id", rule="partner-scope"
        )


async def _make_room(tx: Transaction, programme: str, command: AddRateCard) -> int:
    key = (
        rate_card.c.programme == programme,
        rate_card.c.item == command.item.value,
        rate_card.c.partner_id.is_not_distinct_from(command.partner_id),
        rate_card.c.module.is_not_distinct_from(command.module),
        rate_card.c.delivery.is_not_distinct_from(None if command.delivery is None else command.delivery.value),
        rate_card.c.trainer_id.is_not_distinct_from(command.trainer_id),
    )
    rows = await tx.connection.execute(select(rate_card.c.id, rate_card.c.valid_from, rate_card.c.valid_to).where(*key))
    existing = [(row.id, Validity(row.valid_from, row.valid_to)) for row in rows]
    succession = succeed(existing, Validity(command.valid_from, command.valid_to))
    if succession.in_the_way is not None:
        raise CardOverlap(command.item, succession.in_the_way)
    if succession.ended is not None:
        ended = update(rate_card).where(rate_card.c.id == succession.ended)
        await tx.connection.execute(ended.values(valid_to=succession.last_day))
    return int((await tx.connection.execute(select(func.count()).select_from(rate_card).where(*key))).scalar_one()) + 1


async def end_rate_card(tx: Transaction, programme: str, card_id: UUID, command: EndRateCard) -> RateCardOut:
    """Give a card its last day, or an earlier one than it has; costs that are booked by it stay.

    Raises NotFound, NotAllowed, DateOrder or RefusedTransition (ended already).
    """
    row: AnyRow | None = await one(
        tx, select(rate_card).where(rate_card.c.id == card_id, rate_card.c.programme == programme).with_for_update()
    )
    if row is None or not (row.partner_id is None or tx.actor.sees_partner(row.partner_id)):
        raise NotFound("rate card", card_id, field="id")
    if row.partner_id is None:
        _require_for_all(tx)
    not_before("valid_to", command.valid_to, row.valid_from, "valid_from")
    if row.valid_to is not None and row.valid_to <= command.valid_to:
        raise RefusedTransition("rate card", card_id, f"ended on {row.valid_to}", "end", ())
    await tx.connection.execute(update(rate_card).where(rate_card.c.id == card_id).values(valid_to=command.valid_to))
    return await read_card(tx.connection, tx.actor, programme, card_id)
