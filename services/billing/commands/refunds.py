"""Giving payers back what is left of their payments."""

from datetime import date
from uuid import UUID

from sqlalchemy import insert, select

from services.billing import ledger
from services.billing.commands.loading import happened, in_currency, not_before, one
from services.billing.commands.receipts import Receipt, lock_payment
from services.billing.commands.tills import choose_till
from services.billing.domain.accounts import Account
from services.billing.domain.payments import Method, refund_entry
from services.billing.domain.posting import EntryKind, Source
from services.billing.errors import ExceedsPayment, OfStatement
from services.billing.queries.payments import read_refund
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.payments import RefundOut, RefundPayment, Reverse
from services.billing.tables import payment_refund
from shared.database.transaction import Transaction
from shared.errors import NotFound, RefusedTransition
from shared.events.billing import PaymentRefunded, RefundReversed
from shared.money import Money


async def refund_payment(tx: Transaction, programme: str, payment_id: UUID, command: RefundPayment) -> RefundOut:
    """Give back part of a payment that is not allocated.

    Raises NotFound, RefusedTransition, WrongCurrency, ExceedsPayment, WhichBankAccount, WrongBankAccount, FutureDate,
    DateOrder or PeriodClosed.
    """
    receipt = await lock_payment(tx, programme, payment_id)
    method = Method(command.method)
    receipt.known_payer("refund")
    in_currency("amount", command.amount, receipt.row.currency)
    where = await choose_till(
        tx, receipt.row.partner_id, receipt.row.currency, method, command.bank_account_id, command.refunded_on
    )
    refund_id = await give_back(
        tx, receipt, command.amount, command.refunded_on, command.reason, method=method, where=where, line_id=None
    )
    return await read_refund(tx.connection, tx.actor, programme, refund_id)


async def give_back(
    tx: Transaction,
    receipt: Receipt,
    amount: Money,
    on: date,
    reason: str,
    *,
    method: Method,
    where: Account,
    line_id: UUID | None,
) -> UUID:
    """Refund part of a locked payment out of `where` (a line of a statement: suspense); returns the refund."""
    payer = receipt.known_payer("refund")
    happened(tx, "refunded_on", on)
    not_before("refunded_on", on, receipt.row.received_on, "the day of the payment")
    if receipt.left < amount:
        raise ExceedsPayment(amount, receipt.left)
    refund_id = tx.ids()
    row = receipt.row
    await tx.connection.execute(
        insert(payment_refund).values(
            id=refund_id,
            programme=row.programme,
            payment_id=row.id,
            amount_minor=amount.minor,
            refunded_on=on,
            method=method.value,
            bank_account_id=where.bank_account_id,
            bank_line_id=line_id,
            reason=reason,
        )
    )
    entry = refund_entry(refund_id, payer, amount, where, on)
    if entry is not None:
        await ledger.post(tx, row.partner_id, entry)
    tx.emit(
        PaymentRefunded(
            payment_id=row.id,
            refund_id=refund_id,
            partner_id=row.partner_id,
            amount=amount,
            refunded_on=on,
            reason=reason,
        ),
        aggregate_id=row.id,
        programme=row.programme,
    )
    return refund_id


async def reverse_refund(tx: Transaction, programme: str, refund_id: UUID, command: Reverse) -> RefundOut:
    """Undo a refund that came back or was recorded by mistake; the money is the payer's credit again.

    Raises NotFound, RefusedTransition, OfStatement, FutureDate, DateOrder or PeriodClosed.
    """
    found = await one(
        tx,
        select(payment_refund).where(payment_refund.c.id == refund_id, payment_refund.c.programme == programme),
    )
    if found is None:
        raise NotFound("refund", refund_id, field="id")
    receipt = await lock_payment(tx, programme, found.payment_id)
    if found.bank_line_id is not None:
        raise OfStatement("refund", refund_id, found.bank_line_id)
    happened(tx, "reversed_on", command.reversed_on)
    undone = await take_back(tx, receipt, found, command.reversed_on, command.reason)
    return await read_refund(tx.connection, tx.actor, programme, undone)


async def take_back(tx: Transaction, receipt: Receipt, row: AnyRow, on: date, reason: str) -> UUID:
    """Undo a refund of a locked payment; returns the row that undoes it. Raises RefusedTransition."""
    undone = await one(tx, select(payment_refund.c.id).where(payment_refund.c.reverses_id == row.id))
    if undone is not None or row.reverses_id is not None:
        raise RefusedTransition("refund", row.id, "undone", "reverse", ())
    not_before("reversed_on", on, row.refunded_on, "the day of the refund")
    undoing_id = tx.ids()
    await tx.connection.execute(
        insert(payment_refund).values(
            id=undoing_id,
            programme=row.programme,
            payment_id=row.payment_id,
            amount_minor=-row.amount_minor,
            refunded_on=on,
            method=row.method,
            bank_account_id=row.bank_account_id,
            bank_line_id=row.bank_line_id,
            reason=reason,
            reverses_id=row.id,
        )
    )
    posted = await ledger.find_entry(tx, receipt.row.partner_id, Source("refund", row.id), EntryKind.REFUND)
    await ledger.reverse(tx, posted.entry_id, on, reason)
    tx.emit(
        RefundReversed(
            payment_id=row.payment_id,
            refund_id=row.id,
            partner_id=receipt.row.partner_id,
            amount=money(row.amount_minor, receipt.row.currency),
            reversed_on=on,
            reason=reason,
        ),
        aggregate_id=row.payment_id,
        programme=row.programme,
    )
    return undoing_id
