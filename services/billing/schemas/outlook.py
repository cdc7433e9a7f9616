"""Looking ahead: the forecast of self-sufficiency, and levers."""

from typing import Literal

from pydantic import BaseModel, Field

from services.billing.domain.forecast import Outcome
from services.billing.domain.levers import Direction, LeverKind
from services.billing.schemas.recovery import RatioOut, Scope, Window
from shared.events.vocabulary import Basis
from shared.money import Money


class ForecastMethodOut(BaseModel):
    """How a forecast was made; docs/cost-recovery.md says it in full."""

    text: str
    band_percent: int
    rolling_months: int
    history_months: int
    horizon_months: int
    block_months: int
    replicates: int
    seed: int


class TrialOut(BaseModel):
    """A forecast from the past alone, beside what came; `covered` is null while that is open."""

    made_after: str
    earliest: str | None
    central: str | None
    latest: str | None
    actual: str | None
    covered: bool | None


class BacktestOut(BaseModel):
    """How earlier forecasts of this programme would have done."""

    trials: list[TrialOut]
    decided: int
    covered: int


class ForecastOut(BaseModel):
    """When the rolling ratio is expected to reach the target; months, each null when beyond the horizon."""

    programme: str
    formula: str
    basis: Basis
    target_percent: str
    scope: Scope
    data_until: str | None = Field(description="The last whole month that was used.")
    fitted_from: str | None
    now: RatioOut | None = Field(description="The rolling ratio at the last whole month.")
    outcome: Outcome
    since: str | None = Field(description="Since when the target has been reached without a break.")
    earliest: str | None
    central: str | None
    latest: str | None
    within_horizon: int = Field(description="How many of the replicates reach the target within the horizon.")
    method: ForecastMethodOut
    backtest: BacktestOut | None


class LeverOut(BaseModel):
    """What one thing alone must become; amounts, or whole trainings for the volume.

    `percent_there` is the ratio at that value and `percent_next` one unit short of it (beyond it where the value is the
    most that still reaches the target), both cut off after four decimals.
    """

    lever: LeverKind
    now: Money | None
    now_count: int | None
    needed: Money | None
    needed_count: int | None
    direction: Direction | None
    percent_there: str | None
    percent_next: str | None
    reason: str | None


class LeversOut(BaseModel):
    """What fee, volume, subsidy or cost must be, each alone, for the formula to reach the target in this window."""

    programme: str
    basis: Basis
    window: Window
    scope: Scope
    target_percent: str
    ratio: RatioOut
    enrollments: int
    trainings: int
    levers: list[LeverOut]


SeriesMode = Literal["month", "cumulative", "rolling"]
