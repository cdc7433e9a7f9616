"""Taking back money that went out: locking what was paid, reversing its entry, and since when it is back."""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Table, func, insert, select

from services.billing import ledger
from services.billing.commands.loading import happened, not_before, one
from services.billing.domain.posting import EntryKind, Source
from services.billing.queries.scope import AnyRow
from services.billing.schemas.payables import ReversePayment
from services.billing.tables import cost_payment, cost_payment_part, cost_payment_reversal
from shared.database.transaction import Transaction
from shared.errors import NotFound, RefusedTransition


async def lock_paid(tx: Transaction, programme: str, table: Table, identifier: UUID, noun: str, field: str) -> AnyRow:
    """Lock a payment or prepayment and return it; raises NotFound, also for another partner's."""
    row = await one(
        tx, select(table).where(table.c.id == identifier, table.c.programme == programme).with_for_update(of=table)
    )
    if row is None or not tx.actor.sees_partner(row.partner_id):
        raise NotFound(noun, identifier, field=field)
    return row


async def is_taken_back(tx: Transaction, reversals: Table, column: str, identifier: UUID) -> bool:
    """Tell whether a locked payment or prepayment was taken back."""
    return await one(tx, select(reversals.c[column]).where(reversals.c[column] == identifier)) is not None


async def take_back(
    tx: Transaction, row: AnyRow, source: str, reversals: Table, column: str, command: ReversePayment, earliest: date
) -> None:
    """Reverse the entry of a locked row once, not before `earliest`, and remember it.

    Raises RefusedTransition, FutureDate, DateOrder or PeriodClosed.
    """
    if await is_taken_back(tx, reversals, column, row.id):
        raise RefusedTransition(source, row.id, "reversed", "reverse", ())
    happened(tx, "reversed_on", command.reversed_on)
    not_before("reversed_on", command.reversed_on, earliest, "the last day on which it was paid or used")
    original = await ledger.find_entry(tx, row.partner_id, Source(source, row.id), EntryKind.COST_PAYMENT)
    await ledger.reverse(tx, original.entry_id, command.reversed_on, command.reason)
    values = {column: row.id, "programme": row.programme, "reversed_on": command.reversed_on, "reason": command.reason}
    await tx.connection.execute(insert(reversals).values(values))


async def last_returned(tx: Transaction, of: ColumnElement[bool]) -> date | None:
    """Return the last day on which one of the payments `of` came back.

    Until that day its money had gone out: what is dated before would be paid twice on the days between.
    """
    query = (
        select(func.max(cost_payment_reversal.c.reversed_on))
        .select_from(cost_payment_reversal)
        .join(cost_payment, cost_payment.c.id == cost_payment_reversal.c.payment_id)
        .join(cost_payment_part, cost_payment_part.c.payment_id == cost_payment.c.id)
        .where(of)
    )
    day: date | None = (await tx.connection.execute(query)).scalar_one()
    return day
