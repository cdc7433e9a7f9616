"""Costs."""

from datetime import date
from uuid import UUID

from services.billing.domain.costs import CostKind, Funding
from services.billing.schemas.fields import PositiveMoney
from shared.days import Day
from shared.money import Money
from shared.text import Line
from shared.web.access import Resource
from shared.web.body import RequestBody


class RecordCost(RequestBody):
    """A cost: direct with a training, overhead without; only direct costs may be in kind."""

    partner_id: UUID
    training_id: UUID | None = None
    kind: CostKind
    funding: Funding = Funding.CASH
    incurred_on: Day
    amount: PositiveMoney
    description: Line


class CostOut(Resource):
    """A recorded cost; `posted_on` differs from `incurred_on` only for a late fact of a closed period."""

    partner_id: UUID
    training_id: UUID | None
    module: str | None
    kind: str
    funding: Funding
    is_direct: bool
    incurred_on: date
    posted_on: date
    amount: Money
    description: str
    source_event_id: UUID | None
