"""Recording receipts."""

from sqlalchemy import insert, select

from services.billing import ledger
from services.billing.commands.loading import happened, in_currency, need_fact, need_partner, need_programme, one
from services.billing.domain.payments import Method, Payer, identification_entry, receipt_entry
from services.billing.domain.posting import Entry
from services.billing.errors import WrongTarget
from services.billing.queries.payments import read_payment
from services.billing.schemas.payments import PaymentOut, RecordPayment
from services.billing.tables import agreement, enterprise, payment
from shared.database.transaction import Transaction
from shared.errors import NotFound
from shared.events.billing import PaymentReceived
from shared.events.vocabulary import PayerClass


async def record_payment(tx: Transaction, programme: str, command: RecordPayment) -> PaymentOut:
    """Book money that came in; until it is allocated it is its payer's credit.

    Raises NotFound (agreement), FactMissing, NotAllowed, WrongTarget, WrongCurrency, FutureDate or PeriodClosed.
    """
    await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, command.partner_id)
    in_currency("amount", command.amount, keeper.currency)
    happened(tx, "received_on", command.received_on)
    payer = await _payer(tx, programme, command)
    payment_id = tx.ids()
    await tx.connection.execute(
        insert(payment).values(
            id=payment_id,
            programme=programme,
            partner_id=keeper.id,
            payer_class=payer.payer_class.value,
            enterprise_id=payer.enterprise_id,
            agreement_id=payer.agreement_id,
            received_on=command.received_on,
            amount_minor=command.amount.minor,
            currency=command.amount.currency,
            reference=command.reference,
            method=command.method.value,
        )
    )
    entries: tuple[Entry | None, ...] = (
        receipt_entry(payment_id, payer, command.amount, Method(command.method), command.received_on),
        identification_entry(payment_id, payer, command.amount, command.received_on),
    )
    for entry in entries:
        if entry is not None:
            await ledger.post(tx, keeper.id, entry)
    tx.emit(
        PaymentReceived(
            payment_id=payment_id,
            partner_id=keeper.id,
            payer_class=payer.payer_class,
            enterprise_id=payer.enterprise_id,
            agreement_id=payer.agreement_id,
            received_on=command.received_on,
            amount=command.amount,
            reference=command.reference,
        ),
        aggregate_id=payment_id,
        programme=programme,
    )
    return await read_payment(tx.connection, tx.actor, programme, payment_id)


async def _payer(tx: Transaction, programme: str, command: RecordPayment) -> Payer:
    if command.enterprise_id is not None:
        query = select(enterprise).where(enterprise.c.id == command.enterprise_id, enterprise.c.programme == programme)
        firm = await need_fact(tx, query, "enterprise", command.enterprise_id)
        tx.actor.require_partner(firm.partner_id)
        if firm.partner_id != command.partner_id:
            raise WrongTarget("enterprise_id", f"enterprise {firm.id} belongs to another partner's book")
        return Payer(PayerClass.ENTERPRISE, firm.id, None)
    deal = await one(
        tx, select(agreement).where(agreement.c.id == command.agreement_id, agreement.c.programme == programme)
    )
    if deal is None or command.agreement_id is None:
        raise NotFound("agreement", str(command.agreement_id), field="agreement_id")
    if deal.partner_id not in (None, command.partner_id):
        raise WrongTarget("agreement_id", f"agreement {deal.code} pays another partner")
    return Payer(PayerClass(deal.payer_class), None, deal.id)
