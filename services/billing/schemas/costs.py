"""Costs: one by hand, many at once, one bill over several trainings; reversal and correction."""

from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.billing.domain.bills import SplitBy
from services.billing.domain.costs import CostKind, CostState, Funding, Valuation
from services.billing.schemas.fields import PositiveMoney
from shared.days import Day
from shared.money import Money
from shared.text import Line, Reason
from shared.web.access import Resource
from shared.web.body import RequestBody

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of a file, in hexadecimal; the file itself stays where it is."""


class Attachment(RequestBody):
    """A file that proves a cost: its name and its hash, never its content."""

    name: Line
    sha256: Sha256


def _once_each(attachments: list[Attachment]) -> list[Attachment]:
    if len({each.sha256 for each in attachments}) != len(attachments):
        raise PydanticCustomError("attachment-twice", "each file is attached once")
    return attachments


class Document(RequestBody):
    """The supplier's bill, the receipt, or what proves a gift."""

    reference: Line | None = None
    issued_on: Day | None = None
    attachments: Annotated[list[Attachment], Field(max_length=20), AfterValidator(_once_each)] = Field(
        default_factory=list
    )


class CostFields(RequestBody):
    """A cost: direct with a training, overhead without; only direct costs may be in kind.

    `given_by` and `valuation` belong to what was given; `duplicate_reason` books a second bill of the same supplier,
    reference and amount.
    """

    training_id: UUID | None = None
    kind: CostKind
    funding: Funding = Funding.CASH
    incurred_on: Day
    amount: PositiveMoney
    description: Line
    supplier: Line | None = Field(default=None, description="Supplier or trainer.")
    document: Document = Field(default_factory=Document)
    given_by: Line | None = None
    valuation: Valuation | None = None
    duplicate_reason: Reason | None = None


class RecordCost(CostFields):
    """A cost in a partner's book."""

    partner_id: UUID


class RecordCosts(RequestBody):
    """Many costs of one partner; each row is booked or refused by itself."""

    partner_id: UUID
    rows: list[dict[str, Any]] = Field(
        min_length=1, max_length=200, description="Each as the body of one cost, without partner_id."
    )


class RowError(BaseModel):
    """A rule that a row breaks."""

    field: str
    rule: str
    message: str


class RowOut(BaseModel):
    """What became of one row, numbered from 1: a cost, or what is wrong with it."""

    row: int
    cost_id: UUID | None
    errors: list[RowError]


class CostsRecorded(Resource):
    """What became of many costs."""

    partner_id: UUID
    booked: int
    refused: int
    rows: list[RowOut]


class BillShare(RequestBody):
    """A training that bears part of a bill; `weight` only where the bill is split by weights."""

    training_id: UUID
    weight: int | None = Field(default=None, ge=1, le=1_000_000)


def _trainings_once(trainings: list[BillShare]) -> list[BillShare]:
    if len({each.training_id for each in trainings}) != len(trainings):
        raise PydanticCustomError("training-twice", "each training is named once")
    return trainings


class RecordBill(RequestBody):
    """One bill over several trainings of a partner; the parts sum exactly to its amount."""

    partner_id: UUID
    kind: CostKind
    incurred_on: Day
    amount: PositiveMoney
    description: Line
    supplier: Line
    document: Document = Field(default_factory=Document)
    split_by: SplitBy
    trainings: Annotated[list[BillShare], Field(min_length=2, max_length=100), AfterValidator(_trainings_once)]
    duplicate_reason: Reason | None = None

    @model_validator(mode="after")
    def _weights_where_asked(self) -> Self:
        for place, share in enumerate(self.trainings):
            if (share.weight is None) == (self.split_by is SplitBy.WEIGHTS):
                raise PydanticCustomError(
                    "weights", "training {place}: weights are given for all, and only by weights", {"place": place}
                )
        return self


class ReverseCost(RequestBody):
    """Take a cost back on a day of your choice, in an open period."""

    reversed_on: Day
    reason: Reason


class CorrectCost(ReverseCost):
    """Take a cost back and book it as it should have been."""

    cost: CostFields


class CostOut(Resource):
    """A recorded cost; `posted_on` differs from `incurred_on` only for a late fact of a closed period.

    `paid` and `open` are of a cost that somebody has to be paid for; what was given is neither.
    """

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
    state: CostState
    paid: Money
    open: Money
    supplier: str | None
    document_reference: str | None
    document_on: date | None
    attachments: list[Attachment]
    given_by: str | None
    valuation: Valuation | None
    duplicate_reason: str | None
    bill_id: UUID | None
    card_id: UUID | None
    item: str | None
    quantity: int | None
    corrects: UUID | None
    corrected_by: UUID | None
    reversed_on: date | None
    reversal_reason: str | None


class BillOut(Resource):
    """A bill with the costs it was divided into."""

    partner_id: UUID
    kind: str
    incurred_on: date
    amount: Money
    description: str
    supplier: str
    document_reference: str | None
    document_on: date | None
    split_by: SplitBy
    costs: list[CostOut]


class CostKindOut(BaseModel):
    """A kind of cost: the account it is booked on, and whether it is direct."""

    kind: CostKind
    account_code: str
    account_name: str
    is_direct: bool


class RateItemOut(BaseModel):
    """What a rate card can put a price on, and the kind of cost it books unless the card says another."""

    item: str
    unit: str
    cost_kind: CostKind


class CostKinds(BaseModel):
    """The programme's split of costs into direct and overhead; `version` counts its changes."""

    programme: str
    version: int
    kinds: list[CostKindOut]
    rate_items: list[RateItemOut]
