"""Turning deferred fees into income, once the module is delivered and measured."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from services.billing import ledger
from services.billing.commands.loading import billed
from services.billing.commands.positions import load_positions_of
from services.billing.domain.invoices import Billed, Delivered, InvoiceState, income_entry
from services.billing.domain.positions import Position
from services.billing.domain.programme import Programme
from services.billing.domain.shares import Share
from services.billing.ledger import Late
from services.billing.queries.scope import AnyRow
from shared.database.transaction import Transaction

_EARNED: Final = """
UPDATE invoice SET earned_on = d.day FROM unnest($1::uuid[], $2::date[]) AS d (id, day) WHERE invoice.id = d.id
"""


async def earn(tx: Transaction, rows: Sequence[AnyRow], policy: Programme) -> None:
    """Book the income of invoices that are issued, their enrollment completed and the endline assessed.

    The three come in any order; whichever is last calls this, for every instalment there is. Does nothing before that,
    and nothing twice. `rows` are invoices of one book with their enrollments' columns, locked by the caller.
    """
    due = {}
    for row in rows:
        day = Delivered(row.issued_on, row.completed_on, row.endline_on).earned_on
        if row.state == InvoiceState.ISSUED.value and row.earned_on is None and day is not None:
            due[row.id] = row, day
    if not due:
        return
    left = await load_positions_of(tx, [row for row, _ in due.values()])
    entries = {
        invoice_id: income_entry(
            _billed(row, left[invoice_id], policy, day), day, first_module=policy.is_first_module(row.module)
        )
        for invoice_id, (row, day) in due.items()
    }
    booked = [(invoice_id, entry) for invoice_id, entry in entries.items() if entry is not None]
    # A late completion of a closed month is income of the month in which it became known.
    posted = await ledger.post_all(tx, rows[0].partner_id, [entry for _, entry in booked], Late.MOVE)
    days = {invoice_id: day for invoice_id, (_, day) in due.items()}
    days |= {invoice_id: each.effective_on for (invoice_id, _), each in zip(booked, posted, strict=True)}
    await tx.connection.exec_driver_sql(_EARNED, (list(days), list(days.values())))


def _billed(row: AnyRow, left: Sequence[Position], policy: Programme, day: date) -> Billed:
    # What was credited before it was earned never becomes income, nor does the discount on it.
    shares = tuple(Share(each.payer.payer_class, each.payer.agreement_id, each.uncredited) for each in left)
    return replace(billed(row, shares, policy, day), discount_minor=left[0].discount.minor)
