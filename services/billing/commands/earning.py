"""Turning deferred fees into income, once the module is delivered and measured."""

from sqlalchemy import update

from services.billing import ledger
from services.billing.commands.loading import billed
from services.billing.commands.positions import load_positions
from services.billing.domain.invoices import Delivered, InvoiceState, income_entry
from services.billing.domain.programme import Programme
from services.billing.domain.shares import Share
from services.billing.ledger import Late
from services.billing.queries.scope import AnyRow
from services.billing.tables import invoice
from shared.database.transaction import Transaction


async def earn(tx: Transaction, row: AnyRow, policy: Programme) -> None:
    """Book the income of an invoice when it is issued, its enrollment completed and the endline assessed.

    The three come in any order; whichever is last calls this. Does nothing before that, and nothing twice. `row` is the
    invoice with its enrollment's columns, both locked by the caller.
    """
    earned_on = Delivered(row.issued_on, row.completed_on, row.endline_on).earned_on
    if row.state != InvoiceState.ISSUED.value or row.earned_on is not None or earned_on is None:
        return
    entry = income_entry(
        billed(row, await _uncredited(tx, row), policy, earned_on),
        earned_on,
        first_module=policy.is_first_module(row.module),
    )
    if entry is not None:
        # A late completion of a closed month is income of the month in which it became known.
        earned_on = (await ledger.post(tx, row.partner_id, entry, Late.MOVE)).effective_on
    await tx.connection.execute(update(invoice).where(invoice.c.id == row.id).values(earned_on=earned_on))


async def _uncredited(tx: Transaction, row: AnyRow) -> tuple[Share, ...]:
    # What was credited before it was earned never becomes income.
    return tuple(
        Share(each.payer.payer_class, each.payer.agreement_id, each.amount - each.credited)
        for each in await load_positions(tx, row)
    )
