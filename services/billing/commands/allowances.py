"""Providing for receivables that may never be paid."""

from typing import Final
from uuid import UUID

from sqlalchemy import insert, select

from services.billing import ledger
from services.billing.commands.loading import happened, need_partner, need_programme, not_before
from services.billing.domain.allowances import allowance_entry, doubts
from services.billing.queries.allowances import allowances, present_allowance
from services.billing.queries.books import read_book
from services.billing.queries.scope import money
from services.billing.queries.statements import open_by_age
from services.billing.schemas.allowances import AllowanceOut, BookAllowance
from services.billing.schemas.fields import basis_points
from services.billing.tables import allowance
from shared.database.transaction import Transaction

# One at a time for a book: two at once would both book the difference to the same allowance.
_HOLD: Final = "SELECT id FROM partner WHERE id = $1 FOR NO KEY UPDATE"
_EXISTING: Final = """
SELECT -coalesce(sum(p.amount_minor), 0)::bigint
FROM ledger.posting p JOIN ledger.account a ON a.id = p.account_id
WHERE a.book_id = $1 AND a.code = '1190' AND a.currency = $2
"""


async def book_allowance(tx: Transaction, programme: str, partner_id: UUID, command: BookAllowance) -> AllowanceOut:
    """Book the difference between the allowance there is and what the rates make of the receivables of a day.

    The next one books the difference to this, up or down, and so takes back what is no longer doubted. Raises
    FactMissing, NotAllowed, FutureDate, DateOrder or PeriodClosed.
    """
    await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, partner_id)
    happened(tx, "as_of", command.as_of)
    await tx.connection.exec_driver_sql(_HOLD, (keeper.id,))
    last = (
        await tx.connection.execute(
            select(allowance.c.as_of)
            .where(allowance.c.partner_id == keeper.id)
            .order_by(allowance.c.as_of.desc())
            .limit(1)
        )
    ).scalar_one_or_none()
    if last is not None:
        not_before("as_of", command.as_of, last, "the day of the allowance before")
    of = await read_book(tx.connection, tx.actor, programme, keeper.id)
    shares = {rate.age: basis_points(rate.rate_pct) for rate in command.rates}
    doubted = doubts(await open_by_age(tx.connection, of, command.as_of), shares)
    existing = (await tx.connection.exec_driver_sql(_EXISTING, (keeper.id, of.currency))).scalar_one()
    target = sum((doubt.part for doubt in doubted.values()), money(0, of.currency))
    difference = target - money(existing, of.currency)
    allowance_id = tx.ids()
    await tx.connection.execute(
        insert(allowance).values(
            id=allowance_id,
            programme=programme,
            partner_id=keeper.id,
            as_of=command.as_of,
            currency=of.currency,
            target_minor=target.minor,
            booked_minor=difference.minor,
            buckets={
                age.value: {"minor": doubt.open.minor, "share_bp": doubt.share, "part": doubt.part.minor}
                for age, doubt in doubted.items()
            },
            reason=command.reason,
            made_by=tx.actor.subject,
        )
    )
    entry = allowance_entry(allowance_id, difference, command.as_of, command.reason)
    if entry is not None:
        await ledger.post(tx, keeper.id, entry)
    shown = allowances(tx.actor, programme).where(allowance.c.id == allowance_id)
    return present_allowance((await tx.connection.execute(shown)).one())
