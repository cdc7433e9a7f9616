"""What each kind of match does in the book, and how it is taken back."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from services.billing import ledger
from services.billing.commands.allocations import apply, apply_by_rule, owed_target
from services.billing.commands.bouncing import bounce, reinstate
from services.billing.commands.loading import in_currency, one
from services.billing.commands.payments import find_payer, say_received
from services.billing.commands.receipts import Receipt, lock_payment, newest_entry
from services.billing.commands.refunds import give_back, take_back
from services.billing.domain.banking import SUSPENSE, Moved, charge_entry, line_entry, placing_entry
from services.billing.domain.payments import ALLOWED, Method, PaymentState, identification_entry
from services.billing.domain.posting import Entry, EntryKind, Source
from services.billing.domain.programme import Programme
from services.billing.errors import ExceedsOpenAmount, ExceedsPayment, WrongMatch
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.bank import MatchLine
from services.billing.tables import bank_entry, bank_line, payment, payment_refund
from shared.database.transaction import Transaction
from shared.errors import NotFound, RefusedTransition


@dataclass(frozen=True, slots=True)
class Booking:
    """A locked line with what it is said to be, and the day on which that is booked."""

    policy: Programme
    line: AnyRow
    match_id: UUID
    wish: MatchLine
    on: date

    @property
    def moved(self) -> Moved:
        """The line as its entries need it."""
        return moved_by(self.line)


def moved_by(line: AnyRow) -> Moved:
    """Return a line as its entries need it."""
    return Moved(line.id, line.bank_account_id, money(line.amount_minor, line.currency))


async def post(tx: Transaction, entry: Entry | None, line: AnyRow) -> None:
    """Book an entry about a line, if there is one."""
    if entry is not None:
        await ledger.post(tx, line.partner_id, entry)


async def as_payment(tx: Transaction, booking: Booking) -> dict[str, Any]:
    """Make the line a payment of its payer, set against what was asked for."""
    line, wish, on = booking.line, booking.wish, booking.on
    payer = await find_payer(tx, booking.policy.code, line.partner_id, wish.enterprise_id, wish.agreement_id)
    payment_id = tx.ids()
    amount = booking.moved.amount
    await tx.connection.execute(
        insert(payment).values(
            id=payment_id,
            programme=line.programme,
            partner_id=line.partner_id,
            payer_class=payer.payer_class.value,
            enterprise_id=payer.enterprise_id,
            agreement_id=payer.agreement_id,
            received_on=line.booked_on,
            amount_minor=amount.minor,
            currency=amount.currency,
            reference=line.reference,
            method=Method.BANK.value,
            bank_account_id=line.bank_account_id,
            bank_line_id=line.id,
            identified_on=on,
        )
    )
    await post(tx, identification_entry(payment_id, payer, amount, on), line)
    say_received(tx, line.programme, payment_id, line.partner_id, payer, line.booked_on, amount, line.reference)
    if wish.by_rule:
        await apply_by_rule(tx, booking.policy, await lock_payment(tx, line.programme, payment_id), on)
    for target in wish.targets:
        in_currency("amount", target.amount, amount.currency)
        receipt = await lock_payment(tx, line.programme, payment_id)
        if receipt.left < target.amount:
            raise ExceedsPayment(target.amount, receipt.left)
        owed = await owed_target(tx, receipt, target.invoice_id, target.claim_id)
        if owed.open < target.amount:
            raise ExceedsOpenAmount(target.amount, owed.open, "amount")
        await apply(tx, booking.policy, receipt, owed, target.amount, on)
    return {"payment_id": payment_id}


async def as_link(tx: Transaction, booking: Booking) -> dict[str, Any]:
    """Say that the line is an entry made by hand: the line's own entry goes, so that the money is there once."""
    line = booking.line
    # Two lines that are said to be one entry take turns here; the second then finds it taken.
    await tx.connection.exec_driver_sql(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 8))", (str(booking.wish.entry_id),)
    )
    found = await one(
        tx,
        select(bank_entry).where(
            bank_entry.c.uid == booking.wish.entry_id,
            bank_entry.c.partner_id == line.partner_id,
            bank_entry.c.amount_minor != 0,
            bank_entry.c.bank_account_id.is_(None) | (bank_entry.c.bank_account_id == line.bank_account_id),
        ),
    )
    if found is None:
        raise NotFound("bank entry", str(booking.wish.entry_id), field="entry_id")
    entry_money = money(found.amount_minor, found.currency)
    if entry_money != booking.moved.amount:
        raise WrongMatch("entry_id", "same-amount", f"the entry moved {entry_money}, the line {booking.moved.amount}")
    undone = found.reversed_on is not None or (found.reverses_uid is not None and found.original_line_id is None)
    if found.source_type in ("bank-line", "bank-account", "bank-match") or found.line_id is not None or undone:
        raise WrongMatch("entry_id", "not-on-a-statement", f"entry {found.uid} is on a statement, or was undone")
    await ledger.reverse(tx, await _own_entry(tx, line), booking.on, f"the line is entry {found.uid}")
    if found.bank_account_id is None:
        await post(tx, placing_entry(booking.match_id, booking.moved, booking.on), line)
    return {"entry_uid": found.uid}


async def as_refund(tx: Transaction, booking: Booking) -> dict[str, Any]:
    """Make the line money given back to the payer of a payment."""
    receipt = await _payment_of(tx, booking)
    out, reason = -booking.moved.amount, booking.line.reference or "refund by bank"
    await give_back(tx, receipt, out, booking.on, reason, method=Method.BANK, where=SUSPENSE, line_id=booking.line.id)
    return {"payment_id": receipt.row.id}


async def as_bounce(tx: Transaction, booking: Booking) -> dict[str, Any]:
    """Make the line a payment that the bank took back."""
    receipt = await _payment_of(tx, booking)
    out = -booking.moved.amount
    if receipt.amount != out:
        raise WrongMatch("payment_id", "same-amount", f"the payment was {receipt.amount}, the line is {out}")
    if receipt.row.method != Method.BANK.value:
        raise WrongMatch("payment_id", "by-bank", f"the payment came by {receipt.row.method}")
    await bounce(tx, receipt, booking.on, booking.line.reference or "bounced", line_id=booking.line.id)
    return {"payment_id": receipt.row.id}


async def as_charge(tx: Transaction, booking: Booking) -> dict[str, Any]:
    """Make the line a charge of the bank's, or one that it gives back."""
    await post(tx, charge_entry(booking.match_id, booking.moved, booking.on), booking.line)
    return {}


async def _payment_of(tx: Transaction, booking: Booking) -> Receipt:
    wanted = booking.wish.payment_id
    if wanted is None:
        raise WrongMatch("payment_id", "required", "name the payment")
    receipt = await lock_payment(tx, booking.policy.code, wanted, "payment_id")
    if receipt.row.partner_id != booking.line.partner_id or receipt.row.currency != booking.line.currency:
        raise WrongMatch("payment_id", "same-book", f"payment {wanted} is of another book or currency")
    return receipt


async def _own_entry(tx: Transaction, line: AnyRow) -> UUID:
    source = Source("bank-line", line.id, line.booked_version)
    return (await ledger.find_entry(tx, line.partner_id, source, EntryKind.RECEIPT)).entry_id


# --- taking back ---------------------------------------------------------------------------------------------


async def no_payment(tx: Transaction, line: AnyRow, match: AnyRow, on: date, reason: str) -> None:
    """Undo the payment that a line was; its money is in suspense again."""
    receipt = await lock_payment(tx, line.programme, match.payment_id)
    if receipt.state is not PaymentState.IDENTIFIED:
        raise RefusedTransition("payment", receipt.row.id, receipt.state.value, "undo", ALLOWED[receipt.state])
    await bounce(tx, receipt, on, reason, line_id=line.id)


async def no_link(tx: Transaction, line: AnyRow, match: AnyRow, on: date, reason: str) -> None:
    """Say that line and entry are two: the line has an entry of its own again."""
    placed = await newest_entry(tx, line.partner_id, "bank-match", match.id, EntryKind.TRANSFER)
    if placed is not None:
        await ledger.reverse(tx, placed.uid, on, reason)
    version = line.booked_version + 1
    await tx.connection.execute(update(bank_line).where(bank_line.c.id == line.id).values(booked_version=version))
    await post(tx, line_entry(moved_by(line), on, version), line)


async def no_refund(tx: Transaction, line: AnyRow, match: AnyRow, on: date, reason: str) -> None:
    """Undo a refund; the money that left is in suspense again."""
    receipt = await lock_payment(tx, line.programme, match.payment_id)
    undoing = payment_refund.alias("undoing")
    standing = await one(
        tx,
        select(payment_refund)
        .outerjoin(undoing, undoing.c.reverses_id == payment_refund.c.id)
        .where(
            payment_refund.c.bank_line_id == line.id, payment_refund.c.reverses_id.is_(None), undoing.c.id.is_(None)
        ),
    )
    if standing is None:
        raise LookupError(f"line {line.id} is posted as a refund and has none")
    await take_back(tx, receipt, standing, on, reason)


async def no_bounce(tx: Transaction, line: AnyRow, match: AnyRow, on: date, _reason: str) -> None:
    """Take back that a payment bounced."""
    await reinstate(tx, await lock_payment(tx, line.programme, match.payment_id), on)


async def no_charge(tx: Transaction, line: AnyRow, match: AnyRow, on: date, reason: str) -> None:
    """Undo a bank charge."""
    charged = await ledger.find_entry(tx, line.partner_id, Source("bank-match", match.id), EntryKind.BANK_CHARGE)
    await ledger.reverse(tx, charged.entry_id, on, reason)
