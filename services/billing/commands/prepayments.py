"""Paying a supplier before the cost."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import insert, select

from services.billing import ledger
from services.billing.commands.costs import training_of_partner
from services.billing.commands.loading import happened, in_currency, need_partner, need_programme, not_before
from services.billing.commands.returns import is_taken_back, last_returned, lock_paid, take_back
from services.billing.commands.tills import choose_till
from services.billing.domain.payables import prepayment_entry
from services.billing.domain.posting import Dimensions
from services.billing.errors import ExceedsPrepayment, NotPayable, PrepaymentUsed
from services.billing.queries.payables import read_prepayment, used_of_prepayment
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.payables import Prepay, PrepaymentOut, ReversePayment
from services.billing.tables import cost_payment, prepayment, prepayment_reversal
from shared.database.transaction import Transaction
from shared.events.vocabulary import Delivery
from shared.money import Money


async def prepay(tx: Transaction, programme: str, command: Prepay) -> PrepaymentOut:
    """Pay a supplier before the cost; costs use it up later.

    Raises FactMissing, NotAllowed, CostTraining, WrongCurrency, WhichBankAccount, WrongBankAccount, FutureDate or
    PeriodClosed.
    """
    policy = await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, command.partner_id)
    in_currency("amount", command.amount, keeper.currency)
    happened(tx, "paid_on", command.paid_on)
    held = None
    if command.training_id is not None:
        held = await training_of_partner(tx, programme, keeper.id, command.training_id, "training_id")
    dimensions = Dimensions(
        phase=policy.phase_on(command.paid_on),
        training_id=command.training_id,
        module=None if held is None else held.module,
        region=None if held is None else held.region,
        delivery=None if held is None else Delivery(held.delivery),
    )
    prepayment_id = tx.ids()
    where = await choose_till(
        tx, keeper.id, command.amount.currency, command.method, command.bank_account_id, command.paid_on
    )
    entry = prepayment_entry(
        prepayment_id, command.amount, command.method, command.paid_on, dimensions, where.bank_account_id
    )
    if entry is None:
        raise ValueError("a prepayment is never zero")
    await ledger.post(tx, keeper.id, entry)
    await tx.connection.execute(
        insert(prepayment).values(
            id=prepayment_id,
            programme=programme,
            partner_id=keeper.id,
            training_id=command.training_id,
            supplier=command.supplier,
            paid_on=command.paid_on,
            amount_minor=command.amount.minor,
            currency=command.amount.currency,
            method=command.method.value,
            reference=command.reference,
        )
    )
    return await read_prepayment(tx.connection, tx.actor, programme, prepayment_id)


async def lock_prepayment(tx: Transaction, programme: str, prepayment_id: UUID, field: str) -> AnyRow:
    """Lock a prepayment and return it; raises NotFound, also for another partner's."""
    return await lock_paid(tx, programme, prepayment, prepayment_id, "prepayment", field)


async def require_left(
    tx: Transaction, prepaid: AnyRow, partner_id: UUID, trainings: Iterable[UUID | None], paid_on: date, total: Money
) -> None:
    """Refuse to use a locked prepayment for what it is not for, before it was paid, or beyond what is left of it.

    Raises NotPayable, DateOrder or ExceedsPrepayment.
    """
    if prepaid.partner_id != partner_id:
        raise NotPayable("prepayment_id", f"prepayment {prepaid.id} is in another partner's book")
    if await is_taken_back(tx, prepayment_reversal, "prepayment_id", prepaid.id):
        raise NotPayable("prepayment_id", f"prepayment {prepaid.id} was taken back")
    if prepaid.training_id is not None and any(training != prepaid.training_id for training in trainings):
        raise NotPayable("prepayment_id", f"prepayment {prepaid.id} is for training {prepaid.training_id} only")
    returned = await last_returned(tx, cost_payment.c.prepayment_id == prepaid.id)
    earliest = max(prepaid.paid_on, returned or prepaid.paid_on)
    not_before("paid_on", paid_on, earliest, "the day from which the prepayment is there")
    left = money(prepaid.amount_minor - await _used(tx, prepaid.id), prepaid.currency)
    if left < total:
        raise ExceedsPrepayment(total, left)


async def _used(tx: Transaction, prepayment_id: UUID) -> int:
    query = select(used_of_prepayment()).where(prepayment.c.id == prepayment_id)
    return int((await tx.connection.execute(query)).scalar_one())


async def reverse_prepayment(
    tx: Transaction, programme: str, prepayment_id: UUID, command: ReversePayment
) -> PrepaymentOut:
    """Take a prepayment back that no cost uses, as when the supplier returned the money.

    Raises NotFound, RefusedTransition, PrepaymentUsed, FutureDate, DateOrder or PeriodClosed.
    """
    row = await lock_prepayment(tx, programme, prepayment_id, "id")
    used = money(await _used(tx, prepayment_id), row.currency)
    if used:
        raise PrepaymentUsed(prepayment_id, used)
    returned = await last_returned(tx, cost_payment.c.prepayment_id == prepayment_id)
    earliest = max(row.paid_on, returned or row.paid_on)
    await take_back(tx, row, "prepayment", prepayment_reversal, "prepayment_id", command, earliest)
    return await read_prepayment(tx.connection, tx.actor, programme, prepayment_id)
