"""Suspecting that a supplier's bill is booked a second time."""

from uuid import UUID

from sqlalchemy import func, select, union_all

from services.billing.errors import DuplicateCost
from services.billing.tables import cost, cost_bill, cost_reversal, partner
from shared.database.transaction import Transaction
from shared.money import Money


async def refuse_duplicate(
    tx: Transaction, partner_id: UUID, supplier: str | None, reference: str | None, amount: Money, reason: str | None
) -> None:
    """Raise DuplicateCost where the partner has booked this reference of this supplier over this amount before.

    Letter case does not count, what was reversed does not either, and with a `reason` nothing is refused. Without
    supplier or reference there is nothing to compare.
    """
    if supplier is None or reference is None or reason is not None:
        return
    # Held until the end, so that of two that come at once the second finds the first.
    await tx.connection.execute(select(partner.c.id).where(partner.c.id == partner_id).with_for_update(key_share=True))
    live = ~select(cost_reversal.c.cost_id).where(cost_reversal.c.cost_id == cost.c.id).exists()

    of_cost = select(cost.c.id).where(
        cost.c.partner_id == partner_id,
        func.lower(cost.c.supplier) == func.lower(supplier),
        func.lower(cost.c.document_reference) == func.lower(reference),
        cost.c.amount_minor == amount.minor,
        cost.c.currency == amount.currency,
        cost.c.bill_id.is_(None),
        live,
    )
    of_bill = select(cost_bill.c.id).where(
        cost_bill.c.partner_id == partner_id,
        func.lower(cost_bill.c.supplier) == func.lower(supplier),
        func.lower(cost_bill.c.document_reference) == func.lower(reference),
        cost_bill.c.amount_minor == amount.minor,
        cost_bill.c.currency == amount.currency,
        select(cost.c.id).where(cost.c.bill_id == cost_bill.c.id, live).exists(),
    )
    other = (await tx.connection.execute(union_all(of_cost, of_bill).limit(1))).scalar()
    if other is not None:
        raise DuplicateCost(supplier, reference, amount, other)
