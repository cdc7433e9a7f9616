"""Write-offs and how far one person may go with them."""

from datetime import date
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.billing.domain.write_offs import Cause
from services.billing.schemas.fields import NonNegativeMoney, PositiveMoney, RatePercent
from shared.days import Day
from shared.money import Money
from shared.text import Reason
from shared.web.access import Resource
from shared.web.body import RequestBody


class SetTolerance(RequestBody):
    """Up to what whoever recorded a payment may also write off what it leaves open: both limits hold."""

    amount: NonNegativeMoney
    share_pct: RatePercent


class ToleranceOut(Resource):
    """A tolerance; the newest of a book holds."""

    partner_id: UUID
    amount: Money
    share_pct: str
    set_on: date
    set_by: str


class WriteOff(RequestBody):
    """Give up what is open of an enterprise's invoice or of an approved claim; without `amount` all of it."""

    invoice_id: UUID | None = None
    claim_id: UUID | None = None
    amount: PositiveMoney | None = None
    cause: Cause
    written_on: Day
    reason: Reason

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.invoice_id is None) == (self.claim_id is None):
            raise PydanticCustomError("one-target", "name either invoice_id or claim_id")
        if self.cause is Cause.DISALLOWED and self.claim_id is None:
            raise PydanticCustomError("claims-only", "only a funder disallows, and only of a claim")
        return self


class WriteOffDifference(RequestBody):
    """Give up what a payment leaves open, in one step with its allocation, such as what a bank kept."""

    cause: Cause = Field(examples=[Cause.BANK_CHARGE])
    reason: Reason


class ReverseWriteOff(RequestBody):
    """The debt lives again, because it will be paid after all."""

    reversed_on: Day
    reason: Reason


class WriteOffOut(Resource):
    """A write-off, and its reversal where there is one."""

    partner_id: UUID
    invoice_id: UUID | None
    claim_id: UUID | None
    allocation_id: UUID | None
    cause: Cause
    amount: Money
    written_on: date
    reason: str
    written_by: str
    reversed_on: date | None
    reversal_reason: str | None
    reversed_by: str | None
