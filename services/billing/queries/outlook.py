"""The forecast of self-sufficiency and the levers, over the books as they are."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import Column, ColumnElement, distinct, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.forecast import Forecast, Method, MonthSums, Outcome, backtest, forecast
from services.billing.domain.levers import Direction, Lever, LeverKind, Line, Volume, levers
from services.billing.domain.recovery import FORMULA, Component, Formula, measure
from services.billing.domain.windows import Month
from services.billing.queries.asked import Asked, of_ledger, within
from services.billing.queries.recovery import Sums, ledger_sums, present_ratio
from services.billing.queries.series import whole_months
from services.billing.schemas.outlook import (
    BacktestOut,
    ForecastMethodOut,
    ForecastOut,
    LeverOut,
    LeversOut,
    TrialOut,
)
from services.billing.schemas.recovery import RatioOut
from services.billing.tables import enrollment, invoice, recovery_posting
from shared.events.vocabulary import Basis
from shared.money import Money

_METHOD_TEXT = (
    "straight line through the surpluses of the last whole months by least squares; block bootstrap of what it leaves; "
    "10th, 50th and 90th percentile of the month in which the rolling ratio first reaches the target"
)


def percent_text(target: Fraction) -> str:
    """Write a target as a percentage."""
    return format(Decimal(target.numerator * 100) / target.denominator, "f")


async def read_forecast(
    connection: AsyncConnection,
    asked: Asked,
    formula: Formula,
    target: Fraction,
    until: date,
    currency: str,
    *,
    with_backtest: bool,
) -> ForecastOut:
    """Return when the rolling ratio reaches `target`, from the whole months up to `until`."""
    method = Method()
    months: Sequence[MonthSums] = []
    told = asked.overhead_in_scope or Component.C_OVH not in formula.denominator
    if told:
        months = await whole_months(connection, asked, formula, until)
    made = forecast(months, target, method)
    return ForecastOut(
        programme=asked.programme,
        formula=formula.code,
        basis=asked.basis,
        target_percent=percent_text(target),
        scope=asked.scope,
        data_until=str(months[-1].month) if months else None,
        fitted_from=None if made.used is None else str(made.used[0]),
        now=_now(months[-method.window :], formula, currency) if len(months) >= method.window else None,
        outcome=made.outcome if told else Outcome.OVERHEAD_NOT_IN_SCOPE,
        since=_text(made.since),
        earliest=_text(made.earliest),
        central=_text(made.central),
        latest=_text(made.latest),
        within_horizon=made.within_horizon,
        method=_method(made),
        backtest=_backtest(months, target) if with_backtest else None,
    )


def _text(month: Month | None) -> str | None:
    return None if month is None else str(month)


def _now(months: Sequence[MonthSums], formula: Formula, currency: str) -> RatioOut:
    # The first component of each side stands for the whole of it.
    top, bottom = sum(each.top for each in months), sum(each.bottom for each in months)
    whole = Formula(formula.code, formula.numerator[:1], formula.denominator[:1], formula.meaning)
    [measured] = measure({whole.numerator[0]: top, whole.denominator[0]: bottom}, currency, formulas=(whole,))
    return present_ratio(measured).model_copy(update={"text": formula.text})


def _method(made: Forecast) -> ForecastMethodOut:
    method = made.method
    return ForecastMethodOut(
        text=_METHOD_TEXT,
        band_percent=80,
        rolling_months=method.window,
        history_months=method.history,
        horizon_months=method.horizon,
        block_months=method.block,
        replicates=method.replicates,
        seed=method.seed,
    )


def _backtest(months: Sequence[MonthSums], target: Fraction) -> BacktestOut:
    trials = backtest(months, target)
    decided = [trial.covered for trial in trials if trial.covered is not None]
    return BacktestOut(
        trials=[
            TrialOut(
                made_after=str(trial.made_after),
                earliest=_text(trial.earliest),
                central=_text(trial.central),
                latest=_text(trial.latest),
                actual=_text(trial.actual),
                covered=trial.covered,
            )
            for trial in trials
        ],
        decided=len(decided),
        covered=sum(decided),
    )


_INVOICE_COLUMNS: dict[str, Column[Any]] = {
    "partner": invoice.c.partner_id,
    "module": enrollment.c.module,
    "region": enrollment.c.region,
    "delivery": enrollment.c.delivery,
    "training": enrollment.c.training_id,
}


async def read_volume(connection: AsyncConnection, asked: Asked) -> Volume:
    """Return how many enrollments were billed in the window (contracted, on that basis), and trainings with sums.

    An enrollment counts once, however many instalments it has, and only with an invoice that did not end in the window:
    cancelled, void or credited in full.
    """
    day, phase = invoice.c.issued_on, invoice.c.issued_phase
    if asked.basis is Basis.CONTRACTED:
        day, phase = invoice.c.contracted_on, invoice.c.contracted_phase
    lasting: ColumnElement[bool] = invoice.c.contract_ended_on.is_(None)
    if asked.window.until is not None:
        lasting |= invoice.c.contract_ended_on > asked.window.until
    query = (
        select(func.count(distinct(invoice.c.enrollment_id)))
        .select_from(invoice)
        .join(enrollment, enrollment.c.id == invoice.c.enrollment_id)
        .where(
            invoice.c.programme == asked.programme,
            day.is_not(None),
            lasting,
            within(asked, {**_INVOICE_COLUMNS, "day": day, "phase": phase}),
        )
    )
    billed = (await connection.execute(query)).scalar_one()
    trainings = select(func.count(distinct(recovery_posting.c.training_id)))
    found = (await connection.execute(of_ledger(trainings, asked))).scalar_one()
    return Volume(int(billed), int(found))


async def read_levers(
    connection: AsyncConnection, asked: Asked, code: str, target: Fraction, currency: str
) -> LeversOut:
    """Return what each lever alone must be for the formula to reach `target` in the window."""
    sums = await ledger_sums(connection, asked)
    volume = await read_volume(connection, asked)
    formula = FORMULA[code]
    [measured] = [
        each for each in measure(sums, currency, overhead_in_scope=asked.overhead_in_scope) if each.formula.code == code
    ]
    told = asked.overhead_in_scope or Component.C_OVH not in formula.denominator
    return LeversOut(
        programme=asked.programme,
        basis=asked.basis,
        window=asked.window,
        scope=asked.scope,
        target_percent=percent_text(target),
        ratio=present_ratio(measured),
        enrollments=volume.enrollments,
        trainings=volume.trainings,
        levers=_levers(formula, sums, volume, target, currency) if told else [],
    )


def _levers(formula: Formula, sums: Sums, volume: Volume, target: Fraction, currency: str) -> list[LeverOut]:
    return [_lever(each, currency) for each in levers(formula, sums, volume, target)]


def _lever(lever: Lever, currency: str) -> LeverOut:
    counts = lever.kind is LeverKind.VOLUME
    needed, now = lever.answer.value, None if lever.now is None else int(lever.now)
    beyond = None
    if needed is not None and lever.answer.direction is not Direction.ANY:
        beyond = needed + (1 if lever.answer.direction is Direction.AT_MOST else -1)
    return LeverOut(
        lever=lever.kind,
        now=None if counts or now is None else Money(now, currency),
        now_count=now if counts else None,
        needed=None if counts or needed is None else Money(needed, currency),
        needed_count=needed if counts else None,
        direction=lever.answer.direction,
        percent_there=_percent(lever.line, needed),
        percent_next=_percent(lever.line, beyond),
        reason=lever.answer.reason,
    )


def _percent(line: Line | None, x: int | None) -> str | None:
    if line is None or x is None or x < 0:
        return None
    top, bottom = line.a + line.b * x, line.c + line.d * x
    if bottom <= 0:
        return None
    cut = abs(top) * 10**6 // bottom
    return format(Decimal(cut if top >= 0 else -cut).scaleb(-4), "f")
