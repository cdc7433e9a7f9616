"""Claims."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.billing.domain.claims import ClaimState, ClaimStep
from services.billing.schemas.fields import PositiveMoney
from shared.days import Day
from shared.events.vocabulary import PayerClass
from shared.money import Money
from shared.text import Reason
from shared.web.access import Resource
from shared.web.body import RequestBody

Targets = Annotated[list[UUID], Field(min_length=1, max_length=500)]


class ClaimCost(RequestBody):
    """A cost to be claimed under an agreement over costs; without `amount`, what no other agreement pays of it."""

    cost_id: UUID
    amount: PositiveMoney | None = None


def _each_once(costs: list[ClaimCost]) -> list[ClaimCost]:
    if len({cost.cost_id for cost in costs}) != len(costs):
        raise PydanticCustomError("cost-twice", "each cost is named once")
    return costs


class ClaimTargets(RequestBody):
    """What is claimed: shares of issued invoices, by invoice or training, or costs, one by one or by training."""

    training_ids: Targets | None = None
    invoice_ids: Targets | None = None
    costs: Annotated[
        list[ClaimCost] | None, Field(min_length=1, max_length=500), AfterValidator(lambda x: x and _each_once(x))
    ] = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if [self.training_ids, self.invoice_ids, self.costs].count(None) != 2:
            raise PydanticCustomError("one-way", "name either training_ids, invoice_ids or costs")
        return self


class SubmitClaim(ClaimTargets):
    """Ask a funder for what an agreement pays; the amount is derived. A draft is kept and submitted later."""

    agreement_id: UUID
    partner_id: UUID
    state: Literal["draft", "submitted"] = "submitted"
    submitted_on: Day | None = None

    @model_validator(mode="after")
    def _day_of_submission(self) -> Self:
        if (self.state == "submitted") != (self.submitted_on is not None):
            raise PydanticCustomError("submitted-on", "a claim that is submitted says when, a draft does not")
        return self


class ReviseClaim(ClaimTargets):
    """Other items for a draft, or for a claim that the funder returned."""

    revised_on: Day
    reason: Reason | None = None


class SubmitDraft(RequestBody):
    """The day on which a draft goes to the funder."""

    submitted_on: Day


class ApproveClaim(RequestBody):
    """What the funder grants, at most what was submitted."""

    approved_on: Day
    amount: PositiveMoney


class RejectClaim(RequestBody):
    """The funder grants nothing; the shares may be claimed again."""

    rejected_on: Day
    reason: Reason


class ReturnClaim(RequestBody):
    """The funder wants it corrected; it keeps its number."""

    returned_on: Day
    reason: Reason


class WithdrawClaim(RequestBody):
    """The partner takes it back; what it asked for may be claimed again."""

    withdrawn_on: Day
    reason: Reason


class ReduceClaim(RequestBody):
    """What the funder disallows of what it approved and did not pay: of one invoice or cost, else spread."""

    reduced_on: Day
    amount: PositiveMoney
    reason: Reason
    invoice_id: UUID | None = None
    cost_id: UUID | None = None

    @model_validator(mode="after")
    def _one_item(self) -> Self:
        if self.invoice_id is not None and self.cost_id is not None:
            raise PydanticCustomError("one-item", "name one invoice or one cost, or neither")
        return self


class CloseClaim(RequestBody):
    """Nothing of it is open, and nobody comes back to it."""

    closed_on: Day


class ReopenClaim(RequestBody):
    """Somebody comes back to it after all: its money bounced, or an audit disallows something."""

    reopened_on: Day
    reason: Reason


class ClaimSettlement(StrEnum):
    """How far an approved claim is paid; derived from allocations, never stored."""

    NOT_APPROVED = "not-approved"
    UNPAID = "unpaid"
    PARTIAL = "partial"
    PAID = "paid"


class ClaimItemOut(BaseModel):
    """One invoice's share, or one cost, in a claim; `approved` as decided, `reduced` of it disallowed since."""

    share_id: UUID | None
    invoice_id: UUID | None
    invoice_number: str | None
    enterprise_id: UUID | None
    cost_id: UUID | None
    cost_kind: str | None
    training_id: UUID | None
    claimed: Money
    approved: Money | None
    reduced: Money
    paid: Money


class ClaimStepOut(BaseModel):
    """What happened to a claim."""

    step: ClaimStep
    on_day: date
    amount: Money | None
    reason: str | None


class ClaimOut(Resource):
    """A claim; `open` is what the funder approved, did not disallow and has not paid.

    `revision` counts its submissions; `evidence_sha256` fixes what the newest of them showed.
    """

    number: str | None
    revision: int
    agreement_id: UUID
    partner_id: UUID
    payer_class: PayerClass
    state: ClaimState
    submitted_on: date | None
    submitted: Money
    evidence_sha256: str | None
    decided_on: date | None
    approved: Money | None
    reduced: Money
    decision_reason: str | None
    paid: Money
    open: Money
    settlement: ClaimSettlement
    closed_on: date | None
    items: list[ClaimItemOut]
    steps: list[ClaimStepOut]
