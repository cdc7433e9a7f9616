"""Measurements of cost recovery that are kept, and what moved between two of them."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.billing.domain.recovery import Component
from services.billing.domain.windows import WindowKind
from services.billing.schemas.recovery import CostRecoveryOut, ModuleGroup, RatioOut, Scope, Window
from shared.days import Day
from shared.events.vocabulary import Basis, Code
from shared.money import Money
from shared.web.access import Resource
from shared.web.body import RequestBody


class MeasuredWindow(RequestBody):
    """Which days up to `as_of` count; see docs/cost-recovery.md."""

    kind: WindowKind = WindowKind.CUMULATIVE
    phase: Code | None = None
    year: Annotated[int, Field(ge=1990, le=2199)] | None = None
    months: Annotated[int, Field(ge=1, le=240)] | None = None
    since: Annotated[Day | None, Field(alias="from")] = None


class MeasuredScope(RequestBody):
    """What is cut to; nothing named is everything."""

    partner: UUID | None = None
    module: Code | None = None
    modules: Annotated[tuple[Code, ...], Field(min_length=1, max_length=100)] | None = None
    module_group: ModuleGroup | None = None
    region: Code | None = None
    delivery: Literal["direct", "indirect"] | None = None
    training: UUID | None = None
    phase: Code | None = None

    @model_validator(mode="after")
    def _one_choice_of_modules(self) -> Self:
        if sum(each is not None for each in (self.module, self.modules, self.module_group)) > 1:
            raise PydanticCustomError("one-choice-of-modules", "name at most one of module, modules and module_group")
        return self


class TakeMeasurement(RequestBody):
    """Measure up to a day: without window and scope, the whole programme from its beginning."""

    as_of: Day
    window: MeasuredWindow = MeasuredWindow()
    scope: MeasuredScope = MeasuredScope()


class MeasurementOut(Resource):
    """Cost recovery on every basis as of a day, kept as it was measured."""

    as_of: date
    window: str
    results: list[CostRecoveryOut]
    last_entry_id: int = Field(description="The newest entry of the ledger that the measurement saw.")
    self_sufficiency_reached: bool = Field(description="CR-5 on received money was 1 or more here for the first time.")


class KeptMeasurementOut(Resource):
    """One basis of a measurement, as it was kept."""

    measurement_id: UUID
    as_of: date
    measured_at: datetime
    basis: Basis
    window: Window
    scope: Scope
    last_entry_id: int | None = Field(description="None: measured before this was kept.")
    components: dict[Component, Money]
    ratios: list[RatioOut]


class MovedDocument(BaseModel):
    """What one document did to a component between two measurements."""

    source_type: str
    source_id: UUID
    document_number: str | None
    effect: Money


class MovedComponent(BaseModel):
    """One component then and now; the documents and the rest make the difference exactly."""

    component: Component
    before: Money
    after: Money
    difference: Money
    documents: list[MovedDocument]
    others: Money = Field(description="All documents that are not listed, together.")


class MovedSince(BaseModel):
    """Why a kept measurement reads otherwise later, entry by entry."""

    programme: str
    basis: Basis
    measurement_id: UUID
    later: UUID | None = Field(description="The later measurement; none: the ledger as it stands.")
    components: list[MovedComponent]
    ratios_before: list[RatioOut]
    ratios_after: list[RatioOut]
