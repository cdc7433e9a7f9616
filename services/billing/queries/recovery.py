"""Cost recovery from the ledger: sums by component, by month, and the same from documents."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Date, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.recovery import Component, Measured, measure
from services.billing.domain.windows import Month
from services.billing.queries.asked import Asked, of_ledger, within
from services.billing.schemas.recovery import CostRecoveryOut, RatioOut, ReportedOut
from services.billing.tables import entry, period, recovery_document, recovery_posting
from shared.money import Money

Sums = Mapping[Component, int]


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One component in one calendar month; `corrected` is the part that belongs to an earlier accounting period."""

    month: Month
    component: Component
    minor: int
    corrected: int


async def ledger_sums(connection: AsyncConnection, asked: Asked) -> dict[Component, int]:
    """Return every component in minor units, from postings."""
    view = recovery_posting.c
    query = select(view.component, func.sum(view.amount_minor).label("minor")).group_by(view.component)
    rows = await connection.execute(of_ledger(query, asked))
    return {Component(row.component): int(row.minor) for row in rows}


async def monthly_sums(connection: AsyncConnection, asked: Asked) -> list[MonthRow]:
    """Return every component by month of its effective day, oldest first, from postings."""
    view = recovery_posting.c
    month = cast(func.date_trunc("month", view.effective_on), Date).label("month")
    late = entry.c.fact_on < period.c.starts_on
    query = (
        select(
            month,
            view.component,
            func.sum(view.amount_minor).label("minor"),
            func.sum(view.amount_minor).filter(late).label("corrected"),
        )
        .select_from(recovery_posting)
        .join(entry, entry.c.uid == view.entry_uid)
        .join(period, period.c.id == entry.c.period_id)
        .group_by(month, view.component)
        .order_by(month, view.component)
    )
    rows = await connection.execute(of_ledger(query, asked))
    return [
        MonthRow(Month.of(row.month), Component(row.component), int(row.minor), int(row.corrected or 0)) for row in rows
    ]


def total(rows: Iterable[MonthRow]) -> dict[Component, int]:
    """Return the sums of all months together."""
    sums: dict[Component, int] = {}
    for row in rows:
        sums[row.component] = sums.get(row.component, 0) + row.minor
    return sums


def by_month(rows: Iterable[MonthRow]) -> dict[Month, dict[Component, int]]:
    """Return the sums of each month that has any."""
    months: dict[Month, dict[Component, int]] = {}
    for row in rows:
        months.setdefault(row.month, {})[row.component] = row.minor
    return months


_DOCUMENT_COLUMNS: Mapping[str, Column[Any]] = {
    "day": recovery_document.c.on_day,
    "partner": recovery_document.c.partner_id,
    "module": recovery_document.c.module,
    "region": recovery_document.c.region,
    "delivery": recovery_document.c.delivery,
    "training": recovery_document.c.training_id,
    "phase": recovery_document.c.phase,
}


async def document_sums(connection: AsyncConnection, asked: Asked) -> dict[Component, int]:
    """Return the same from invoices, allocations, claims and costs; knows nothing of the ledger."""
    view = recovery_document.c
    query = (
        select(view.component, func.sum(view.amount_minor).label("minor"))
        .where(
            view.programme == asked.programme,
            view.basis == asked.basis.value,
            within(asked, _DOCUMENT_COLUMNS),
        )
        .group_by(view.component)
    )
    return {Component(row.component): int(row.minor) for row in await connection.execute(query)}


def present_recovery(asked: Asked, sums: Sums, currency: str, reported: ReportedOut | None = None) -> CostRecoveryOut:
    """Show all five formulas with their sums."""
    return CostRecoveryOut(
        programme=asked.programme,
        basis=asked.basis,
        window=asked.window,
        scope=asked.scope,
        currency=currency,
        components=present_components(sums, currency),
        ratios=present_ratios(measure(sums, currency, overhead_in_scope=asked.overhead_in_scope)),
        reported=reported,
    )


def present_components(sums: Sums, currency: str) -> dict[Component, Money]:
    """Show every component, also those of nothing."""
    return {component: Money(sums.get(component, 0), currency) for component in Component}


def present_ratios(measured: Iterable[Measured]) -> list[RatioOut]:
    """Show formulas with their sums and ratios."""
    return [present_ratio(each) for each in measured]


def present_ratio(measured: Measured) -> RatioOut:
    """Show one formula with its sums and ratio."""
    return RatioOut(
        formula=measured.formula.code,
        text=measured.formula.text,
        meaning=measured.formula.meaning,
        numerator=measured.numerator,
        denominator=measured.denominator,
        ratio=None if measured.ratio is None else format(measured.ratio, "f"),
        percent=None if measured.percent is None else format(measured.percent, "f"),
        reason=measured.reason,
    )
