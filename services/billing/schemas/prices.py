"""Prices."""

from datetime import date
from uuid import UUID

from pydantic import Field

from services.billing.schemas.fields import PositiveMoney
from shared.days import Day
from shared.events.vocabulary import Code
from shared.money import Money
from shared.web.access import Resource
from shared.web.body import RequestBody


class AddPrice(RequestBody):
    """A partner's price of a module from a day on; without `valid_to` until the next price."""

    partner_id: UUID
    module: Code = Field(examples=["WPC"])
    valid_from: Day
    valid_to: Day | None = None
    price: PositiveMoney


class PriceOut(Resource):
    """A price; `tax_rate_pct` is 0 until the tax rules of countries are in."""

    partner_id: UUID
    module: str
    valid_from: date
    valid_to: date | None
    price: Money
    tax_rate_pct: str


class PriceAdded(PriceOut):
    """The new price, and the enrollments that had waited for one and now have a draft."""

    drafted_invoices: list[UUID]
