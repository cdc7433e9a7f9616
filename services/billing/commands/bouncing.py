"""Payments that bounced, or were recorded by mistake: everything they did is undone, on a day of its own."""

from datetime import date
from uuid import UUID

from sqlalchemy import insert, select, update

from services.billing import ledger
from services.billing.commands.deallocations import standing_allocations, undo_allocation
from services.billing.commands.loading import happened, not_before, one
from services.billing.commands.receipts import Receipt, lock_payment, newest_entry
from services.billing.domain.payments import (
    ALLOWED,
    Method,
    PaymentState,
    identification_entry,
    return_entry,
    till,
)
from services.billing.domain.posting import EntryKind
from services.billing.errors import StillRefunded
from services.billing.queries.payments import read_payment
from services.billing.schemas.payments import PaymentOut, Reverse
from services.billing.tables import bank_line, bank_match, payment_reversal
from shared.database.transaction import Transaction
from shared.errors import RefusedTransition
from shared.events.billing import PaymentReinstated, PaymentReversed


async def reverse_payment(tx: Transaction, programme: str, payment_id: UUID, command: Reverse) -> PaymentOut:
    """Undo a payment by hand: its allocations, its identification and its receipt.

    Raises NotFound, RefusedTransition, StillRefunded, FutureDate, DateOrder or PeriodClosed.
    """
    receipt = await lock_payment(tx, programme, payment_id)
    happened(tx, "reversed_on", command.reversed_on)
    reversal_id = await bounce(tx, receipt, command.reversed_on, command.reason, line_id=None)
    await _return_money(tx, receipt, reversal_id, command.reversed_on, command.reason)
    return await read_payment(tx.connection, tx.actor, programme, payment_id)


async def bounce(tx: Transaction, receipt: Receipt, on: date, reason: str, *, line_id: UUID | None) -> UUID:
    """Undo what a locked payment did, except the receipt: its money is in suspense again. Returns the reversal."""
    row = receipt.row
    if receipt.state is PaymentState.REVERSED:
        raise RefusedTransition("payment", row.id, receipt.state.value, "reverse", ALLOWED[receipt.state])
    if receipt.refunded:
        raise StillRefunded(row.id, receipt.refunded)
    not_before("reversed_on", on, row.identified_on or row.received_on, "the day of the payment")
    for each in await standing_allocations(tx, receipt):
        await undo_allocation(tx, receipt, each, on, reason)
    reversal_id = tx.ids()
    await tx.connection.execute(
        insert(payment_reversal).values(
            id=reversal_id,
            programme=row.programme,
            payment_id=row.id,
            reversed_on=on,
            reason=reason,
            bank_line_id=line_id,
        )
    )
    if receipt.payer is not None:
        identified = await newest_entry(tx, row.partner_id, "payment", row.id, EntryKind.IDENTIFICATION)
        if identified is None:
            raise LookupError(f"payment {row.id} has a payer and no identification")
        await ledger.reverse(tx, identified.uid, on, reason)
    tx.emit(
        PaymentReversed(
            payment_id=row.id,
            partner_id=row.partner_id,
            payer_class=row.payer_class,
            enterprise_id=row.enterprise_id,
            agreement_id=row.agreement_id,
            amount=receipt.amount,
            reversed_on=on,
            reason=reason,
        ),
        aggregate_id=row.id,
        programme=row.programme,
    )
    return reversal_id


async def _return_money(tx: Transaction, receipt: Receipt, reversal_id: UUID, on: date, reason: str) -> None:
    """Take the money out of bank or cash: what no statement has shown never came, what one has shown was taken back."""
    row = receipt.row
    received = await newest_entry(tx, row.partner_id, "payment", row.id, EntryKind.RECEIPT)
    shown_on = row.bank_account_id
    if received is not None:
        linked = await one(
            tx,
            select(bank_line.c.bank_account_id)
            .join(bank_match, bank_match.c.line_id == bank_line.c.id)
            .where(bank_match.c.entry_uid == received.uid, bank_match.c.state == "posted"),
        )
        if linked is None:
            await ledger.reverse(tx, received.uid, on, reason)
            return
        shown_on = linked.bank_account_id
    entry = return_entry(reversal_id, receipt.amount, till(Method(row.method), shown_on), on)
    if entry is not None:
        await ledger.post(tx, row.partner_id, entry)


async def reinstate(tx: Transaction, receipt: Receipt, on: date) -> None:
    """Take a reversal back: the money is its payer's credit again; what it had paid is not paid anew."""
    row = receipt.row
    undone = (
        await tx.connection.execute(
            update(payment_reversal)
            .where(payment_reversal.c.payment_id == row.id, payment_reversal.c.undone_on.is_(None))
            .values(undone_on=on)
            .returning(payment_reversal.c.reversed_on)
        )
    ).one_or_none()
    if undone is None:
        raise RefusedTransition("payment", row.id, receipt.state.value, "reinstate", ALLOWED[receipt.state])
    not_before("undone_on", on, undone.reversed_on, "the day it was reversed")
    if receipt.payer is not None:
        before = await newest_entry(tx, row.partner_id, "payment", row.id, EntryKind.IDENTIFICATION)
        version = 1 if before is None else before.source_version + 1
        entry = identification_entry(row.id, receipt.payer, receipt.amount, on, version)
        if entry is not None:
            await ledger.post(tx, row.partner_id, entry)
    tx.emit(
        PaymentReinstated(payment_id=row.id, partner_id=row.partner_id, amount=receipt.amount, reinstated_on=on),
        aggregate_id=row.id,
        programme=row.programme,
    )
