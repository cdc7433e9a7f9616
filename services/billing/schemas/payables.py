"""Payments for costs, prepayments, and what is owed to suppliers."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.billing.domain.payables import Age
from services.billing.domain.payments import Method
from services.billing.schemas.fields import PositiveMoney, Reference
from shared.days import Day
from shared.money import Money
from shared.text import Line, Reason
from shared.web.access import Resource
from shared.web.body import RequestBody


class PayCost(RequestBody):
    """What is paid for one cost; without `amount` all that is open."""

    cost_id: UUID
    amount: PositiveMoney | None = None


def _once_each(costs: list[PayCost]) -> list[PayCost]:
    if len({each.cost_id for each in costs}) != len(costs):
        raise PydanticCustomError("cost-twice", "each cost is named once")
    return costs


class PayCosts(RequestBody):
    """Pay one or many costs of a partner: by a method, or from a prepayment."""

    partner_id: UUID
    paid_on: Day
    method: Method | None = None
    bank_account_id: UUID | None = Field(
        default=None, description="Needed only where the book has several bank accounts in the currency."
    )
    prepayment_id: UUID | None = None
    reference: Reference = ""
    costs: Annotated[list[PayCost], Field(min_length=1, max_length=200), AfterValidator(_once_each)]

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.method is None) == (self.prepayment_id is None):
            raise PydanticCustomError("one-source", "name either method or prepayment_id")
        return self


class ReversePayment(RequestBody):
    """Take a payment back on a day of your choice, in an open period."""

    reversed_on: Day
    reason: Reason


class CostPaymentPart(BaseModel):
    """What a payment gave for one cost."""

    cost_id: UUID
    amount: Money


class CostPaymentOut(Resource):
    """A payment for costs; one that was reversed counts no more."""

    partner_id: UUID
    paid_on: date
    amount: Money
    method: Method | None
    prepayment_id: UUID | None
    reference: str
    parts: list[CostPaymentPart]
    reversed_on: date | None
    reversal_reason: str | None


class Prepay(RequestBody):
    """Pay a supplier before the cost; with `training_id` only for costs of that training."""

    partner_id: UUID
    training_id: UUID | None = None
    supplier: Line
    paid_on: Day
    amount: PositiveMoney
    method: Method = Method.BANK
    bank_account_id: UUID | None = Field(
        default=None, description="Needed only where the book has several bank accounts in the currency."
    )
    reference: Reference = Field(default="")


class PrepaymentOut(Resource):
    """Money paid before the cost; `left` is what no cost has used up."""

    partner_id: UUID
    training_id: UUID | None
    supplier: str
    paid_on: date
    amount: Money
    used: Money
    left: Money
    method: Method
    reference: str
    reversed_on: date | None
    reversal_reason: str | None


class SupplierPayables(BaseModel):
    """What is owed to one supplier of one partner, by how long it has been open."""

    partner_id: UUID
    supplier: str | None
    costs: int
    open: Money
    ages: dict[Age, Money]


class Payables(BaseModel):
    """What partners owe for costs as of a day, oldest first; the total is account 2010 on that day."""

    programme: str
    as_of: date
    suppliers: list[SupplierPayables]
    ages: dict[Age, Money]
    open: Money
