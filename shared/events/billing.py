"""What the billing service says: invoices, payments, costs, claims, cost recovery."""

from datetime import date
from uuid import UUID

from shared.events.base import EventData
from shared.events.vocabulary import Basis, Code, Delivery, Name, PayerClass, Text, Value
from shared.money import Money


class PayerShare(Value):
    """What one payer owes of an invoice; the enterprise's own share has class F and no agreement."""

    payer_class: PayerClass
    agreement_id: UUID | None
    amount: Money


class InvoiceIssued(EventData, type="billing.invoice-issued.v1", aggregate="invoice"):
    """An invoice got its number and was posted; nothing in it changes any more."""

    invoice_id: UUID
    number: str
    partner_id: UUID
    enterprise_id: UUID
    training_id: UUID
    enrollment_id: UUID
    module: Code
    issued_on: date
    due_on: date
    total: Money
    shares: tuple[PayerShare, ...]


class InvoiceSettled(EventData, type="billing.invoice-settled.v1", aggregate="invoice"):
    """The enterprise's share of an invoice is fully paid, credited or written off."""

    invoice_id: UUID
    number: str
    partner_id: UUID
    enterprise_id: UUID
    settled_on: date


class CreditNoteIssued(EventData, type="billing.credit-note-issued.v1", aggregate="credit-note"):
    """An invoice was corrected downwards by a document of its own."""

    credit_note_id: UUID
    number: str
    invoice_id: UUID
    partner_id: UUID
    enterprise_id: UUID
    issued_on: date
    total: Money
    shares: tuple[PayerShare, ...]
    reason: Text


class PaymentReceived(EventData, type="billing.payment-received.v1", aggregate="payment"):
    """Money arrived in a partner's book; `payer_class` F carries an enterprise, any other an agreement."""

    payment_id: UUID
    partner_id: UUID
    payer_class: PayerClass
    enterprise_id: UUID | None
    agreement_id: UUID | None
    received_on: date
    amount: Money
    reference: str


class PaymentAllocated(EventData, type="billing.payment-allocated.v1", aggregate="payment"):
    """Part of a payment was set against an invoice's enterprise share or against a claim."""

    payment_id: UUID
    allocation_id: UUID
    partner_id: UUID
    invoice_id: UUID | None
    claim_id: UUID | None
    amount: Money
    allocated_on: date


class CostRecorded(EventData, type="billing.cost-recorded.v1", aggregate="cost"):
    """A cost was booked; direct costs belong to a training, overhead to the partner."""

    cost_id: UUID
    partner_id: UUID
    training_id: UUID | None
    module: Code | None
    kind: Code
    is_direct: bool
    is_in_kind: bool
    incurred_on: date
    amount: Money
    description: Name


class SubsidyClaimApproved(EventData, type="billing.subsidy-claim-approved.v1", aggregate="claim"):
    """A funder approved a claim."""

    claim_id: UUID
    agreement_id: UUID
    partner_id: UUID
    payer_class: PayerClass
    approved_on: date
    amount: Money


class PeriodClosed(EventData, type="billing.period-closed.v1", aggregate="period"):
    """No entry enters this accounting period any more."""

    period_id: UUID
    partner_id: UUID
    starts_on: date
    ends_on: date


class PeriodReopened(EventData, type="billing.period-reopened.v1", aggregate="period"):
    """An accounting period that was closed, or closed for review, takes entries again: one asked, another agreed."""

    period_id: UUID
    partner_id: UUID
    starts_on: date
    ends_on: date
    reason: Text


class LedgerSealed(EventData, type="billing.ledger-sealed.v1", aggregate="book"):
    """The new head of a book's hash chain; whoever keeps it can tell later that nothing before it was rewritten.

    `seq` counts blocks from 1; the hashes are SHA-256 in hexadecimal.
    """

    partner_id: UUID
    seq: int
    entries: int
    previous_hash: str
    hash: str


class Ratio(Value):
    """A ratio of sums, unrounded: the two sums."""

    formula: Code
    numerator: Money
    denominator: Money


class CostRecoveryMeasured(EventData, type="billing.cost-recovery-measured.v1", aggregate="programme-recovery"):
    """Cost recovery of a programme as of a day, with its sums; `window` says which postings count."""

    measurement_id: UUID
    as_of: date
    basis: Basis
    window: str
    ratios: tuple[Ratio, ...]


class RecoveryScope(Value):
    """What a figure is cut to; None is everything."""

    partner: UUID | None
    module: Code | None
    modules: tuple[Code, ...] | None
    module_group: Code | None
    region: Code | None
    delivery: Delivery | None
    training: UUID | None
    phase: Code | None


class CostRecoveryCutMeasured(EventData, type="billing.cost-recovery-cut-measured.v1", aggregate="programme-recovery"):
    """Cost recovery of other days than all up to `as_of`, or of a part of the programme; never of the whole."""

    measurement_id: UUID
    as_of: date
    basis: Basis
    window: str
    since: date | None
    until: date
    scope: RecoveryScope
    ratios: tuple[Ratio, ...]


class SelfSufficiencyReached(EventData, type="billing.self-sufficiency-reached.v1", aggregate="programme-recovery"):
    """Cost recovery by a formula and basis reached its target for the first time."""

    measurement_id: UUID
    as_of: date
    basis: Basis
    formula: Code
    ratio: Ratio
