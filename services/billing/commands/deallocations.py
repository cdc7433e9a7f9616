"""Undoing allocations: a row with the opposite amount, and the entry reversed on a day of its own."""

from datetime import date
from uuid import UUID

from sqlalchemy import insert, or_, select

from services.billing import ledger
from services.billing.commands.invoices import reopen
from services.billing.commands.loading import happened, not_before, one
from services.billing.commands.owed import require_open_claim
from services.billing.commands.receipts import Receipt, lock_payment
from services.billing.commands.write_offs import take_back_with
from services.billing.domain.posting import EntryKind, Source
from services.billing.errors import GivenBack
from services.billing.queries.payments import read_allocation
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.payments import AllocationOut, Reverse
from services.billing.tables import allocation, allocation_part, claim_item, invoice, invoice_share, share_position
from shared.database.transaction import Transaction
from shared.errors import NotFound, RefusedTransition
from shared.events.billing import AllocationReversed


async def reverse_allocation(tx: Transaction, programme: str, allocation_id: UUID, command: Reverse) -> AllocationOut:
    """Take an allocation back: the money is the payer's credit again, and what it paid is owed again.

    Raises NotFound, RefusedTransition (undone already), GivenBack, FutureDate, DateOrder or PeriodClosed.
    """
    found = await one(
        tx,
        select(allocation.c.payment_id).where(allocation.c.id == allocation_id, allocation.c.programme == programme),
    )
    if found is None:
        raise NotFound("allocation", allocation_id, field="id")
    receipt = await lock_payment(tx, programme, found.payment_id)
    row = next((each for each in await standing_allocations(tx, receipt) if each.id == allocation_id), None)
    if row is None:
        raise RefusedTransition("allocation", allocation_id, "undone", "reverse", ())
    happened(tx, "reversed_on", command.reversed_on)
    undone = await undo_allocation(tx, receipt, row, command.reversed_on, command.reason)
    return await read_allocation(tx.connection, tx.actor, programme, undone)


async def standing_allocations(tx: Transaction, receipt: Receipt) -> list[AnyRow]:
    """Return the allocations of a locked payment that were not undone."""
    undoing = allocation.alias("undoing")
    query = (
        select(allocation)
        .outerjoin(undoing, undoing.c.reverses_id == allocation.c.id)
        .where(allocation.c.payment_id == receipt.row.id, allocation.c.reverses_id.is_(None), undoing.c.id.is_(None))
        .order_by(allocation.c.id)
    )
    return list((await tx.connection.execute(query)).all())


async def undo_allocation(tx: Transaction, receipt: Receipt, row: AnyRow, on: date, reason: str) -> UUID:
    """Undo a standing allocation of a locked payment; returns the row that undoes it."""
    not_before("reversed_on", on, row.allocated_on, "the day of the allocation")
    await _lock_invoices(tx, row)
    if row.claim_id is not None:
        await require_open_claim(tx, row.claim_id, "reverse an allocation")
    await _require_still_there(tx, row)
    await take_back_with(tx, row.id, on, reason)
    undone_id = tx.ids()
    programme = row.programme
    await tx.connection.execute(
        insert(allocation).values(
            id=undone_id,
            programme=programme,
            payment_id=row.payment_id,
            invoice_id=row.invoice_id,
            claim_id=row.claim_id,
            amount_minor=-row.amount_minor,
            allocated_on=on,
            reverses_id=row.id,
            reason=reason,
        )
    )
    parts = await tx.connection.execute(select(allocation_part).where(allocation_part.c.allocation_id == row.id))
    await tx.connection.execute(
        insert(allocation_part).values(
            [
                {
                    "allocation_id": undone_id,
                    "share_id": part.share_id,
                    "cost_id": part.cost_id,
                    "programme": programme,
                    "amount_minor": -part.amount_minor,
                    "tax_minor": -part.tax_minor,
                }
                for part in parts
            ]
        )
    )
    posted = await ledger.find_entry(tx, receipt.row.partner_id, Source("allocation", row.id), EntryKind.ALLOCATION)
    await ledger.reverse(tx, posted.entry_id, on, reason)
    tx.emit(
        AllocationReversed(
            payment_id=row.payment_id,
            allocation_id=row.id,
            partner_id=receipt.row.partner_id,
            invoice_id=row.invoice_id,
            claim_id=row.claim_id,
            amount=money(row.amount_minor, receipt.row.currency),
            reversed_on=on,
            reason=reason,
        ),
        aggregate_id=row.payment_id,
        programme=programme,
    )
    if row.invoice_id is not None:
        await reopen(tx, programme, row.invoice_id, on)
    return undone_id


async def _require_still_there(tx: Transaction, row: AnyRow) -> None:
    # What a credit note gave back is the payer's already: it cannot be taken off the invoice once more.
    here, part = share_position.c, allocation_part.c
    gone = await one(
        tx,
        select(here.invoice_id)
        .join(allocation_part, part.share_id == here.share_id)
        .where(
            part.allocation_id == row.id,
            or_(
                here.paid_minor < part.amount_minor,
                here.tax_paid_minor < part.tax_minor,
                here.paid_minor - here.tax_paid_minor < part.amount_minor - part.tax_minor,
            ),
        )
        .limit(1),
    )
    if gone is not None:
        raise GivenBack(row.id, gone.invoice_id)


async def _lock_invoices(tx: Transaction, row: AnyRow) -> None:
    if row.invoice_id is not None:
        condition = invoice.c.id == row.invoice_id
    else:
        condition = invoice.c.id.in_(
            select(invoice_share.c.invoice_id)
            .join(claim_item, claim_item.c.share_id == invoice_share.c.id)
            .where(claim_item.c.claim_id == row.claim_id)
        )
    await tx.connection.execute(select(invoice.c.id).where(condition).order_by(invoice.c.id).with_for_update())
