"""Discounts and fee waivers."""

from datetime import date
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.billing.domain.discounts import DiscountKind
from services.billing.schemas.fields import PositiveMoney, SharePercent
from shared.days import Day
from shared.events.vocabulary import Code
from shared.money import Money
from shared.text import Reason
from shared.web.access import Resource
from shared.web.body import RequestBody


class GrantDiscount(RequestBody):
    """Give up part of a fee before it is invoiced: for one enrollment, or for an enterprise in a module.

    A percentage or an amount lowers the price before it is split and taxed; an amount is in the price's own terms. A
    waiver gives up all of the enterprise's share and leaves the funders' as they are.
    """

    partner_id: UUID
    enrollment_id: UUID | None = None
    enterprise_id: UUID | None = None
    module: Code | None = Field(default=None, examples=["WPC"])
    kind: DiscountKind
    percent: SharePercent | None = None
    amount: PositiveMoney | None = None
    granted_on: Day
    reason: Reason

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.enrollment_id is None) == (self.enterprise_id is None):
            raise PydanticCustomError("one-scope", "name either enrollment_id, or enterprise_id with module")
        if (self.enterprise_id is None) != (self.module is None):
            raise PydanticCustomError("one-scope", "enterprise_id and module go together")
        wanted = {DiscountKind.PERCENTAGE: (True, False), DiscountKind.AMOUNT: (False, True)}
        if (self.percent is not None, self.amount is not None) != wanted.get(self.kind, (False, False)):
            raise PydanticCustomError("one-measure", "a percentage has percent, an amount has amount, a waiver neither")
        return self


class WithdrawDiscount(RequestBody):
    """Take a discount back; what was issued with it stays."""

    withdrawn_on: Day
    reason: Reason


class DiscountOut(Resource):
    """A discount and who granted it."""

    partner_id: UUID
    enterprise_id: UUID
    enrollment_id: UUID | None
    module: str | None
    kind: DiscountKind
    percent: str | None
    amount: Money | None
    reason: str
    granted_on: date
    granted_by: str
    withdrawn_on: date | None
    withdrawn_by: str | None
    withdraw_reason: str | None


class DiscountDrafted(DiscountOut):
    """A discount with the drafts that were made anew because of it."""

    drafted_invoices: list[UUID]
