"""Prices."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from services.billing.domain.instalments import Instalment, WaitsFor, is_whole
from services.billing.schemas.fields import PositiveMoney, SharePercent, basis_points
from shared.days import Day
from shared.events.vocabulary import Code, Delivery
from shared.money import Money
from shared.web.access import Resource
from shared.web.body import RequestBody


class InstalmentIn(RequestBody):
    """A part of the price, in per cent, and when it is invoiced."""

    share_pct: SharePercent
    due: WaitsFor


def _whole(plan: list[InstalmentIn]) -> list[InstalmentIn]:
    if not is_whole([Instalment(basis_points(part.share_pct), part.due) for part in plan]):
        raise PydanticCustomError("sums-to-100", "the instalments make 100 per cent together")
    return plan


_EXAMPLE = [{"share_pct": "60", "due": "enrollment"}, {"share_pct": "40", "due": "completion"}]


class AddPrice(RequestBody):
    """A partner's price of a module from a day on; without `valid_to` until the next price.

    Without `delivery` it holds for both modes; a price for one mode wins over it. Without `tax_code` it is not subject
    to tax. Without `instalments` it is invoiced at once, at enrollment.
    """

    partner_id: UUID
    module: Code = Field(examples=["WPC"])
    delivery: Literal["direct", "indirect"] | None = None
    valid_from: Day
    valid_to: Day | None = None
    price: PositiveMoney
    tax_code: Code | None = Field(default=None, examples=["IVA"])
    instalments: Annotated[list[InstalmentIn], Field(min_length=1, max_length=12), AfterValidator(_whole)] | None = (
        Field(default=None, examples=[_EXAMPLE])
    )


class InstalmentOut(BaseModel):
    """A part of the price, in per cent, and when it is invoiced."""

    share_pct: str
    due: WaitsFor


class PriceOut(Resource):
    """A price; `tax_rate_pct` is the rate of its tax today, 0 where it names none."""

    partner_id: UUID
    module: str
    delivery: Delivery | None
    valid_from: date
    valid_to: date | None
    price: Money
    tax_code: str | None
    tax_rate_pct: str
    instalments: list[InstalmentOut]


class PriceAdded(PriceOut):
    """The new price, and the enrollments that had waited for one and now have a draft."""

    drafted_invoices: list[UUID]
