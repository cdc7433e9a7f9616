"""Claims."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.billing.domain.claims import ClaimState
from services.billing.schemas.fields import PositiveMoney
from shared.days import Day
from shared.events.vocabulary import PayerClass
from shared.money import Money
from shared.text import Reason
from shared.web.access import Resource
from shared.web.body import RequestBody

Targets = Annotated[list[UUID], Field(min_length=1, max_length=500)]


class SubmitClaim(RequestBody):
    """Ask a funder for its shares of issued invoices, named one by one or by training; the amount is derived."""

    agreement_id: UUID
    partner_id: UUID
    submitted_on: Day
    training_ids: Targets | None = None
    invoice_ids: Targets | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.training_ids is None) == (self.invoice_ids is None):
            raise PydanticCustomError("one-way", "name either training_ids or invoice_ids")
        return self


class ApproveClaim(RequestBody):
    """What the funder grants, at most what was submitted."""

    approved_on: Day
    amount: PositiveMoney


class RejectClaim(RequestBody):
    """The funder grants nothing; the shares may be claimed again."""

    rejected_on: Day
    reason: Reason


class ClaimItemOut(BaseModel):
    """One invoice's share in a claim."""

    invoice_id: UUID
    invoice_number: str
    training_id: UUID
    claimed: Money
    approved: Money | None
    paid: Money


class ClaimOut(Resource):
    """A claim; `open` is what the funder approved and still owes."""

    number: str
    agreement_id: UUID
    partner_id: UUID
    payer_class: PayerClass
    state: ClaimState
    submitted_on: date
    submitted: Money
    decided_on: date | None
    approved: Money | None
    decision_reason: str | None
    paid: Money
    open: Money
    items: list[ClaimItemOut]
