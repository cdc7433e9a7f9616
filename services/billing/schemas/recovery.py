"""Cost recovery."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.billing.domain.recovery import Component
from services.billing.schemas.books import PostingOut
from shared.days import Day
from shared.events.vocabulary import Basis
from shared.money import Money
from shared.web.access import Resource
from shared.web.body import RequestBody


class Window(BaseModel):
    """The effective days that count, both included; none: from the beginning, or to the end of what is recorded."""

    since: date | None = Field(serialization_alias="from")
    until: date | None = Field(serialization_alias="to")


class Scope(BaseModel):
    """What the figure is cut to; None is everything."""

    partner: UUID | None
    module: str | None
    region: str | None
    delivery: Literal["direct", "indirect"] | None
    training: UUID | None
    phase: str | None


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


class CostRecoveryOut(BaseModel):
    """Cost recovery on one basis, in one window and scope, with every component it is made of."""

    programme: str
    basis: Basis
    window: Window
    scope: Scope
    currency: str
    components: dict[Component, Money]
    ratios: list[RatioOut]


class ContributionOut(Resource):
    """A ledger entry that makes part of a component, with the lines that do; `id` is the entry's."""

    partner_id: UUID
    component: str
    basis: Basis
    amount: Money
    effective_on: date
    kind: str
    source_type: str
    source_id: UUID
    document_number: str | None
    postings: list[PostingOut]


class TakeMeasurement(RequestBody):
    """Measure the whole programme from its beginning up to a day."""

    as_of: Day


class MeasurementOut(Resource):
    """Cost recovery on every basis as of a day, kept as it was measured."""

    as_of: date
    window: str
    results: list[CostRecoveryOut]
    self_sufficiency_reached: bool = Field(description="CR-5 on received money was 1 or more here for the first time.")


class KeptMeasurementOut(Resource):
    """One basis of a measurement, as it was kept."""

    measurement_id: UUID
    as_of: date
    measured_at: datetime
    basis: Basis
    components: dict[Component, Money]
    ratios: list[RatioOut]
