"""Targets of cost recovery, and how far they are."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.billing.schemas.recovery import ModuleGroup, RatioOut, Scope, Window
from shared.events.vocabulary import Basis, Code
from shared.money import Money
from shared.text import Line
from shared.web.access import Resource
from shared.web.body import RequestBody

FormulaCode = Literal["CR-1", "CR-2", "CR-3", "CR-4", "CR-5"]


def _bounded(percent: str) -> str:
    if Decimal(percent) > 1000:
        raise PydanticCustomError("percent-range", "a target is at most 1000 per cent")
    return percent


TargetPercent = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{1,4}(\.[0-9]{1,2})?$"), AfterValidator(_bounded), Field(examples=["100"])
]


class SetTarget(RequestBody):
    """What a formula is to reach in a phase; the newest version holds. No percentage: it holds no more."""

    phase: Code
    formula: FormulaCode
    basis: Basis = Basis.RECEIVED
    module_group: ModuleGroup | None = None
    delivery: Literal["direct", "indirect"] | None = None
    percent: TargetPercent | None
    source_note: Line = Field(examples=["Log-frame of the agreement of 2014, indicator 3.2"])


class TargetOut(Resource):
    """One version of a target, from the policy or by hand; `holds` for the newest one that was not withdrawn."""

    phase: str
    formula: str
    basis: Basis
    module_group: ModuleGroup | None
    delivery: Literal["direct", "indirect"] | None
    percent: str | None
    source: Literal["policy", "hand"]
    source_note: str
    policy_version: int | None
    version: int
    recorded_at: datetime
    recorded_by: str
    holds: bool


class GapLine(BaseModel):
    """One reason why cost is not covered; negative where it covers more."""

    reason: str
    text: str
    amount: Money


class Reconciliation(BaseModel):
    """The gap to full cost, explained from accounts: the lines add up to it, or `difference` says by how much not."""

    gap: Money
    lines: list[GapLine]
    deficit: Money = Field(description="The part that nobody paid: all lines but the payers.")
    difference: Money
    closes: bool


class TargetGap(BaseModel):
    """A target beside what was reached in its phase, and what is missing in money."""

    target_id: UUID
    phase: str
    phase_ends_on: date | None
    source: Literal["policy", "hand"]
    source_note: str
    basis: Basis
    window: Window
    scope: Scope
    target_percent: str
    actual: RatioOut
    missing_points: str | None = Field(description="Percentage points up to the target; negative when it is exceeded.")
    missing_to_target: Money = Field(description="Numerator that is missing; negative when it is exceeded.")
    missing_to_full: Money = Field(description="Numerator that is missing for 100 per cent of the cost.")
    reconciliation: Reconciliation


class TargetGaps(BaseModel):
    """Every target that holds, with its gap."""

    programme: str
    items: list[TargetGap]
