"""Booking by card what was delivered when there was no card."""

from typing import Final

from sqlalchemy import select

from services.billing.commands.deliveries import load_cards, rate
from services.billing.commands.loading import need_partner, need_programme, not_before
from services.billing.schemas.rate_cards import CostsFilled, FillCosts
from services.billing.tables import delivery, training
from shared.database.transaction import Transaction
from shared.money import Money

_AT_ONCE: Final = 1_000
"""Deliveries that one request books."""


async def fill_costs(tx: Transaction, programme: str, command: FillCosts) -> CostsFilled:
    """Book what a partner delivered on a span of days without a rate, as far as there is a card now.

    The same request again books nothing twice. Raises FactMissing, NotAllowed or DateOrder.
    """
    policy = await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, command.partner_id)
    not_before("to", command.until, command.since, "from")
    cards = await load_cards(tx, programme, keeper.id, command.since, command.until)
    # Held against another filling of the same days: each is booked by one of the two.
    rows = (
        await tx.connection.execute(
            select(delivery)
            .where(
                delivery.c.partner_id == keeper.id,
                delivery.c.happened_on.between(command.since, command.until),
                delivery.c.rated_by.is_(None),
            )
            .order_by(delivery.c.happened_on, delivery.c.id)
            .with_for_update()
        )
    ).all()
    of_rows = select(training).where(training.c.id.in_({row.training_id for row in rows}))
    trainings = {row.id: row for row in await tx.connection.execute(of_rows)}
    filled: list[Money] = []
    looked_at = 0
    for row in rows:
        if len(filled) == _AT_ONCE:
            break
        looked_at += 1
        amount = await rate(tx, policy, keeper, trainings[row.training_id], row, cards)
        if amount is not None:
            filled.append(amount)
    booked = sum(map(bool, filled))
    return CostsFilled(
        id=tx.ids(),
        programme=programme,
        partner_id=keeper.id,
        booked=booked,
        costs_nothing=len(filled) - booked,
        amount=Money(sum(amount.minor for amount in filled), keeper.currency),
        still_without_rate=looked_at - len(filled),
        not_looked_at=len(rows) - looked_at,
    )
