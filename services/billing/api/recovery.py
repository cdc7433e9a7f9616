"""Cost recovery: the figures, the postings behind each, series, forecast and levers."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.billing.api.access import Asked as PageAsked
from services.billing.api.access import Reads
from services.billing.api.asking import Known, TargetRatio, Wanted, WhatIsAsked, WhichScope
from services.billing.domain.recovery import FORMULA, Component
from services.billing.domain.windows import cumulative
from services.billing.queries.asked import Asked, first_modules, window_of
from services.billing.queries.contributions import CONTRIBUTION_IDENTITY, contributions, presenter, reported_parts
from services.billing.queries.outlook import read_forecast, read_levers
from services.billing.queries.recovery import by_month, ledger_sums, monthly_sums, present_recovery, total
from services.billing.queries.reporting import present_reported, translator
from services.billing.queries.series import SeriesAsked, read_series
from services.billing.schemas.outlook import ForecastOut, LeversOut, SeriesMode
from services.billing.schemas.recovery import ContributionOut, CostRecoveryOut, SeriesOut
from services.billing.schemas.targets import FormulaCode
from shared.days import Day
from shared.events.vocabulary import Basis
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}/cost-recovery", tags=["cost recovery"])

OneFormula = Annotated[FormulaCode, Query(description="Which formula; national self-sufficiency by default.")]


@router.get("")
async def get_cost_recovery(read: Reads, policy: Known, what: WhatIsAsked, wanted: Wanted) -> CostRecoveryOut:
    """Show CR-1 to CR-5 with formula, basis, window, scope and every sum they are made of; a ratio of sums.

    With `currency` the same is shown in that currency too, with the rates it was translated at.
    """
    if wanted is None:
        return present_recovery(what, await ledger_sums(read.connection, what), policy.currency)
    into = await translator(read.connection, policy.code, policy.currency, wanted, what.window.until)
    rows = await monthly_sums(read.connection, what)
    reported = present_reported(what, by_month(rows), into)
    return present_recovery(what, total(rows), policy.currency, reported)


@router.get("/postings", response_model=Page[ContributionOut])
async def get_postings(
    read: Reads, policy: Known, what: WhatIsAsked, wanted: Wanted, page: PageAsked, component: Component
) -> Response:
    """List the ledger entries that make one component, each with its postings and its document."""
    parts = None
    if wanted is not None:
        into = await translator(read.connection, policy.code, policy.currency, wanted, what.window.until)
        parts = await reported_parts(read.connection, what, component, into)
    present = presenter(parts, None if wanted is None else wanted.currency)
    return await answer_list(read.connection, contributions(what, component), CONTRIBUTION_IDENTITY, page, present)


@router.get("/series")
async def get_series(
    read: Reads,
    policy: Known,
    what: WhatIsAsked,
    wanted: Wanted,
    mode: Annotated[
        SeriesMode, Query(description="Each month alone, all since the first, or a rolling span.")
    ] = "month",
    rolling_months: Annotated[int, Query(ge=1, le=60, description="With mode=rolling: months of a point.")] = 12,
    formula: Annotated[FormulaCode | None, Query(description="One formula only.")] = None,
) -> SeriesOut:
    """Show cost recovery month by month, with what corrects earlier periods told apart."""
    into = None
    if wanted is not None:
        into = await translator(read.connection, policy.code, policy.currency, wanted, what.window.until)
    how = SeriesAsked(mode, rolling_months, formula, read.runtime.clock().date())
    return await read_series(read.connection, what, how, policy.currency, into)


@router.get("/forecast")
async def get_forecast(
    read: Reads,
    policy: Known,
    scope: WhichScope,
    target: TargetRatio,
    formula: OneFormula = "CR-5",
    basis: Basis = Basis.RECEIVED,
    to: Annotated[Day | None, Query(description="Forecast as if this were today.")] = None,
    *,
    backtest: Annotated[bool, Query(description="Show how earlier forecasts would have done.")] = False,
) -> ForecastOut:
    """Show when the rolling twelve-month ratio is expected to reach the target, with method and band."""
    until = to or read.runtime.clock().date()
    what = Asked(policy.code, basis, window_of(cumulative(until)), scope, first_modules(policy))
    return await read_forecast(
        read.connection, what, FORMULA[formula], target, until, policy.currency, with_backtest=backtest
    )


@router.get("/levers")
async def get_levers(
    read: Reads, policy: Known, what: WhatIsAsked, target: TargetRatio, formula: OneFormula = "CR-5"
) -> LeversOut:
    """Show what fee, volume, subsidy or cost must be, each alone and all else as it was, for the target."""
    return await read_levers(read.connection, what, formula, target, policy.currency)
