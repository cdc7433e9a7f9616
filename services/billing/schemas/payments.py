"""Payments and allocations."""

from datetime import date
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.billing.domain.payments import Method, PaymentState
from services.billing.schemas.fields import PositiveMoney, Reference
from services.billing.schemas.write_offs import WriteOffDifference
from shared.days import Day
from shared.events.vocabulary import PayerClass
from shared.money import Money
from shared.text import Reason
from shared.web.access import Resource
from shared.web.body import RequestBody


class RecordPayment(RequestBody):
    """Money that came in from an enterprise, from the payer of an agreement, or from nobody knows whom yet."""

    partner_id: UUID
    enterprise_id: UUID | None = None
    agreement_id: UUID | None = None
    received_on: Day
    amount: PositiveMoney
    reference: Reference = Field(default="", examples=["INV-2016-00012"])
    method: Method = Method.BANK
    bank_account_id: UUID | None = Field(
        default=None, description="Needed only where the book has several bank accounts in the currency."
    )

    @model_validator(mode="after")
    def _one_payer(self) -> Self:
        if self.enterprise_id is not None and self.agreement_id is not None:
            raise PydanticCustomError("one-payer", "name either enterprise_id or agreement_id")
        return self


class IdentifyPayment(RequestBody):
    """Whose a payment in suspense is: an enterprise's, or the payer's of an agreement."""

    enterprise_id: UUID | None = None
    agreement_id: UUID | None = None
    identified_on: Day

    @model_validator(mode="after")
    def _one_payer(self) -> Self:
        if (self.enterprise_id is None) == (self.agreement_id is None):
            raise PydanticCustomError("one-payer", "name either enterprise_id or agreement_id")
        return self


class RefundPayment(RequestBody):
    """Give a payer back what is left of its payment, or part of it."""

    amount: PositiveMoney
    refunded_on: Day
    method: Method = Method.BANK
    bank_account_id: UUID | None = None
    reason: Reason


class Reverse(RequestBody):
    """Undo something on a day of one's own choice, not before it was done."""

    reversed_on: Day
    reason: Reason


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
    """One allocation; they are never changed. One that `reverses` another has the opposite amount."""

    payment_id: UUID
    invoice_id: UUID | None
    claim_id: UUID | None
    amount: Money
    allocated_on: date
    reverses: UUID | None
    reason: str | None
    written_off: Money


class RefundOut(Resource):
    """Money given back to a payer. One that `reverses` another has the opposite amount."""

    payment_id: UUID
    partner_id: UUID
    amount: Money
    refunded_on: date
    method: Method
    bank_account_id: UUID | None
    bank_line_id: UUID | None
    reverses: UUID | None
    reason: str


class PaymentOut(Resource):
    """A receipt; `unallocated` is what is left of it as the payer's credit, neither allocated nor given back."""

    partner_id: UUID
    state: PaymentState
    payer_class: PayerClass | None
    enterprise_id: UUID | None
    agreement_id: UUID | None
    received_on: date
    identified_on: date | None
    reversed_on: date | None
    reversal_reason: str | None
    amount: Money
    allocated: Money
    refunded: Money
    unallocated: Money
    reference: str
    method: Method
    bank_account_id: UUID | None
    bank_line_id: UUID | None


class PaymentAllocated(PaymentOut):
    """A payment after allocation by rule, with what was allocated now."""

    allocations: list[AllocationOut]
