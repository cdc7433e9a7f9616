"""Taking costs back, and booking them as they should have been."""

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select

from services.billing import ledger
from services.billing.commands.costs import enter_cost
from services.billing.commands.loading import happened, need_partner, need_programme, not_before, one
from services.billing.commands.returns import last_returned
from services.billing.domain.posting import EntryKind, Source
from services.billing.errors import CostHeld
from services.billing.queries.costs import paid_for_cost, read_cost
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.costs import CorrectCost, CostOut, ReverseCost
from services.billing.tables import claim, claim_item, cost, cost_payment_part, cost_reversal
from shared.database.transaction import Transaction
from shared.errors import NotFound, RefusedTransition
from shared.events.billing import CostReversed

Hold = Callable[[Transaction, UUID], Awaitable[str | None]]
"""Says what rests on a locked cost, so that it cannot be taken back; None when nothing does."""


async def paid(tx: Transaction, cost_id: UUID) -> str | None:
    """Say what was paid for a cost."""
    row = await one(tx, select(cost.c.currency, paid_for_cost().label("minor")).where(cost.c.id == cost_id))
    return None if row is None or not row.minor else f"{money(row.minor, row.currency)} of it is paid"


async def claimed(tx: Transaction, cost_id: UUID) -> str | None:
    """Say which claim asks a funder for a cost."""
    row = await one(
        tx,
        select(claim.c.number)
        .join(claim_item, claim_item.c.claim_id == claim.c.id)
        .where(claim_item.c.cost_id == cost_id, claim_item.c.is_live)
        .order_by(claim.c.id)
        .limit(1),
    )
    return None if row is None else f"claim {row.number} asks a funder for it"


HOLDS: Final[tuple[Hold, ...]] = (paid, claimed)
"""Everything that holds a cost; whoever lets costs be used elsewhere adds its own."""


async def reverse_cost(tx: Transaction, programme: str, cost_id: UUID, command: ReverseCost) -> CostOut:
    """Take a cost back on a day in an open period, once; nothing may rest on it.

    Raises NotFound, RefusedTransition, CostHeld, FutureDate, DateOrder or PeriodClosed.
    """
    row = await lock_cost(tx, programme, cost_id)
    await _take_back(tx, row, command)
    _say(tx, row, command, None)
    return await read_cost(tx.connection, tx.actor, programme, cost_id)


async def correct_cost(tx: Transaction, programme: str, cost_id: UUID, command: CorrectCost) -> CostOut:
    """Take a cost back and book it anew in one step; returns the new one, which says what it corrects.

    Raises as reverse_cost and record_cost do.
    """
    policy = await need_programme(tx, programme)
    row = await lock_cost(tx, programme, cost_id)
    keeper = await need_partner(tx, programme, row.partner_id)
    await _take_back(tx, row, command)
    corrected = await enter_cost(tx, policy, keeper, command.cost, corrects=cost_id)
    _say(tx, row, command, corrected)
    return await read_cost(tx.connection, tx.actor, programme, corrected)


async def lock_cost(tx: Transaction, programme: str, cost_id: UUID, field: str = "id") -> AnyRow:
    """Lock a cost and return it; raises NotFound, also for another partner's."""
    row = await one(
        tx, select(cost).where(cost.c.id == cost_id, cost.c.programme == programme).with_for_update(of=cost)
    )
    if row is None or not tx.actor.sees_partner(row.partner_id):
        raise NotFound("cost", cost_id, field=field)
    return row


async def is_reversed(tx: Transaction, cost_id: UUID) -> bool:
    """Tell whether a locked cost was taken back."""
    return await one(tx, select(cost_reversal.c.cost_id).where(cost_reversal.c.cost_id == cost_id)) is not None


async def _take_back(tx: Transaction, row: AnyRow, command: ReverseCost) -> None:
    if await is_reversed(tx, row.id):
        raise RefusedTransition("cost", row.id, "reversed", "reverse", ())
    for hold in HOLDS:
        reason = await hold(tx, row.id)
        if reason is not None:
            raise CostHeld(row.id, reason)
    happened(tx, "reversed_on", command.reversed_on)
    returned = await last_returned(tx, cost_payment_part.c.cost_id == row.id)
    earliest = max(row.posted_on, returned or row.posted_on)
    not_before("reversed_on", command.reversed_on, earliest, "the day the cost was posted or last paid back")
    kind = EntryKind.IN_KIND if row.is_in_kind else EntryKind.COST
    original = await ledger.find_entry(tx, row.partner_id, Source("cost", row.id), kind)
    await ledger.reverse(tx, original.entry_id, command.reversed_on, command.reason)
    await tx.connection.execute(
        insert(cost_reversal).values(
            cost_id=row.id, programme=row.programme, reversed_on=command.reversed_on, reason=command.reason
        )
    )


def _say(tx: Transaction, row: AnyRow, command: ReverseCost, corrected_by: UUID | None) -> None:
    tx.emit(
        CostReversed(
            cost_id=row.id,
            partner_id=row.partner_id,
            training_id=row.training_id,
            kind=row.kind,
            is_direct=row.is_direct,
            is_in_kind=row.is_in_kind,
            by_ilo=row.by_ilo,
            reversed_on=command.reversed_on,
            amount=money(row.amount_minor, row.currency),
            reason=command.reason,
            corrected_by=corrected_by,
        ),
        aggregate_id=row.id,
        programme=row.programme,
    )
