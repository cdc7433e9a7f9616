"""The life of an accounting period: closed for review, closed, reopened by two persons."""

from uuid import UUID

from services.billing import ledger
from services.billing.commands.sealing import announce
from services.billing.errors import FutureDate
from services.billing.queries.periods import read_period
from services.billing.schemas.periods import (
    AskReopening,
    ClosePeriod,
    GrantPosting,
    PeriodOut,
    ReopenPeriod,
    SoftClosePeriod,
)
from shared.database.transaction import Transaction
from shared.events.billing import PeriodClosed, PeriodReopened


async def soft_close_period(tx: Transaction, programme: str, period_id: UUID, _command: SoftClosePeriod) -> PeriodOut:
    """Close a period for review: whoever posts into it from now on needs somebody else's leave.

    Raises NotFound, FutureDate (it is not over) or PeriodNotReady (an earlier one is open).
    """
    await _over(tx, programme, period_id)
    await ledger.soft_close_period(tx, period_id)
    return await read_period(tx.connection, tx.actor, programme, period_id)


async def close_period(tx: Transaction, programme: str, period_id: UUID, _command: ClosePeriod) -> PeriodOut:
    """Close a period that is over: every earlier one is closed and nothing is left in suspense.

    Raises NotFound, FutureDate or PeriodNotReady.
    """
    before = await _over(tx, programme, period_id)
    announce(tx, await ledger.close_period(tx, period_id))
    tx.emit(
        PeriodClosed(
            period_id=period_id, partner_id=before.partner_id, starts_on=before.starts_on, ends_on=before.ends_on
        ),
        aggregate_id=period_id,
        programme=programme,
    )
    return await read_period(tx.connection, tx.actor, programme, period_id)


async def grant_posting(tx: Transaction, programme: str, period_id: UUID, command: GrantPosting) -> PeriodOut:
    """Allow one person to post into a period closed for review, for a reason.

    Raises NotFound, PeriodNotReady (not closed for review) or SecondPersonNeeded (oneself).
    """
    await read_period(tx.connection, tx.actor, programme, period_id)
    await ledger.grant_posting(tx, period_id, command.subject, command.reason)
    return await read_period(tx.connection, tx.actor, programme, period_id)


async def ask_reopening(tx: Transaction, programme: str, period_id: UUID, command: AskReopening) -> PeriodOut:
    """Ask for a closed period to be reopened; nothing changes until another person agrees.

    Raises NotFound or PeriodNotReady (it is open).
    """
    await read_period(tx.connection, tx.actor, programme, period_id)
    await ledger.ask_reopening(tx, period_id, command.reason)
    return await read_period(tx.connection, tx.actor, programme, period_id)


async def reopen_period(tx: Transaction, programme: str, period_id: UUID, command: ReopenPeriod) -> PeriodOut:
    """Reopen a period that somebody else asked for; of the closed ones, the last comes first.

    Raises NotFound, PeriodNotReady or SecondPersonNeeded.
    """
    before = await read_period(tx.connection, tx.actor, programme, period_id)
    await ledger.reopen_period(tx, period_id, command.reason)
    tx.emit(
        PeriodReopened(
            period_id=period_id,
            partner_id=before.partner_id,
            starts_on=before.starts_on,
            ends_on=before.ends_on,
            reason=command.reason,
        ),
        aggregate_id=period_id,
        programme=programme,
    )
    return await read_period(tx.connection, tx.actor, programme, period_id)


async def _over(tx: Transaction, programme: str, period_id: UUID) -> PeriodOut:
    before = await read_period(tx.connection, tx.actor, programme, period_id)
    if before.ends_on >= tx.now.date():
        raise FutureDate("ends_on", before.ends_on, tx.now.date())
    return before
