"""Credit notes and what becomes of them."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.billing.domain.credit_notes import CreditKind, CreditNoteState, Usage
from services.billing.domain.payments import Method
from services.billing.schemas.fields import PositiveMoney, Reference
from shared.days import Day
from shared.events.vocabulary import PayerClass
from shared.money import Money
from shared.text import Reason
from shared.web.access import Resource
from shared.web.body import RequestBody


class CreditPart(RequestBody):
    """How much of one share of the invoice is credited, its tax included."""

    share_id: UUID
    amount: PositiveMoney


def _once(parts: list[CreditPart]) -> list[CreditPart]:
    if len({part.share_id for part in parts}) < len(parts):
        raise PydanticCustomError("named-once", "each share is named once")
    return parts


Parts = Annotated[list[CreditPart], Field(min_length=1, max_length=50), AfterValidator(_once)]


class _Credit(RequestBody):
    # What is credited: the named parts, or an amount of the enterprise's share, or everything.
    kind: CreditKind = CreditKind.CREDIT
    amount: PositiveMoney | None = None
    parts: Parts | None = None
    reason: Reason

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.amount is not None and self.parts is not None:
            raise PydanticCustomError("one-way", "name either an amount of the enterprise's share, or parts")
        return self


class CreditInvoice(_Credit):
    """Credit an issued invoice at once: an amount of the enterprise's share, parts of named shares, or the whole.

    As a whole only where nothing is paid, claimed or written off; `offset_invoice_id`: what an offset goes to first.
    """

    issued_on: Day
    offset_invoice_id: UUID | None = None

    @model_validator(mode="after")
    def _offset_only(self) -> Self:
        if self.offset_invoice_id is not None and self.kind is not CreditKind.OFFSET:
            raise PydanticCustomError("offset-only", "only a note of kind offset names another invoice")
        return self


class DraftCreditNote(_Credit):
    """Prepare a credit note; it has no number and books nothing until it is issued."""

    invoice_id: UUID


class IssueCreditNote(RequestBody):
    """Give a draft its number and book it; `offset_invoice_id`: what an offset goes to first."""

    issued_on: Day
    offset_invoice_id: UUID | None = None


class CancelCreditNote(RequestBody):
    """Give up a draft."""

    cancelled_on: Day
    reason: Reason


class VoidCreditNote(RequestBody):
    """Take an issued note back before anything of it is used; its number stays taken."""

    voided_on: Day
    reason: Reason


class RefundCredit(RequestBody):
    """Pay out what a note gave back; without `agreement_id` to the enterprise, without `amount` all of it."""

    refunded_on: Day
    amount: PositiveMoney | None = None
    agreement_id: UUID | None = None
    method: Method = Method.BANK
    bank_account_id: UUID | None = Field(
        default=None, description="Needed only where the book has several bank accounts in the currency."
    )
    reference: Reference


class OffsetCredit(RequestBody):
    """Set what a note gave back against other debts of its payer: the named one, else oldest due first."""

    offset_on: Day
    amount: PositiveMoney | None = None
    agreement_id: UUID | None = None
    invoice_id: UUID | None = None
    claim_id: UUID | None = None

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if self.invoice_id is not None and self.claim_id is not None:
            raise PydanticCustomError("one-target", "name either invoice_id or claim_id")
        return self


class CreditNotePartOut(BaseModel):
    """What a note takes off one share, `tax` of it tax; `released` had been paid and went to its payer's credit.

    The tax of a draft is known when it is issued.
    """

    share_id: UUID
    payer_class: PayerClass
    agreement_id: UUID | None
    amount: Money
    tax: Money
    released: Money


class CreditNoteOut(Resource):
    """A credit note; `open` is what of `released` is not refunded and not set against anything yet."""

    number: str | None
    invoice_id: UUID
    invoice_number: str
    partner_id: UUID
    enterprise_id: UUID
    issued_on: date | None
    total: Money
    reason: str
    kind: CreditKind
    state: CreditNoteState
    ended_on: date | None
    end_reason: str | None
    parts: list[CreditNotePartOut]
    released: Money
    refunded: Money
    offset: Money
    open: Money
    usage: Usage | None


class CreditUseOut(Resource):
    """A refund, or an offset against an invoice or a claim."""

    partner_id: UUID
    credit_note_id: UUID
    kind: CreditKind
    used_on: date
    amount: Money
    agreement_id: UUID | None
    method: Method | None
    bank_account_id: UUID | None
    reference: str | None
    invoice_id: UUID | None
    claim_id: UUID | None
