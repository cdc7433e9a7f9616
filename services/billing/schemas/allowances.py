"""The allowance for doubtful receivables."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from services.billing.domain.ageing import Age
from services.billing.schemas.fields import RatePercent
from shared.days import Day
from shared.money import Money
from shared.text import Reason
from shared.web.access import Resource
from shared.web.body import RequestBody


class DoubtRate(RequestBody):
    """How much of what is open at one age is doubted."""

    age: Age
    rate_pct: RatePercent


def _once(rates: list[DoubtRate]) -> list[DoubtRate]:
    if len({rate.age for rate in rates}) < len(rates):
        raise PydanticCustomError("named-once", "each age is named once")
    return rates


class BookAllowance(RequestBody):
    """Bring the allowance to what these rates make of the receivables of a day; an age not named is not doubted."""

    as_of: Day
    rates: Annotated[list[DoubtRate], Field(max_length=len(Age)), AfterValidator(_once)]
    reason: Reason


class DoubtOut(BaseModel):
    """One age: what is open, the rate, and the part of it that is doubted."""

    age: Age
    open: Money
    rate_pct: str
    doubted: Money


class AllowanceOut(Resource):
    """The allowance as of a day; `booked` is the difference to the one before, negative when it was taken back."""

    partner_id: UUID
    as_of: date
    allowance: Money
    booked: Money
    ages: list[DoubtOut]
    reason: str
    made_by: str
