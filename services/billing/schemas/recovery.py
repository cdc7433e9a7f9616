"""Cost recovery: figures, what they are cut to, and the entries behind them."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.billing.domain.fx_rates import Derivation, RateMethod, RateSource
from services.billing.domain.recovery import Component
from services.billing.domain.windows import WindowKind
from services.billing.schemas.books import PostingOut
from shared.events.vocabulary import Basis
from shared.money import Money
from shared.web.access import Resource

ModuleGroup = Literal["first", "further"]


class Window(BaseModel):
    """The effective days that count, both included; none: from the beginning, or to the end of what is recorded."""

    kind: WindowKind = WindowKind.SPAN
    since: date | None = Field(serialization_alias="from")
    until: date | None = Field(serialization_alias="to")
    text: str = Field(default="", examples=["the 12 whole months 2015-03 to 2016-02"])
    complete: bool = Field(default=True, description="False while the phase or year still runs.")


class Scope(BaseModel):
    """What the figure is cut to; None is everything.

    Of `module`, `modules` and `module_group` at most one is named; `further` is every module that is not a first one.
    """

    partner: UUID | None = None
    module: str | None = None
    modules: tuple[str, ...] | None = None
    module_group: ModuleGroup | None = None
    region: str | None = None
    delivery: Literal["direct", "indirect"] | None = None
    training: UUID | None = None
    phase: str | None = None


class RatioOut(BaseModel):
    """One formula with its two sums; `ratio` and `percent` are decimal strings, or null with a reason."""

    formula: str = Field(examples=["CR-2"])
    text: str = Field(examples=["(F+P+G+B+D) / C_dir"])
    meaning: str
    numerator: Money
    denominator: Money
    ratio: str | None = Field(examples=["0.3500"])
    percent: str | None = Field(examples=["35.00"])
    reason: str | None


class RecordedRateOut(BaseModel):
    """An exchange rate as it was recorded: what one unit of `base` was worth in `quote`."""

    id: UUID
    base: str
    quote: str
    rate: str
    on_date: date


class RateUsedOut(BaseModel):
    """What one unit of the book's currency was worth, in a month or (none) throughout; to ten decimals."""

    month: str | None = Field(examples=["2016-02"])
    rate: str
    derivation: Derivation
    recorded: list[RecordedRateOut]


class ReportedOut(BaseModel):
    """The same figure in another currency, translated when it was asked for: each month's sums at that month's rate.

    Rounded once, after adding up, so that payers and costs each add up exactly.
    """

    currency: str
    source: RateSource
    method: RateMethod
    via: str | None
    rates: list[RateUsedOut]
    components: dict[Component, Money]
    ratios: list[RatioOut]


class CostRecoveryOut(BaseModel):
    """Cost recovery on one basis, in one window and scope, with every component it is made of.

    `components` and `ratios` are in the books' currency; `reported` shows them in the currency that was asked for.
    """

    programme: str
    basis: Basis
    window: Window
    scope: Scope
    currency: str
    components: dict[Component, Money]
    ratios: list[RatioOut]
    reported: ReportedOut | None = None


class ContributionOut(Resource):
    """A ledger entry that makes part of a component, with the lines that do; `id` is the entry's.

    `reported` is its part in the currency asked for: the parts of all entries add up to the component that is shown.
    """

    partner_id: UUID
    component: str
    basis: Basis
    amount: Money
    reported: Money | None = None
    effective_on: date
    kind: str
    source_type: str
    source_id: UUID
    document_number: str | None
    postings: list[PostingOut]


class PointOut(BaseModel):
    """One month of a series.

    `corrections` is the part of the components that belongs to an earlier accounting period and was booked in this one.
    """

    month: str = Field(examples=["2016-02"])
    since: date | None = Field(serialization_alias="from")
    until: date = Field(serialization_alias="to")
    complete: bool = Field(description="False for a month that is not over by the last day asked for.")
    has_cost: bool
    components: dict[Component, Money]
    corrections: dict[Component, Money]
    ratios: list[RatioOut]
    reported: list[RatioOut] | None = None


class SeriesOut(BaseModel):
    """Cost recovery month by month: of the month alone, from the start of the window, or of the months up to it."""

    programme: str
    basis: Basis
    mode: Literal["month", "cumulative", "rolling"]
    rolling_months: int | None
    window: Window
    scope: Scope
    currency: str
    reporting_currency: str | None
    rates: list[RateUsedOut]
    points: list[PointOut]
