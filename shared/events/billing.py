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
    """An invoice got its number and was posted; nothing in it changes any more.

    `total` is what all payers owe, with the `tax` in it; an enrollment has one invoice for each of its `instalments`.
    """

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
    tax: Money | None = None
    instalment: int = 1
    instalments: int = 1


class InvoiceVoided(EventData, type="billing.invoice-voided.v1", aggregate="invoice"):
    """An issued invoice was taken back as if it had never been; its number stays used.

    `rebilled_as` is the draft that takes its place, where there is one.
    """

    invoice_id: UUID
    number: str
    partner_id: UUID
    enterprise_id: UUID
    enrollment_id: UUID
    voided_on: date
    total: Money
    reason: Text
    rebilled_as: UUID | None


class InvoiceSettled(EventData, type="billing.invoice-settled.v1", aggregate="invoice"):
    """The enterprise's share of an invoice is fully paid, credited or written off."""

    invoice_id: UUID
    number: str
    partner_id: UUID
    enterprise_id: UUID
    settled_on: date


class InvoiceReopened(EventData, type="billing.invoice-reopened.v1", aggregate="invoice"):
    """An invoice that was said to be settled is owed again, since what settled it was taken back."""

    invoice_id: UUID
    number: str
    partner_id: UUID
    enterprise_id: UUID
    reopened_on: date


class CreditNoteIssued(EventData, type="billing.credit-note-issued.v1", aggregate="credit-note"):
    """An invoice was corrected downwards by a document of its own.

    `total` and `shares` are what this note takes off, in whole or in part; `released` is what of it had been paid and
    is the payers' again; `kind` says what is to become of that.
    """

    credit_note_id: UUID
    number: str
    invoice_id: UUID
    partner_id: UUID
    enterprise_id: UUID
    issued_on: date
    total: Money
    shares: tuple[PayerShare, ...]
    reason: Text
    kind: str = "credit"
    released: tuple[PayerShare, ...] = ()


class CreditNoteVoided(EventData, type="billing.credit-note-voided.v1", aggregate="credit-note"):
    """A credit note was taken back before anything of it was used: what it took off is owed again."""

    credit_note_id: UUID
    number: str
    invoice_id: UUID
    partner_id: UUID
    enterprise_id: UUID
    voided_on: date
    total: Money
    shares: tuple[PayerShare, ...]
    reason: Text


class CreditRefunded(EventData, type="billing.credit-refunded.v1", aggregate="credit-note"):
    """Money that a credit note gave back was paid out to its payer; `payer_class` F is the invoice's enterprise."""

    credit_note_id: UUID
    refund_id: UUID
    partner_id: UUID
    payer_class: PayerClass
    enterprise_id: UUID | None
    agreement_id: UUID | None
    refunded_on: date
    amount: Money
    reference: str


class CreditOffset(EventData, type="billing.credit-offset.v1", aggregate="credit-note"):
    """Money that a credit note gave back was set against another invoice or claim of its payer."""

    credit_note_id: UUID
    offset_id: UUID
    partner_id: UUID
    invoice_id: UUID | None
    claim_id: UUID | None
    offset_on: date
    amount: Money


class DebtWrittenOff(EventData, type="billing.debt-written-off.v1", aggregate="write-off"):
    """What was open of an enterprise's invoice or of an approved claim was given up, in whole or in part."""

    write_off_id: UUID
    partner_id: UUID
    invoice_id: UUID | None
    claim_id: UUID | None
    cause: str
    amount: Money
    written_on: date
    reason: Text


class WriteOffReversed(EventData, type="billing.write-off-reversed.v1", aggregate="write-off"):
    """A debt that was given up is owed again."""

    write_off_id: UUID
    partner_id: UUID
    invoice_id: UUID | None
    claim_id: UUID | None
    amount: Money
    reversed_on: date
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


class RemindedInvoice(Value):
    """What a reminder is about."""

    invoice_id: UUID
    number: str
    due_on: date
    open: Money


class ReminderIssued(EventData, type="billing.reminder-issued.v1", aggregate="reminder"):
    """An enterprise is to be reminded of what is overdue; `level` counts its reminders of these invoices from 1."""

    reminder_id: UUID
    partner_id: UUID
    enterprise_id: UUID
    level: int
    reminded_on: date
    total: Money
    invoices: tuple[RemindedInvoice, ...]


class CostRecorded(EventData, type="billing.cost-recorded.v1", aggregate="cost"):
    """A cost was booked; direct costs belong to a training, overhead to the partner.

    `by_ilo`: the ILO paid it, or gave it in kind; no formula counts that as recovery.
    """

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
    by_ilo: bool = False


class CostReversed(EventData, type="billing.cost-reversed.v1", aggregate="cost"):
    """A cost was taken back; `corrected_by` is the cost booked in its place."""

    cost_id: UUID
    partner_id: UUID
    training_id: UUID | None
    kind: Code
    is_direct: bool
    is_in_kind: bool
    by_ilo: bool
    reversed_on: date
    amount: Money
    reason: Text
    corrected_by: UUID | None


class SubsidyClaimApproved(EventData, type="billing.subsidy-claim-approved.v1", aggregate="claim"):
    """A funder approved a claim."""

    claim_id: UUID
    agreement_id: UUID
    partner_id: UUID
    payer_class: PayerClass
    approved_on: date
    amount: Money


class SubsidyAgreementChanged(EventData, type="billing.subsidy-agreement-changed.v1", aggregate="subsidy-agreement"):
    """A subsidy agreement was activated, suspended, resumed, amended or closed; the fields say how it stands since."""

    agreement_id: UUID
    code: Code
    payer_class: PayerClass
    payer_name: Name
    partner_id: UUID | None
    step: Code
    state: Code
    on_day: date
    ceiling: Money
    valid_from: date
    valid_to: date | None
    reason: Text | None


class SubsidyClaimSubmitted(EventData, type="billing.subsidy-claim-submitted.v1", aggregate="claim"):
    """A claim went to its funder; `revision` counts its submissions, `evidence_sha256` fixes what was shown."""

    claim_id: UUID
    number: str
    revision: int
    agreement_id: UUID
    partner_id: UUID
    payer_class: PayerClass
    submitted_on: date
    amount: Money
    evidence_sha256: str


class SubsidyClaimReturned(EventData, type="billing.subsidy-claim-returned.v1", aggregate="claim"):
    """A funder sent a claim back to be corrected."""

    claim_id: UUID
    number: str
    revision: int
    agreement_id: UUID
    partner_id: UUID
    returned_on: date
    reason: Text


class SubsidyClaimRejected(EventData, type="billing.subsidy-claim-rejected.v1", aggregate="claim"):
    """A funder granted nothing of a claim."""

    claim_id: UUID
    number: str
    agreement_id: UUID
    partner_id: UUID
    rejected_on: date
    reason: Text


class SubsidyClaimReduced(EventData, type="billing.subsidy-claim-reduced.v1", aggregate="claim"):
    """A funder disallowed part of what it had approved; `granted` is what it still grants."""

    claim_id: UUID
    number: str
    agreement_id: UUID
    partner_id: UUID
    payer_class: PayerClass
    reduced_on: date
    amount: Money
    granted: Money
    reason: Text


class SubsidyClaimWithdrawn(EventData, type="billing.subsidy-claim-withdrawn.v1", aggregate="claim"):
    """A partner took a claim back; a draft that was never submitted has no number."""

    claim_id: UUID
    number: str | None
    agreement_id: UUID
    partner_id: UUID
    withdrawn_on: date
    reason: Text


class SubsidyClaimClosed(EventData, type="billing.subsidy-claim-closed.v1", aggregate="claim"):
    """Nothing of an approved claim is open any more, and nobody comes back to it."""

    claim_id: UUID
    number: str
    agreement_id: UUID
    partner_id: UUID
    closed_on: date
    paid: Money


class SubsidyClaimReopened(EventData, type="billing.subsidy-claim-reopened.v1", aggregate="claim"):
    """A closed claim is open again: its money bounced, or an audit disallows something."""

    claim_id: UUID
    number: str
    agreement_id: UUID
    partner_id: UUID
    reopened_on: date
    reason: Text


class PledgeRecorded(EventData, type="billing.pledge-recorded.v1", aggregate="pledge"):
    """A funder said that it would give something; no money and no contract yet."""

    pledge_id: UUID
    partner_id: UUID | None
    funder: Name
    payer_class: PayerClass
    amount: Money
    pledged_on: date
    expected_by: date | None
    source_document: Name


class PledgeContracted(EventData, type="billing.pledge-contracted.v1", aggregate="pledge"):
    """An agreement took up a pledge, or a part of it; `left` is what is still only pledged."""

    pledge_id: UUID
    agreement_id: UUID
    amount: Money
    left: Money
    contracted_on: date


class PledgeEnded(EventData, type="billing.pledge-ended.v1", aggregate="pledge"):
    """What was left of a pledge lapsed or was withdrawn."""

    pledge_id: UUID
    outcome: Code
    amount: Money
    ended_on: date
    reason: Text


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


class PaymentIdentified(EventData, type="billing.payment-identified.v1", aggregate="payment"):
    """A payment that had been recorded without a payer got one; payment-received says the same money just before."""

    payment_id: UUID
    partner_id: UUID
    payer_class: PayerClass
    enterprise_id: UUID | None
    agreement_id: UUID | None
    identified_on: date
    amount: Money


class PaymentReversed(EventData, type="billing.payment-reversed.v1", aggregate="payment"):
    """A payment bounced or was a mistake; whatever it paid was taken back before, allocation by allocation.

    Without a payer it was never said to have been received.
    """

    payment_id: UUID
    partner_id: UUID
    payer_class: PayerClass | None
    enterprise_id: UUID | None
    agreement_id: UUID | None
    amount: Money
    reversed_on: date
    reason: Text


class PaymentReinstated(EventData, type="billing.payment-reinstated.v1", aggregate="payment"):
    """The reversal of a payment was itself a mistake: the money is its payer's credit again."""

    payment_id: UUID
    partner_id: UUID
    amount: Money
    reinstated_on: date


class PaymentRefunded(EventData, type="billing.payment-refunded.v1", aggregate="payment"):
    """A payer got back part of a payment that was set against nothing."""

    payment_id: UUID
    refund_id: UUID
    partner_id: UUID
    amount: Money
    refunded_on: date
    reason: Text


class RefundReversed(EventData, type="billing.refund-reversed.v1", aggregate="payment"):
    """A refund came back or was a mistake: the money is its payer's credit again."""

    payment_id: UUID
    refund_id: UUID
    partner_id: UUID
    amount: Money
    reversed_on: date
    reason: Text


class AllocationReversed(EventData, type="billing.allocation-reversed.v1", aggregate="payment"):
    """What a payment had paid is owed again; `allocation_id` is the allocation that payment-allocated named."""

    payment_id: UUID
    allocation_id: UUID
    partner_id: UUID
    invoice_id: UUID | None
    claim_id: UUID | None
    amount: Money
    reversed_on: date
    reason: Text


class StatementImported(EventData, type="billing.statement-imported.v1", aggregate="bank-account"):
    """A statement of a bank account was confirmed; `lines` are those not imported before."""

    statement_id: UUID
    bank_account_id: UUID
    partner_id: UUID
    from_on: date
    to_on: date
    opening: Money
    closing: Money
    lines: int
