"""Paying costs, and taking such payments back."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert, select

from services.billing import ledger
from services.billing.commands.cost_reversals import is_reversed, lock_cost
from services.billing.commands.loading import happened, in_currency, need_partner, need_programme, not_before, one
from services.billing.commands.prepayments import lock_prepayment, require_left
from services.billing.commands.returns import last_returned, lock_paid, take_back
from services.billing.commands.tills import choose_till
from services.billing.domain.payables import Part, payment_entry
from services.billing.domain.posting import Dimensions
from services.billing.domain.programme import Programme
from services.billing.errors import ExceedsOpenAmount, NotPayable
from services.billing.queries.costs import paid_for_cost
from services.billing.queries.payables import read_cost_payment
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.payables import CostPaymentOut, PayCost, PayCosts, ReversePayment
from services.billing.tables import cost, cost_payment, cost_payment_part, cost_payment_reversal, training
from shared.database.transaction import Transaction
from shared.events.vocabulary import Delivery
from shared.money import Money


async def pay_costs(tx: Transaction, programme: str, command: PayCosts) -> CostPaymentOut:
    """Pay costs of one partner, wholly or in part, never above what is open; or use a prepayment up for them.

    Raises FactMissing, NotFound, NotAllowed, NotPayable, WrongCurrency, ExceedsOpenAmount, ExceedsPrepayment,
    WhichBankAccount, WrongBankAccount, FutureDate, DateOrder or PeriodClosed.
    """
    policy = await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, command.partner_id)
    happened(tx, "paid_on", command.paid_on)
    prepaid = None
    if command.prepayment_id is not None:
        prepaid = await lock_prepayment(tx, programme, command.prepayment_id, "prepayment_id")
    locked = await _lock_costs(tx, programme, command.costs)
    parts = [
        await _part(tx, policy, command, locked[asked.cost_id], place) for place, asked in enumerate(command.costs)
    ]
    total = Money(sum(part.amount.minor for part in parts), keeper.currency)
    if prepaid is not None:
        trainings = [row.training_id for row in locked.values()]
        await require_left(tx, prepaid, keeper.id, trainings, command.paid_on, total)
    payment_id = tx.ids()
    bank = None
    if command.method is not None:
        where = await choose_till(
            tx, keeper.id, total.currency, command.method, command.bank_account_id, command.paid_on
        )
        bank = where.bank_account_id
    entry = payment_entry(payment_id, parts, command.method, command.paid_on, bank)
    if entry is None:
        raise ValueError("a payment is never zero")
    await ledger.post(tx, keeper.id, entry)
    await tx.connection.execute(
        insert(cost_payment).values(
            id=payment_id,
            programme=programme,
            partner_id=keeper.id,
            paid_on=command.paid_on,
            amount_minor=total.minor,
            currency=total.currency,
            method=None if command.method is None else command.method.value,
            prepayment_id=command.prepayment_id,
            reference=command.reference,
        )
    )
    stored = [
        {"payment_id": payment_id, "cost_id": each.cost_id, "programme": programme, "amount_minor": each.amount.minor}
        for each in parts
    ]
    await tx.connection.execute(insert(cost_payment_part).values(stored))
    return await read_cost_payment(tx.connection, tx.actor, programme, payment_id)


async def _lock_costs(tx: Transaction, programme: str, asked: Sequence[PayCost]) -> dict[UUID, AnyRow]:
    # In order of their ids, so that two payments of the same costs never wait for each other in a circle.
    places = {each.cost_id: place for place, each in enumerate(asked)}
    return {
        cost_id: await lock_cost(tx, programme, cost_id, f"costs.{places[cost_id]}.cost_id")
        for cost_id in sorted(places)
    }


async def _part(tx: Transaction, policy: Programme, command: PayCosts, row: AnyRow, place: int) -> Part:
    field = f"costs.{place}.cost_id"
    if row.partner_id != command.partner_id:
        raise NotPayable(field, f"cost {row.id} is in another partner's book")
    if row.is_in_kind or row.by_ilo:
        raise NotPayable(field, f"cost {row.id} was given: nobody has to be paid for it")
    if await is_reversed(tx, row.id):
        raise NotPayable(field, f"cost {row.id} is reversed")
    returned = await last_returned(tx, cost_payment_part.c.cost_id == row.id)
    earliest = max(row.posted_on, returned or row.posted_on)
    not_before("paid_on", command.paid_on, earliest, f"the day from which cost {row.id} is owed")
    paid = (await tx.connection.execute(select(paid_for_cost()).where(cost.c.id == row.id))).scalar_one()
    left = money(row.amount_minor - paid, row.currency)
    amount = command.costs[place].amount or left
    if not left:
        raise NotPayable(field, f"cost {row.id} is paid")
    in_currency(f"costs.{place}.amount", amount, row.currency)
    if left < amount:
        raise ExceedsOpenAmount(amount, left, f"costs.{place}.amount")
    return Part(row.id, amount, await _dimensions(tx, policy, row))


async def _dimensions(tx: Transaction, policy: Programme, row: AnyRow) -> Dimensions:
    held = await one(tx, select(training).where(training.c.id == row.training_id))
    return Dimensions(
        phase=policy.phase_on(row.incurred_on),
        training_id=row.training_id,
        module=None if held is None else held.module,
        region=None if held is None else held.region,
        delivery=None if held is None else Delivery(held.delivery),
        cost_kind=row.kind,
    )


async def reverse_cost_payment(
    tx: Transaction, programme: str, payment_id: UUID, command: ReversePayment
) -> CostPaymentOut:
    """Take a payment back, as when a transfer came back; its costs are open again, or its prepayment is.

    Raises NotFound, RefusedTransition, FutureDate, DateOrder or PeriodClosed.
    """
    row = await lock_paid(tx, programme, cost_payment, payment_id, "payment for costs", "id")
    await take_back(tx, row, "cost-payment", cost_payment_reversal, "payment_id", command, row.paid_on)
    return await read_cost_payment(tx.connection, tx.actor, programme, payment_id)
