"""Reading costs, with what is paid of them and whether they were reversed."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.bills import SplitBy
from services.billing.domain.costs import (
    DIRECT,
    SPLIT_VERSION,
    CostKind,
    CostState,
    Funding,
    Valuation,
    account_of,
)
from services.billing.domain.rates import BOOKED_AS, UNITS
from services.billing.queries.scope import AnyRow, money, only, seen_by
from services.billing.schemas.costs import BillOut, CostKindOut, CostKinds, CostOut, RateItemOut
from services.billing.tables import (
    chart,
    cost,
    cost_bill,
    cost_payment_part,
    cost_payment_reversal,
    cost_reversal,
    training,
)
from shared.auth.actor import Actor

_correction = cost.alias("correction")


def paid_for_cost() -> Any:  # noqa: ANN401 - a scalar subquery
    """Return the expression of what payments gave for a cost that were not reversed, minor units."""
    part = cost_payment_part.c
    return (
        select(func.coalesce(func.sum(part.amount_minor), 0))
        .outerjoin(cost_payment_reversal, cost_payment_reversal.c.payment_id == part.payment_id)
        .where(part.cost_id == cost.c.id, cost_payment_reversal.c.payment_id.is_(None))
        .correlate(cost)
        .scalar_subquery()
    )


def state_of_cost() -> Any:  # noqa: ANN401 - a SQL expression
    """Return the expression of a cost's state; the reversal is joined."""
    return case(
        (cost_reversal.c.cost_id.is_not(None), CostState.REVERSED.value),
        (cost.c.is_in_kind | cost.c.by_ilo, CostState.GIVEN.value),
        (paid_for_cost() >= cost.c.amount_minor, CostState.PAID.value),
        else_=CostState.OPEN.value,
    )


def costs(actor: Actor, programme: str) -> Select[Any]:
    """Return the costs that a caller may see."""
    query = (
        select(
            cost,
            training.c.module,
            cost_reversal.c.reversed_on,
            cost_reversal.c.reason.label("reversal_reason"),
            _correction.c.id.label("corrected_by"),
            paid_for_cost().label("paid_minor"),
            state_of_cost().label("state"),
        )
        .outerjoin(training, training.c.id == cost.c.training_id)
        .outerjoin(cost_reversal, cost_reversal.c.cost_id == cost.c.id)
        .outerjoin(_correction, _correction.c.corrects == cost.c.id)
        .where(cost.c.programme == programme)
    )
    return seen_by(actor, query, cost.c.partner_id)


def funded(funding: Funding) -> ColumnElement[bool]:
    """Return the condition that keeps costs of one funding."""
    columns = ((cost.c.is_in_kind, funding.in_kind), (cost.c.by_ilo, funding.by_ilo))
    return and_(literal(value=True), *(column if wanted else not_(column) for column, wanted in columns))


def present_cost(row: AnyRow) -> CostOut:
    """Show one cost."""
    state = CostState(row.state)
    owed = row.amount_minor - row.paid_minor if state in (CostState.OPEN, CostState.PAID) else 0
    return CostOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        training_id=row.training_id,
        module=row.module,
        kind=row.kind,
        funding=Funding.of(in_kind=row.is_in_kind, by_ilo=row.by_ilo),
        is_direct=row.is_direct,
        incurred_on=row.incurred_on,
        posted_on=row.posted_on,
        amount=money(row.amount_minor, row.currency),
        description=row.description,
        source_event_id=row.source_event_id,
        state=state,
        paid=money(row.paid_minor, row.currency),
        open=money(owed, row.currency),
        supplier=row.supplier,
        document_reference=row.document_reference,
        document_on=row.document_on,
        attachments=row.attachments,
        given_by=row.given_by,
        valuation=None if row.valuation is None else Valuation(row.valuation),
        duplicate_reason=row.duplicate_reason,
        bill_id=row.bill_id,
        card_id=row.card_id,
        item=row.item,
        quantity=row.quantity,
        corrects=row.corrects,
        corrected_by=row.corrected_by,
        reversed_on=row.reversed_on,
        reversal_reason=row.reversal_reason,
    )


async def read_cost(connection: AsyncConnection, actor: Actor, programme: str, cost_id: UUID) -> CostOut:
    """Return one cost; raises NotFound."""
    query = costs(actor, programme).where(cost.c.id == cost_id)
    return present_cost(await only(connection, query, "cost", cost_id))


async def read_bill(connection: AsyncConnection, actor: Actor, programme: str, bill_id: UUID) -> BillOut:
    """Return one bill with its costs; raises NotFound."""
    query = seen_by(
        actor,
        select(cost_bill).where(cost_bill.c.id == bill_id, cost_bill.c.programme == programme),
        cost_bill.c.partner_id,
    )
    row = await only(connection, query, "bill", bill_id)
    parts = await connection.execute(costs(actor, programme).where(cost.c.bill_id == bill_id).order_by(cost.c.id))
    return BillOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        kind=row.kind,
        incurred_on=row.incurred_on,
        amount=money(row.amount_minor, row.currency),
        description=row.description,
        supplier=row.supplier,
        document_reference=row.document_reference,
        document_on=row.document_on,
        split_by=SplitBy(row.split_by),
        costs=[present_cost(part) for part in parts],
    )


async def cost_kinds(connection: AsyncConnection, programme: str) -> CostKinds:
    """Return how the programme splits its costs, with the accounts and what rate cards book."""
    codes = {kind: account_of(kind) for kind in CostKind}
    found = await connection.execute(select(chart.c.code, chart.c.name).where(chart.c.code.in_(codes.values())))
    names = {row.code: row.name for row in found}
    return CostKinds(
        programme=programme,
        version=SPLIT_VERSION,
        kinds=[
            CostKindOut(kind=kind, account_code=code, account_name=names[code], is_direct=kind in DIRECT)
            for kind, code in codes.items()
        ],
        rate_items=[RateItemOut(item=item, unit=unit, cost_kind=BOOKED_AS[item]) for item, unit in UNITS.items()],
    )
