"""Rate cards, and what was delivered with and without one."""

from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from services.billing.domain.costs import CostKind
from services.billing.domain.rates import DeliveryKind, RatedBy, RateItem
from shared.days import Day
from shared.events.vocabulary import Code, Delivery
from shared.money import Money
from shared.text import Reason
from shared.web.access import Resource
from shared.web.body import RequestBody

_LARGEST: Final = 10**11
"""So that a card times everybody in a classroom stays far from the limit of money itself."""


def _rate(money: Money) -> Money:
    if money.minor < 0:
        raise PydanticCustomError("negative", "a rate is not negative; 0 says that nothing is paid for it")
    if money.minor > _LARGEST:
        raise PydanticCustomError("amount-too-large", "a rate is at most 10^11 minor units")
    return money


class AddRateCard(RequestBody):
    """What one unit of an item costs from a day on; without `valid_to` until the next card of the same key.

    Without `partner_id` it is for every partner; without module, delivery or trainer for any.
    """

    partner_id: UUID | None = None
    item: RateItem
    module: Code | None = Field(default=None, examples=["WPC"])
    delivery: Delivery | None = None
    trainer_id: UUID | None = None
    valid_from: Day
    valid_to: Day | None = None
    amount: Annotated[Money, AfterValidator(_rate)]
    cost_kind: CostKind | None = Field(default=None, description="The kind it books; by default the item's own.")


class EndRateCard(RequestBody):
    """The last day of a card."""

    valid_to: Day
    reason: Reason


class RateCardOut(Resource):
    """A rate card; `version` counts the cards of one key in the order they were recorded."""

    partner_id: UUID | None
    item: RateItem
    unit: str
    module: str | None
    delivery: Delivery | None
    trainer_id: UUID | None
    valid_from: date
    valid_to: date | None
    amount: Money
    cost_kind: CostKind
    version: int
    recorded_at: datetime
    recorded_by: str


class DeliveryOut(Resource):
    """What a delivered day or visit takes; without `rated_by` there was no card for it and it costs nothing."""

    partner_id: UUID
    training_id: UUID
    module: str
    kind: DeliveryKind
    number: int
    happened_on: date
    trainer_id: UUID | None
    item: RateItem
    quantity: int
    rated_by: RatedBy | None
    card_id: UUID | None
    cost_id: UUID | None
    source_event_id: UUID


class FillCosts(RequestBody):
    """Book by card what a partner delivered on a span of days when there was no card; both days included."""

    partner_id: UUID
    since: Day = Field(alias="from")
    until: Day = Field(alias="to")


class CostsFilled(Resource):
    """What was booked; `still_without_rate` counts what no card fits, `not_looked_at` what a further request is for."""

    partner_id: UUID
    booked: int
    costs_nothing: int
    amount: Money
    still_without_rate: int
    not_looked_at: int
