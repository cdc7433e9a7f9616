"""Payments and allocations."""

from datetime import date
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.billing.domain.payments import Method
from services.billing.schemas.fields import PositiveMoney, Reference
from services.billing.schemas.write_offs import WriteOffDifference
from shared.days import Day
from shared.events.vocabulary import PayerClass
from shared.money import Money
from shared.web.access import Resource
from shared.web.body import RequestBody


class RecordPayment(RequestBody):
    """Money that came in from an enterprise, or from the payer of an agreement: exactly one of the two."""

    partner_id: UUID
    enterprise_id: UUID | None = None
    agreement_id: UUID | None = None
    received_on: Day
    amount: PositiveMoney
    reference: Reference = Field(default="", examples=["INV-2016-00012"])
    method: Method = Method.BANK

    @model_validator(mode="after")
    def _one_payer(self) -> Self:
        if (self.enterprise_id is None) == (self.agreement_id is None):
            raise PydanticCustomError("one-payer", "name either enterprise_id or agreement_id")
        return self


class AllocatePayment(RequestBody):
    """Set part of a payment against one invoice's enterprise share or one approved claim."""

    invoice_id: UUID | None = None
    claim_id: UUID | None = None
    amount: PositiveMoney
    allocated_on: Day
    write_off: WriteOffDifference | None = Field(
        default=None, description="Give up what the debt still has open after this, in the same step."
    )

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.invoice_id is None) == (self.claim_id is None):
            raise PydanticCustomError("one-target", "name either invoice_id or claim_id")
        return self


class AllocateByRule(RequestBody):
    """Set what is left of a payment against what its payer owes: what the reference names, else oldest due first."""

    allocated_on: Day


class AllocationOut(Resource):
    """One allocation; they are never changed."""

    payment_id: UUID
    invoice_id: UUID | None
    claim_id: UUID | None
    amount: Money
    allocated_on: date
    written_off: Money


class PaymentOut(Resource):
    """A receipt; `unallocated` is what is left of it as the payer's credit."""

    partner_id: UUID
    payer_class: PayerClass
    enterprise_id: UUID | None
    agreement_id: UUID | None
    received_on: date
    amount: Money
    allocated: Money
    unallocated: Money
    reference: str
    method: Method


class PaymentAllocated(PaymentOut):
    """A payment after allocation by rule, with what was allocated now."""

    allocations: list[AllocationOut]
