"""Giving debts up, how far one person may go with it, and taking it back."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, insert, literal, null, select

from services.billing import ledger
from services.billing.commands.invoices import reopen, settle
from services.billing.commands.loading import happened, in_currency, need_partner, need_programme, not_before, one
from services.billing.commands.owed import Owed, owed_by_claim, owed_by_invoice, require_open_claim
from services.billing.domain.allocations import fill
from services.billing.domain.payments import Payer
from services.billing.domain.posting import EntryKind, Source
from services.billing.domain.programme import Programme
from services.billing.domain.write_offs import Cause, Tolerance, needs_second_person, write_off_entry
from services.billing.errors import AlreadyReversed, ExceedsOpenAmount, WriteOffNeedsAnother
from services.billing.queries.scope import AnyRow, money
from services.billing.queries.write_offs import present_tolerance, read_write_off, tolerances
from services.billing.schemas.fields import basis_points, percent_text
from services.billing.schemas.write_offs import ReverseWriteOff, SetTolerance, ToleranceOut, WriteOff, WriteOffOut
from services.billing.tables import (
    agreement,
    claim,
    invoice,
    tolerance,
    write_off,
    write_off_part,
    write_off_reversal,
)
from shared.database.transaction import Transaction
from shared.errors import NotFound
from shared.events.billing import DebtWrittenOff, WriteOffReversed
from shared.events.vocabulary import PayerClass
from shared.money import Money


async def set_tolerance(tx: Transaction, programme: str, partner_id: UUID, command: SetTolerance) -> ToleranceOut:
    """Say up to what one person may write off what a payment leaves.

    Raises FactMissing, NotAllowed or WrongCurrency.
    """
    await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, partner_id)
    in_currency("amount", command.amount, keeper.currency)
    tolerance_id = tx.ids()
    await tx.connection.execute(
        insert(tolerance).values(
            id=tolerance_id,
            programme=programme,
            partner_id=keeper.id,
            amount_minor=command.amount.minor,
            currency=command.amount.currency,
            share_bp=basis_points(command.share_pct),
            set_on=tx.now.date(),
            set_by=tx.actor.subject,
        )
    )
    shown = tolerances(tx.actor, programme).where(tolerance.c.id == tolerance_id)
    return present_tolerance((await tx.connection.execute(shown)).one())


@dataclass(frozen=True, slots=True)
class Loss:
    """What is given up of a debt, and why; `allocation_id`: the allocation that leaves it."""

    amount: Money
    cause: Cause
    written_on: date
    reason: str
    allocation_id: UUID | None = None


async def write_off_debt(tx: Transaction, programme: str, command: WriteOff) -> WriteOffOut:
    """Give up what is open of an invoice or an approved claim, in whole or in part.

    Raises NotFound, FactMissing, RefusedTransition, ExceedsOpenAmount, WriteOffNeedsAnother, WrongCurrency, FutureDate,
    DateOrder or PeriodClosed.
    """
    policy = await need_programme(tx, programme)
    debtor = await _debtor(tx, programme, command)
    if command.invoice_id is not None:
        target = await owed_by_invoice(tx, debtor, command.invoice_id)
    else:
        target = await owed_by_claim(tx, debtor, command.claim_id)
    if command.amount is not None:
        in_currency("amount", command.amount, target.currency)
    amount = target.open if command.amount is None else command.amount
    if not amount or target.open < amount:
        raise ExceedsOpenAmount(amount, target.open, "amount")
    payer = Payer(PayerClass(debtor.payer_class), debtor.enterprise_id, debtor.agreement_id)
    loss = Loss(amount, command.cause, command.written_on, command.reason)
    write_off_id = await give_up(tx, policy, debtor.partner_id, payer, target, loss)
    return await read_write_off(tx.connection, tx.actor, programme, write_off_id)


async def _debtor(tx: Transaction, programme: str, command: WriteOff) -> AnyRow:
    # The debtor as the functions that find what a payer owes take it: with the columns of a payment.
    query: Select[Any]
    if command.invoice_id is not None:
        noun, field = "invoice", "invoice_id"
        query = select(
            invoice.c.programme,
            invoice.c.partner_id,
            invoice.c.currency,
            invoice.c.enterprise_id,
            null().label("agreement_id"),
            literal(PayerClass.ENTERPRISE.value).label("payer_class"),
        ).where(invoice.c.id == command.invoice_id, invoice.c.programme == programme)
    else:
        noun, field = "claim", "claim_id"
        query = (
            select(
                claim.c.programme,
                claim.c.partner_id,
                agreement.c.currency,
                null().label("enterprise_id"),
                claim.c.agreement_id,
                agreement.c.payer_class,
            )
            .join(agreement, agreement.c.id == claim.c.agreement_id)
            .where(claim.c.id == command.claim_id, claim.c.programme == programme)
        )
    row = await one(tx, query)
    if row is None or not tx.actor.sees_partner(row.partner_id):
        raise NotFound(noun, str(command.invoice_id or command.claim_id), field=field)
    return row


# Whoever recorded a payment that was set against the debt, from the journal: its entries say who.
_RECORDERS: Final = """
SELECT DISTINCT e.actor FROM ledger.entry e
WHERE e.source_type = 'payment' AND e.reverses_entry_id IS NULL AND e.source_id IN (
    SELECT a.payment_id FROM allocation a JOIN allocation_part p ON p.allocation_id = a.id
    WHERE p.share_id = ANY ($1) OR (p.cost_id = ANY ($2) AND a.claim_id = $3))
"""


async def give_up(tx: Transaction, policy: Programme, partner_id: UUID, payer: Payer, target: Owed, loss: Loss) -> UUID:
    """Write off part of a locked debt; returns the write-off's id.

    Above the book's tolerance it takes another person than who recorded the payments of the debt. Raises
    WriteOffNeedsAnother, FutureDate, DateOrder or PeriodClosed.
    """
    happened(tx, "written_on", loss.written_on)
    not_before("written_on", loss.written_on, target.since, f"the day of {target.item.number}")
    shares = [row.share_id for row in target.rows]
    costs = [getattr(row, "cost_id", None) for row in target.rows]
    recorders = set((await tx.connection.exec_driver_sql(_RECORDERS, (shares, costs, target.claim_id))).scalars())
    owed = money(sum(row.owed for row in target.rows), target.currency)
    held = await _tolerance(tx, partner_id, target.currency)
    if needs_second_person(loss.amount, owed, held, recorders, tx.actor.subject):
        raise WriteOffNeedsAnother(loss.amount, held.amount, percent_text(held.share), tx.actor.subject)
    parts = fill(loss.amount, target.shares(policy, loss.written_on))
    write_off_id = tx.ids()
    await tx.connection.execute(
        insert(write_off).values(
            id=write_off_id,
            programme=policy.code,
            partner_id=partner_id,
            invoice_id=target.invoice_id,
            claim_id=target.claim_id,
            allocation_id=loss.allocation_id,
            cause=loss.cause.value,
            amount_minor=loss.amount.minor,
            currency=loss.amount.currency,
            written_on=loss.written_on,
            reason=loss.reason,
            written_by=tx.actor.subject,
        )
    )
    await tx.connection.execute(
        insert(write_off_part).values(
            [
                {
                    "write_off_id": write_off_id,
                    "share_id": part.share.share_id,
                    "cost_id": part.share.cost_id,
                    "programme": policy.code,
                    "amount_minor": part.amount.minor,
                    "tax_minor": part.tax.minor,
                }
                for part in parts
            ]
        )
    )
    entry = write_off_entry(write_off_id, payer, loss.cause, parts, loss.written_on, loss.reason)
    if entry is not None:
        await ledger.post(tx, partner_id, entry)
    tx.emit(
        DebtWrittenOff(
            write_off_id=write_off_id,
            partner_id=partner_id,
            invoice_id=target.invoice_id,
            claim_id=target.claim_id,
            cause=loss.cause.value,
            amount=loss.amount,
            written_on=loss.written_on,
            reason=loss.reason,
        ),
        aggregate_id=write_off_id,
        programme=policy.code,
    )
    if target.invoice_id is not None and loss.amount == target.open:
        await settle(tx, policy.code, target.invoice_id, loss.written_on)
    return write_off_id


async def _tolerance(tx: Transaction, partner_id: UUID, currency: str) -> Tolerance:
    row = await one(
        tx,
        select(tolerance).where(tolerance.c.partner_id == partner_id).order_by(tolerance.c.id.desc()).limit(1),
    )
    if row is None:
        return Tolerance(Money.zero(currency), 0)
    return Tolerance(money(row.amount_minor, row.currency), row.share_bp)


async def reverse_write_off(
    tx: Transaction, programme: str, write_off_id: UUID, command: ReverseWriteOff
) -> WriteOffOut:
    """Let a debt live again that was given up, because it will be paid after all; once.

    Raises NotFound, AlreadyReversed, RefusedTransition (of a closed claim), FutureDate, DateOrder or PeriodClosed.
    """
    row = await one(
        tx,
        select(write_off).where(write_off.c.id == write_off_id, write_off.c.programme == programme).with_for_update(),
    )
    if row is None or not tx.actor.sees_partner(row.partner_id):
        raise NotFound("write-off", write_off_id, field="id")
    if row.claim_id is not None:
        await require_open_claim(tx, row.claim_id, "reverse a write-off")
    earlier = await one(tx, select(write_off_reversal).where(write_off_reversal.c.write_off_id == write_off_id))
    if earlier is not None:
        raise AlreadyReversed(write_off_id, earlier.reversed_on)
    happened(tx, "reversed_on", command.reversed_on)
    await _take_back(tx, row, command.reversed_on, command.reason)
    return await read_write_off(tx.connection, tx.actor, programme, write_off_id)


async def take_back_with(tx: Transaction, allocation_id: UUID, on: date, reason: str) -> None:
    """Take back what was written off beside an allocation that is undone: without the money the rest is owed too."""
    beside = select(write_off).where(write_off.c.allocation_id == allocation_id).with_for_update()
    for row in (await tx.connection.execute(beside)).all():
        undone = select(write_off_reversal.c.id).where(write_off_reversal.c.write_off_id == row.id)
        if await one(tx, undone) is None:
            await _take_back(tx, row, on, reason)


async def _take_back(tx: Transaction, row: AnyRow, on: date, reason: str) -> None:
    not_before("reversed_on", on, row.written_on, "the day of the write-off")
    await tx.connection.execute(
        insert(write_off_reversal).values(
            id=tx.ids(),
            programme=row.programme,
            write_off_id=row.id,
            reversed_on=on,
            reason=reason,
            reversed_by=tx.actor.subject,
        )
    )
    booked = await ledger.find_entry(tx, row.partner_id, Source("write-off", row.id), EntryKind.WRITE_OFF)
    await ledger.reverse(tx, booked.entry_id, on, reason)
    tx.emit(
        WriteOffReversed(
            write_off_id=row.id,
            partner_id=row.partner_id,
            invoice_id=row.invoice_id,
            claim_id=row.claim_id,
            amount=money(row.amount_minor, row.currency),
            reversed_on=on,
            reason=reason,
        ),
        aggregate_id=row.id,
        programme=row.programme,
    )
    if row.invoice_id is not None:
        await reopen(tx, row.programme, row.invoice_id, on)
