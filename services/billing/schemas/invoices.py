"""Enrollments to be billed, invoices and credit notes."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.billing.domain.instalments import WaitsFor
from services.billing.domain.invoices import InvoiceState
from services.billing.domain.parts import TaxCategory
from shared.days import Day
from shared.events.vocabulary import Delivery, PayerClass
from shared.money import Money
from shared.text import Reason
from shared.web.access import Resource
from shared.web.body import RequestBody

MOST_IN_A_RUN: Final = 10_000
"""Drafts that one run issues."""


class Billing(StrEnum):
    """Whether an enrollment is billed. unpriced: waits for a price. not-due: withdrawn before anything was drafted.

    partly-issued: some of its instalments are issued and some are drafts. The states of invoices that ended are shown
    where none is live.
    """

    UNPRICED = "unpriced"
    DRAFT = "draft"
    ISSUED = "issued"
    CANCELLED = "cancelled"
    CREDITED = "credited"
    VOID = "void"
    PARTLY_ISSUED = "partly-issued"
    NOT_DUE = "not-due"


class EnrollmentOut(Resource):
    """An enrollment as billing knows it, with its first live invoice, or the newest of those that ended."""

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
    """Draft what an enrollment is not billed for any more: its earlier invoice was cancelled, credited or void."""

    enrollment_id: UUID


class IssueInvoice(RequestBody):
    """Give a draft its number and book it; without `due_on` it is due after the book's days of payment."""

    issued_on: Day
    due_on: Day | None = None


class IssueInvoices(RequestBody):
    """Issue many drafts of a book: those of a list, or all that may be issued and were enrolled up to a day.

    At most 10,000 in one run, the oldest first; `more` in the answer says whether any were left.
    """

    partner_id: UUID
    invoice_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_IN_A_RUN)] | None = None
    enrolled_until: Day | None = None
    issued_on: Day
    due_on: Day | None = None

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        if (self.invoice_ids is None) == (self.enrolled_until is None):
            raise PydanticCustomError("one-choice", "name either invoice_ids or enrolled_until")
        if self.invoice_ids is not None and len(set(self.invoice_ids)) < len(self.invoice_ids):
            raise PydanticCustomError("named-once", "an invoice is named once")
        return self


class Refused(BaseModel):
    """Why one of many was not done, as the single command would have said."""

    type: str
    field: str | None
    rule: str | None
    detail: str


class IssueResult(BaseModel):
    """What became of one draft of a run."""

    invoice_id: UUID
    number: str | None
    refused: Refused | None


class IssueRunOut(Resource):
    """A run over many drafts: each by itself is issued or refused."""

    partner_id: UUID
    issued_on: date
    issued: int
    refused: int
    more: bool
    results: list[IssueResult]


class VoidInvoice(RequestBody):
    """Take an issued invoice back as if it had never been, in its own accounting period.

    Nothing may be paid, claimed or credited on it. `rebill`: draft it anew, or end what was contracted.
    """

    voided_on: Day
    reason: Reason
    rebill: bool


class CancelInvoice(RequestBody):
    """Give up a draft."""

    cancelled_on: Day
    reason: Reason


class Settlement(StrEnum):
    """How far the enterprise's share is paid, derived from what was set against it.

    written-off: nothing is open any more, and part of it was given up. overcredited: more was set against it than owed.
    """

    NOT_ISSUED = "not-issued"
    UNPAID = "unpaid"
    PARTIAL = "partial"
    SETTLED = "settled"
    WRITTEN_OFF = "written-off"
    OVERCREDITED = "overcredited"
    CREDITED = "credited"


class InvoiceShareOut(BaseModel):
    """What one payer owes; `open` is what is left of it, for an agreement of what its funder approved or may still.

    `tax` is the part of `amount` that is tax: the enterprise bears it all. `paid` is less what credit notes gave back.
    """

    id: UUID
    payer_class: PayerClass
    agreement_id: UUID | None
    amount: Money
    tax: Money
    paid: Money
    credited: Money
    written_off: Money
    open: Money
    claim_id: UUID | None


class InvoiceTaxOut(BaseModel):
    """How an invoice is taxed; of a draft, how it would be. `category` is UNCL5305."""

    code: str | None
    category: TaxCategory
    rate_pct: str
    reason: str | None
    amount: Money


class InvoiceOut(Resource):
    """An invoice or a draft of one.

    `list_price` less `discount` is `net`, with the tax it is `total`; the shares make the total. `missing_fields` are
    what an e-invoice would still need; both they and `e_invoice_ready` are null for drafts.
    """

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
    voided_on: date | None
    end_reason: str | None
    instalment: int
    instalments: int
    due_at: WaitsFor
    list_price: Money
    discount: Money
    discount_id: UUID | None
    net: Money
    tax: InvoiceTaxOut
    total: Money
    shares: list[InvoiceShareOut]
    enterprise_share: Money
    enterprise_open: Money
    settlement: Settlement
    overdue: bool
    document_sha256: str | None
    e_invoice_ready: bool | None
    missing_fields: list[str] | None
