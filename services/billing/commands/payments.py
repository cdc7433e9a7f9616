"""Recording receipts, and saying whose they are."""

from datetime import date
from uuid import UUID

from sqlalchemy import insert, select, update

from services.billing import ledger
from services.billing.commands.loading import (
    happened,
    in_currency,
    need_fact,
    need_partner,
    need_programme,
    not_before,
    one,
)
from services.billing.commands.receipts import Receipt, lock_payment
from services.billing.commands.tills import choose_till
from services.billing.domain.payments import (
    ALLOWED,
    Method,
    Payer,
    PaymentState,
    identification_entry,
    receipt_entry,
)
from services.billing.domain.posting import Entry
from services.billing.errors import WrongTarget
from services.billing.queries.payments import read_payment
from services.billing.schemas.payments import IdentifyPayment, PaymentOut, RecordPayment
from services.billing.tables import agreement, enterprise, payment
from shared.database.transaction import Transaction
from shared.errors import NotFound, RefusedTransition
from shared.events.billing import PaymentIdentified, PaymentReceived
from shared.events.vocabulary import PayerClass
from shared.money import Money


async def record_payment(tx: Transaction, programme: str, command: RecordPayment) -> PaymentOut:
    """Book money that came in; until it is allocated it is its payer's credit, and without a payer it is in suspense.

    Raises NotFound (agreement, bank account), FactMissing, NotAllowed, WrongTarget, WrongCurrency, WhichBankAccount,
    WrongBankAccount, FutureDate or PeriodClosed.
    """
    await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, command.partner_id)
    in_currency("amount", command.amount, keeper.currency)
    happened(tx, "received_on", command.received_on)
    payer = None
    if command.enterprise_id is not None or command.agreement_id is not None:
        payer = await find_payer(tx, programme, keeper.id, command.enterprise_id, command.agreement_id)
    method = Method(command.method)
    where = await choose_till(
        tx, keeper.id, command.amount.currency, method, command.bank_account_id, command.received_on
    )
    payment_id = tx.ids()
    await tx.connection.execute(
        insert(payment).values(
            id=payment_id,
            programme=programme,
            partner_id=keeper.id,
            payer_class=None if payer is None else payer.payer_class.value,
            enterprise_id=None if payer is None else payer.enterprise_id,
            agreement_id=None if payer is None else payer.agreement_id,
            received_on=command.received_on,
            amount_minor=command.amount.minor,
            currency=command.amount.currency,
            reference=command.reference,
            method=method.value,
            bank_account_id=where.bank_account_id,
            identified_on=None if payer is None else command.received_on,
        )
    )
    entries: list[Entry | None] = [receipt_entry(payment_id, payer, command.amount, where, command.received_on)]
    if payer is not None:
        entries.append(identification_entry(payment_id, payer, command.amount, command.received_on))
    for entry in entries:
        if entry is not None:
            await ledger.post(tx, keeper.id, entry)
    if payer is not None:
        say_received(
            tx, programme, payment_id, keeper.id, payer, command.received_on, command.amount, command.reference
        )
    return await read_payment(tx.connection, tx.actor, programme, payment_id)


def say_received(
    tx: Transaction,
    programme: str,
    payment_id: UUID,
    partner_id: UUID,
    payer: Payer,
    received_on: date,
    amount: Money,
    reference: str,
) -> None:
    """Publish that money of a known payer arrived: once for a payment, when its payer is known."""
    tx.emit(
        PaymentReceived(
            payment_id=payment_id,
            partner_id=partner_id,
            payer_class=payer.payer_class,
            enterprise_id=payer.enterprise_id,
            agreement_id=payer.agreement_id,
            received_on=received_on,
            amount=amount,
            reference=reference,
        ),
        aggregate_id=payment_id,
        programme=programme,
    )


async def identify_payment(tx: Transaction, programme: str, payment_id: UUID, command: IdentifyPayment) -> PaymentOut:
    """Say whose a payment in suspense is.

    Raises NotFound (payment, agreement), FactMissing, RefusedTransition, WrongTarget, FutureDate, DateOrder or
    PeriodClosed.
    """
    await need_programme(tx, programme)
    receipt = await lock_payment(tx, programme, payment_id)
    if receipt.state is not PaymentState.RECORDED:
        raise RefusedTransition("payment", payment_id, receipt.state.value, "identify", ALLOWED[receipt.state])
    happened(tx, "identified_on", command.identified_on)
    not_before("identified_on", command.identified_on, receipt.row.received_on, "the day of the payment")
    payer = await find_payer(tx, programme, receipt.row.partner_id, command.enterprise_id, command.agreement_id)
    await _identify(tx, programme, receipt, payer, command.identified_on)
    return await read_payment(tx.connection, tx.actor, programme, payment_id)


async def _identify(tx: Transaction, programme: str, receipt: Receipt, payer: Payer, on: date) -> None:
    row = receipt.row
    await tx.connection.execute(
        update(payment)
        .where(payment.c.id == row.id)
        .values(
            payer_class=payer.payer_class.value,
            enterprise_id=payer.enterprise_id,
            agreement_id=payer.agreement_id,
            identified_on=on,
            identified_late=True,
        )
    )
    entry = identification_entry(row.id, payer, receipt.amount, on)
    if entry is not None:
        await ledger.post(tx, row.partner_id, entry)
    say_received(tx, programme, row.id, row.partner_id, payer, row.received_on, receipt.amount, row.reference)
    tx.emit(
        PaymentIdentified(
            payment_id=row.id,
            partner_id=row.partner_id,
            payer_class=payer.payer_class,
            enterprise_id=payer.enterprise_id,
            agreement_id=payer.agreement_id,
            identified_on=on,
            amount=receipt.amount,
        ),
        aggregate_id=row.id,
        programme=programme,
    )


async def find_payer(
    tx: Transaction, programme: str, partner_id: UUID, enterprise_id: UUID | None, agreement_id: UUID | None
) -> Payer:
    """Return the payer that a request names by one of the two ids; raises NotFound, FactMissing or WrongTarget."""
    if enterprise_id is not None:
        query = select(enterprise).where(enterprise.c.id == enterprise_id, enterprise.c.programme == programme)
        firm = await need_fact(tx, query, "enterprise", enterprise_id)
        tx.actor.require_partner(firm.partner_id)
        if firm.partner_id != partner_id:
            raise WrongTarget("enterprise_id", f"enterprise {firm.id} belongs to another partner's book")
        return Payer(PayerClass.ENTERPRISE, firm.id, None)
    deal = await one(tx, select(agreement).where(agreement.c.id == agreement_id, agreement.c.programme == programme))
    if deal is None or agreement_id is None:
        raise NotFound("agreement", str(agreement_id), field="agreement_id")
    if deal.partner_id not in (None, partner_id):
        raise WrongTarget("agreement_id", f"agreement {deal.code} pays another partner")
    return Payer(PayerClass(deal.payer_class), None, deal.id)
