"""Subsidy agreements."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.billing.domain.agreements import AgreementState, AgreementStep, Funds
from services.billing.domain.costs import CostKind
from services.billing.domain.evidence import Evidence
from services.billing.schemas.fields import PositiveMoney, SharePercent
from shared.days import Day
from shared.events.vocabulary import Code, PayerClass
from shared.money import Money
from shared.text import Line, Reason
from shared.web.access import Resource
from shared.web.body import RequestBody


class AgreementShare(RequestBody):
    """What is paid for enterprises of one size class: a part of the price, or a fixed amount of it."""

    size_class: Code
    share_pct: SharePercent | None = None
    amount: PositiveMoney | None = Field(
        default=None, description="At most what the enterprise would pay after all parts."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.share_pct is None) == (self.amount is None):
            raise PydanticCustomError("share-or-amount", "a size class gets either share_pct or amount")
        return self


def _once_each(shares: list[AgreementShare]) -> list[AgreementShare]:
    if len({share.size_class for share in shares}) != len(shares):
        raise PydanticCustomError("size-class-twice", "each size class is named once")
    return shares


def _in_order(days: list[date]) -> list[date]:
    if sorted(set(days)) != days:
        raise PydanticCustomError("days-in-order", "reporting dates are in order, each once")
    return days


class SignAgreement(RequestBody):
    """An agreement with a payer of class P, G, B, D or I; without `partner_id` it is for all partners.

    It pays a part of prices (`shares`) or costs (`cost_kinds`). Without `state` it is active at once.
    """

    code: Code = Field(examples=["G-S-14"])
    payer_class: Literal["P", "G", "B", "D", "I"]
    payer_name: Line
    partner_id: UUID | None = None
    funds: Funds = Funds.PRICE
    shares: Annotated[
        list[AgreementShare] | None, Field(min_length=1, max_length=20), AfterValidator(lambda x: x and _once_each(x))
    ] = None
    cost_kinds: Annotated[list[CostKind] | None, Field(min_length=1, max_length=20)] = None
    requires_evidence: list[Evidence] = Field(
        default_factory=list, description="What every claimed item of a training must show, or no claim is submitted."
    )
    ceiling: PositiveMoney = Field(description="Most it pays over all partners and its whole validity.")
    valid_from: Day
    valid_to: Day | None = None
    state: Literal["draft", "active"] = "active"
    document_reference: Line | None = None
    reporting_dates: Annotated[list[Day], Field(max_length=100), AfterValidator(_in_order)] = Field(
        default_factory=list
    )

    @model_validator(mode="after")
    def _pays_one_thing(self) -> Self:
        wanted, other = (self.shares, self.cost_kinds) if self.funds is Funds.PRICE else (self.cost_kinds, self.shares)
        if not wanted or other is not None:
            raise PydanticCustomError(
                "shares-or-costs", "an agreement over prices has shares, one over costs has cost_kinds"
            )
        return self


class ActivateAgreement(RequestBody):
    """The day from which a draft holds."""

    activated_on: Day


class SuspendAgreement(RequestBody):
    """The first day on which nothing new is supported."""

    suspended_on: Day
    reason: Reason


class ResumeAgreement(RequestBody):
    """The first day on which enrollments and costs are supported again."""

    resumed_on: Day
    reason: Reason


class AmendAgreement(RequestBody):
    """Another ceiling, not under what is committed, or a later end; `valid_to` null and `without_end` for none."""

    amended_on: Day
    reason: Reason
    ceiling: PositiveMoney | None = None
    valid_to: Day | None = None
    without_end: bool = False

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.ceiling is None and self.valid_to is None and not self.without_end:
            raise PydanticCustomError("something-amended", "an amendment changes the ceiling or the validity")
        if self.valid_to is not None and self.without_end:
            raise PydanticCustomError("one-end", "valid_to and without_end contradict each other")
        return self


class CloseAgreement(RequestBody):
    """The last day on which enrollments are supported."""

    closed_on: Day
    reason: Reason


class AgreementStepOut(BaseModel):
    """What happened to an agreement; an amendment says what was before and after."""

    step: AgreementStep
    on_day: date
    reason: str | None
    ceiling_before: Money | None
    ceiling_after: Money | None
    valid_to_before: date | None
    valid_to_after: date | None


class AgreementOut(Resource):
    """An agreement; `committed` is what drafts, invoices and claims over costs have taken of its ceiling."""

    code: str
    payer_class: PayerClass
    payer_name: str
    partner_id: UUID | None
    funds: Funds
    shares: list[AgreementShare]
    cost_kinds: list[CostKind]
    requires_evidence: list[Evidence]
    ceiling: Money
    committed: Money
    remaining: Money
    valid_from: date
    valid_to: date | None
    state: AgreementState
    activated_on: date | None
    closed_on: date | None
    document_reference: str | None
    reporting_dates: list[date]
    steps: list[AgreementStepOut]
