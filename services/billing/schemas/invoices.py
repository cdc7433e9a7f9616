"""Enrollments to be billed, invoices and credit notes."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from services.billing.domain.invoices import InvoiceState
from shared.days import Day
from shared.events.vocabulary import Delivery, PayerClass
from shared.money import Money
from shared.text import Reason
from shared.web.access import Resource
from shared.web.body import RequestBody


class Billing(StrEnum):
    """Whether an enrollment is billed. unpriced: waits for a price. not-due: withdrawn before anything was drafted."""

    UNPRICED = "unpriced"
    DRAFT = "draft"
    ISSUED = "issued"
    CANCELLED = "cancelled"
    CREDITED = "credited"
    NOT_DUE = "not-due"


class EnrollmentOut(Resource):
    """An enrollment as billing knows it, with its newest invoice."""

    partner_id: UUID
    enterprise_id: UUID
    training_id: UUID
    module: str
    region: str
    delivery: Delivery
    size_class: str
    enrolled_on: date
    completed_on: date | None
    endline_on: date | None
    withdrawn_on: date | None
    billing: Billing
    invoice_id: UUID | None


class DraftInvoice(RequestBody):
    """Draft an invoice for an enrollment whose earlier one was cancelled or credited."""

    enrollment_id: UUID


class IssueInvoice(RequestBody):
    """Give a draft its number and book it."""

    issued_on: Day
    due_on: Day


class CancelInvoice(RequestBody):
    """Give up a draft."""

    cancelled_on: Day
    reason: Reason


class Settlement(StrEnum):
    """How far the enterprise's share is paid, derived from what was set against it.

    written-off: nothing is open any more, and part of it was given up.
    """

    NOT_ISSUED = "not-issued"
    UNPAID = "unpaid"
    PARTIAL = "partial"
    SETTLED = "settled"
    WRITTEN_OFF = "written-off"
    CREDITED = "credited"


class InvoiceShareOut(BaseModel):
    """What one payer owes; `open` is what is left of it, for an agreement of what its funder approved or may still.

    `paid` is less what credit notes gave back.
    """

    id: UUID
    payer_class: PayerClass
    agreement_id: UUID | None
    amount: Money
    paid: Money
    credited: Money
    written_off: Money
    open: Money
    claim_id: UUID | None


class InvoiceOut(Resource):
    """An invoice or a draft of one."""

    partner_id: UUID
    enterprise_id: UUID
    enterprise_name: str
    enrollment_id: UUID
    training_id: UUID
    module: str
    region: str
    delivery: Delivery
    size_class: str
    state: InvoiceState
    number: str | None
    enrolled_on: date
    contracted_on: date
    issued_on: date | None
    due_on: date | None
    earned_on: date | None
    settled_on: date | None
    ended_on: date | None
    end_reason: str | None
    total: Money
    shares: list[InvoiceShareOut]
    enterprise_share: Money
    enterprise_open: Money
    settlement: Settlement
