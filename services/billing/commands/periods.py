"""Closing accounting periods."""

from uuid import UUID

from services.billing import ledger
from services.billing.errors import FutureDate
from services.billing.queries.books import read_period
from services.billing.schemas.books import ClosePeriod, PeriodOut
from shared.database.transaction import Transaction
from shared.events.billing import PeriodClosed


async def close_period(tx: Transaction, programme: str, period_id: UUID, _command: ClosePeriod) -> PeriodOut:
    """Close a period that is over: every earlier one is closed and nothing is left in suspense.

    Raises NotFound, FutureDate or PeriodNotReady.
    """
    before = await read_period(tx.connection, tx.actor, programme, period_id)
    if before.ends_on >= tx.now.date():
        raise FutureDate("ends_on", before.ends_on, tx.now.date())
    await ledger.close_period(tx, period_id)
    tx.emit(
        PeriodClosed(
            period_id=period_id, partner_id=before.partner_id, starts_on=before.starts_on, ends_on=before.ends_on
        ),
        aggregate_id=period_id,
        programme=programme,
    )
    return await read_period(tx.connection, tx.actor, programme, period_id)
