"""Reading payments for costs, prepayments, and what is open by supplier and age."""

from collections import defaultdict
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.payables import Age, age
from services.billing.domain.payments import Method
from services.billing.queries.scope import AnyRow, money, only, seen_by
from services.billing.schemas.payables import (
    CostPaymentOut,
    CostPaymentPart,
    Payables,
    PrepaymentOut,
    SupplierPayables,
)
from services.billing.tables import (
    cost_payment,
    cost_payment_part,
    cost_payment_reversal,
    prepayment,
    prepayment_reversal,
)
from services.billing.tables import programme as programme_table
from shared.auth.actor import Actor
from shared.errors import FactMissing
from shared.money import Money


def cost_payments(actor: Actor, programme: str) -> Select[Any]:
    """Return the payments for costs that a caller may see."""
    part = cost_payment_part.c
    listed = func.jsonb_build_object("cost_id", part.cost_id, "minor", part.amount_minor)
    parts = (
        select(func.jsonb_agg(aggregate_order_by(listed, part.cost_id), type_=JSONB))
        .where(part.payment_id == cost_payment.c.id)
        .correlate(cost_payment)
        .scalar_subquery()
    )
    query = (
        select(
            cost_payment,
            parts.label("parts"),
            cost_payment_reversal.c.reversed_on,
            cost_payment_reversal.c.reason.label("reversal_reason"),
        )
        .outerjoin(cost_payment_reversal, cost_payment_reversal.c.payment_id == cost_payment.c.id)
        .where(cost_payment.c.programme == programme)
    )
    return seen_by(actor, query, cost_payment.c.partner_id)


def present_cost_payment(row: AnyRow) -> CostPaymentOut:
    """Show one payment for costs."""
    return CostPaymentOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        paid_on=row.paid_on,
        amount=money(row.amount_minor, row.currency),
        method=None if row.method is None else Method(row.method),
        prepayment_id=row.prepayment_id,
        reference=row.reference,
        parts=[
            CostPaymentPart(cost_id=part["cost_id"], amount=money(part["minor"], row.currency)) for part in row.parts
        ],
        reversed_on=row.reversed_on,
        reversal_reason=row.reversal_reason,
    )


async def read_cost_payment(
    connection: AsyncConnection, actor: Actor, programme: str, payment_id: UUID
) -> CostPaymentOut:
    """Return one payment for costs; raises NotFound."""
    query = cost_payments(actor, programme).where(cost_payment.c.id == payment_id)
    return present_cost_payment(await only(connection, query, "payment for costs", payment_id))


def used_of_prepayment() -> Any:  # noqa: ANN401 - a scalar subquery
    """Return the expression of what costs have used up of a prepayment, minor units."""
    return (
        select(func.coalesce(func.sum(cost_payment.c.amount_minor), 0))
        .outerjoin(cost_payment_reversal, cost_payment_reversal.c.payment_id == cost_payment.c.id)
        .where(cost_payment.c.prepayment_id == prepayment.c.id, cost_payment_reversal.c.payment_id.is_(None))
        .correlate(prepayment)
        .scalar_subquery()
    )


def prepayments(actor: Actor, programme: str) -> Select[Any]:
    """Return the prepayments that a caller may see."""
    query = (
        select(
            prepayment,
            used_of_prepayment().label("used_minor"),
            prepayment_reversal.c.reversed_on,
            prepayment_reversal.c.reason.label("reversal_reason"),
        )
        .outerjoin(prepayment_reversal, prepayment_reversal.c.prepayment_id == prepayment.c.id)
        .where(prepayment.c.programme == programme)
    )
    return seen_by(actor, query, prepayment.c.partner_id)


def present_prepayment(row: AnyRow) -> PrepaymentOut:
    """Show one prepayment; of one that was taken back nothing is left."""
    left = 0 if row.reversed_on is not None else row.amount_minor - row.used_minor
    return PrepaymentOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        training_id=row.training_id,
        supplier=row.supplier,
        paid_on=row.paid_on,
        amount=money(row.amount_minor, row.currency),
        used=money(row.used_minor, row.currency),
        left=money(left, row.currency),
        method=Method(row.method),
        reference=row.reference,
        reversed_on=row.reversed_on,
        reversal_reason=row.reversal_reason,
    )


async def read_prepayment(
    connection: AsyncConnection, actor: Actor, programme: str, prepayment_id: UUID
) -> PrepaymentOut:
    """Return one prepayment; raises NotFound."""
    query = prepayments(actor, programme).where(prepayment.c.id == prepayment_id)
    return present_prepayment(await only(connection, query, "prepayment", prepayment_id))


# What was open on a day: costs posted by then, less what payments of until then gave, reversals counted on their day.
_OPEN: Final = """
SELECT c.partner_id, c.supplier, c.currency, coalesce(c.document_on, c.incurred_on) AS since,
       c.amount_minor - coalesce(paid.minor, 0) AS open_minor
FROM cost c
LEFT JOIN cost_reversal r ON r.cost_id = c.id AND r.reversed_on <= $2
LEFT JOIN LATERAL (
    SELECT sum(t.amount_minor) AS minor
    FROM cost_payment_part t JOIN cost_payment p ON p.id = t.payment_id
    LEFT JOIN cost_payment_reversal q ON q.payment_id = p.id AND q.reversed_on <= $2
    WHERE t.cost_id = c.id AND p.paid_on <= $2 AND q.payment_id IS NULL
) AS paid ON true
WHERE c.programme = $1 AND c.posted_on <= $2 AND r.cost_id IS NULL AND NOT c.is_in_kind AND NOT c.by_ilo
  AND c.amount_minor > coalesce(paid.minor, 0)
  AND ($3::uuid IS NULL OR c.partner_id = $3) AND ($4::text IS NULL OR lower(c.supplier) = lower($4))
ORDER BY since, c.id
"""


async def payables(
    connection: AsyncConnection, programme: str, as_of: date, partner_id: UUID | None, supplier: str | None
) -> Payables:
    """Return what is open by supplier and age; who has waited longest comes first. Raises FactMissing."""
    known = select(programme_table.c.currency).where(programme_table.c.programme == programme)
    currency = (await connection.execute(known)).scalar_one_or_none()
    if currency is None:
        raise FactMissing("programme", programme, field="programme")
    rows = (await connection.exec_driver_sql(_OPEN, (programme, as_of, partner_id, supplier))).all()
    by_supplier: dict[tuple[UUID, str | None], dict[Age, int]] = defaultdict(lambda: dict.fromkeys(Age, 0))
    counts: dict[tuple[UUID, str | None], int] = defaultdict(int)
    totals = dict.fromkeys(Age, 0)
    for row in rows:
        bucket = age(row.since, as_of)
        by_supplier[row.partner_id, row.supplier][bucket] += row.open_minor
        counts[row.partner_id, row.supplier] += 1
        totals[bucket] += row.open_minor

    def shown(ages: dict[Age, int]) -> dict[Age, Money]:
        return {bucket: money(minor, currency) for bucket, minor in ages.items()}

    return Payables(
        programme=programme,
        as_of=as_of,
        suppliers=[
            SupplierPayables(
                partner_id=key[0],
                supplier=key[1],
                costs=counts[key],
                open=money(sum(ages.values()), currency),
                ages=shown(ages),
            )
            for key, ages in by_supplier.items()
        ],
        ages=shown(totals),
        open=money(sum(totals.values()), currency),
    )
