"""Series of cost recovery by month, and the sums a forecast is made from."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.forecast import MonthSums
from services.billing.domain.recovery import COSTS, Component, Formula, measure
from services.billing.domain.series import Months, Point, add_up, points
from services.billing.domain.windows import Month, last_whole_month, months_of
from services.billing.errors import SeriesTooLong
from services.billing.queries.asked import Asked
from services.billing.queries.recovery import MonthRow, by_month, monthly_sums, present_components, present_ratios
from services.billing.queries.reporting import Translator
from services.billing.schemas.outlook import SeriesMode
from services.billing.schemas.recovery import PointOut, RatioOut, SeriesOut

MOST_MONTHS: Final = 240


@dataclass(frozen=True, slots=True)
class SeriesAsked:
    """Which series: its mode, how many months a rolling point takes, one formula or all, and the last day of all."""

    mode: SeriesMode
    rolling_months: int
    formula: str | None
    today: date

    @property
    def width(self) -> int | None:
        """How many months a point takes; None: all since the beginning."""
        return {"month": 1, "rolling": self.rolling_months, "cumulative": None}[self.mode]


async def read_series(
    connection: AsyncConnection, asked: Asked, how: SeriesAsked, currency: str, into: Translator | None
) -> SeriesOut:
    """Return a point for every month of the window, also for months in which nothing was booked.

    Without a first day the window begins with the first month that has anything. A rolling point also takes months
    before the window. Raises SeriesTooLong or RateMissing.
    """
    rows = await monthly_sums(connection, _widened(asked, how))
    months, late = by_month(rows), _corrections(rows)
    first = _first(asked, months)
    until = asked.window.until or max([how.today, *(month.last for month in months)])
    asked_points = [] if first is None else list(points(first, until, how.width))
    if len(asked_points) > MOST_MONTHS:
        raise SeriesTooLong(len(asked_points), MOST_MONTHS)
    shown = [_point(asked, how, each, (months, late), currency, into) for each in asked_points]
    return SeriesOut(
        programme=asked.programme,
        basis=asked.basis,
        mode=how.mode,
        rolling_months=how.rolling_months if how.mode == "rolling" else None,
        window=asked.window,
        scope=asked.scope,
        currency=currency,
        reporting_currency=None if into is None else into.pair.quote,
        rates=[] if into is None else into.rates,
        points=shown,
    )


def _first(asked: Asked, months: Months) -> Month | None:
    return min(months, default=None) if asked.window.since is None else Month.of(asked.window.since)


def _widened(asked: Asked, how: SeriesAsked) -> Asked:
    if how.mode != "rolling" or asked.window.since is None:
        return asked
    since = Month.of(asked.window.since).plus(1 - how.rolling_months).first
    return replace(asked, window=asked.window.model_copy(update={"since": since}))


def _corrections(rows: list[MonthRow]) -> Months:
    late: dict[Month, dict[Component, int]] = {}
    for row in rows:
        if row.corrected:
            late.setdefault(row.month, {})[row.component] = row.corrected
    return late


def _point(
    asked: Asked, how: SeriesAsked, point: Point, booked: tuple[Months, Months], currency: str, into: Translator | None
) -> PointOut:
    parts = point.parts(booked[0])
    sums, late = add_up(parts), add_up(point.parts(booked[1]))
    since = point.month.first if point.first is None else point.first.first
    if how.width is None:
        since = asked.window.since or min(parts, default=point.month).first
    elif how.mode == "month" and asked.window.since is not None:
        since = max(since, asked.window.since)

    def ratios(of: dict[Component, int], in_currency: str) -> list[RatioOut]:
        measured = measure(of, in_currency, overhead_in_scope=asked.overhead_in_scope)
        return present_ratios(each for each in measured if how.formula in (None, each.formula.code))

    return PointOut(
        month=str(point.month),
        since=since,
        until=point.until,
        complete=point.complete,
        has_cost=any(sums.get(component) for component in COSTS),
        components=present_components(sums, currency),
        corrections={name: money for name, money in present_components(late, currency).items() if money},
        ratios=ratios(sums, currency),
        reported=None if into is None else ratios(into.sums(parts), into.pair.quote),
    )


async def whole_months(connection: AsyncConnection, asked: Asked, formula: Formula, until: date) -> list[MonthSums]:
    """Return numerator and denominator of every whole month up to `until`, from the first that has anything."""
    last = last_whole_month(until)
    window = asked.window.model_copy(update={"until": last.last})
    months = by_month(await monthly_sums(connection, replace(asked, window=window)))
    if not months:
        return []
    found = []
    for month in months_of(min(months), last):
        sums = months.get(month, {})
        found.append(
            MonthSums(
                month,
                sum(sums.get(component, 0) for component in formula.numerator),
                sum(sums.get(component, 0) for component in formula.denominator),
            )
        )
    return found
