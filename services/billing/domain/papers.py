"""Documents that bill nothing: statements of account, reminders, receipts, and claims on a subsidy."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.billing.domain.parts import Exact, Head, Kind, Label, Part, PaymentMeans, Period
from shared.money import Money


class StatementEntry(StrEnum):
    """What moved an account."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit-note"
    PAYMENT = "payment"
    REFUND = "refund"
    WRITE_OFF = "write-off"
    VOID = "void"
    BOUNCED = "bounced"
    OTHER = "other"


class StatementLine(Part):
    """A movement: a charge raises what the recipient owes, a credit lowers it; `balance` is what is owed after it."""

    on: date
    what: StatementEntry
    reference: Label | None = None
    due_on: date | None = None
    text: Label | None = None
    charge: Money
    credit: Money
    balance: Money


class Bucket(StrEnum):
    """How long money is overdue, in days."""

    NOT_DUE = "not-due"
    TO_30 = "1-30"
    TO_60 = "31-60"
    TO_90 = "61-90"
    OVER_90 = "over-90"


class Aged(Part):
    """How much has been open how long."""

    bucket: Bucket
    amount: Money


class Statement(Head):
    """A statement of account over a period."""

    kind: Literal[Kind.STATEMENT]
    period: Period
    opening: Money
    lines: tuple[StatementLine, ...] = ()
    closing: Money
    ageing: tuple[Aged, ...] = ()
    payment: PaymentMeans | None = None
    payment_reference: Label | None = None

    @model_validator(mode="after")
    def _runs(self) -> Self:
        balance = self.opening
        for line in self.lines:
            balance = balance + line.charge - line.credit
            if line.balance != balance:
                raise PydanticCustomError("running-balance", "a balance is not the one before it and the movement")
        if balance != self.closing:
            raise PydanticCustomError("closing-balance", "the closing balance is not what the movements lead to")
        return self


class OpenDocument(Part):
    """An invoice of which something is open."""

    number: Label
    issued_on: date
    due_on: date
    days_overdue: Annotated[int, Field(ge=0)]
    total: Money
    open: Money


class Reminder(Head):
    """A reminder of what is overdue; the level says how urgent its words are."""

    kind: Literal[Kind.REMINDER]
    level: Annotated[int, Field(ge=1, le=3)]
    as_of: date
    pay_by: date | None = None
    lines: Annotated[tuple[OpenDocument, ...], Field(min_length=1)]
    total: Money
    payment: PaymentMeans | None = None
    payment_reference: Label | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if sum((line.open for line in self.lines), start=Money.zero(self.currency)) != self.total:
            raise PydanticCustomError("sum", "the total is not the sum of what is open")
        return self


class PaymentMethod(StrEnum):
    """How money came."""

    BANK = "bank"
    CASH = "cash"
    MOBILE_MONEY = "mobile-money"


class AppliedTo(Part):
    """What part of a payment was set against a document."""

    number: Label
    issued_on: date
    amount: Money


class Receipt(Head):
    """A receipt for a payment and what it was used for."""

    kind: Literal[Kind.RECEIPT]
    received_on: date
    method: PaymentMethod
    payer_reference: Label | None = None
    amount: Money
    lines: tuple[AppliedTo, ...] = ()
    unapplied: Money

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if sum((line.amount for line in self.lines), start=self.unapplied) != self.amount:
            raise PydanticCustomError("sum", "what was applied and what was not is not the payment")
        return self


class Claimed(Part):
    """A share of an invoice that a funder is asked for."""

    number: Label
    issued_on: date
    enterprise: Label
    training: Label | None = None
    total: Money
    share_percent: Exact | None = None
    claimed: Money


class EvidenceKind(StrEnum):
    """What shows that the training took place."""

    ATTENDANCE = "attendance"
    VISIT = "visit"
    ASSESSMENT = "assessment"
    COMPLETION = "completion"
    COST = "cost"
    OTHER = "other"


class Evidence(Part):
    """One piece of evidence, as recorded."""

    kind: EvidenceKind
    on: date
    text: Label
    reference: Label | None = None
    amount: Money | None = None


class Claim(Head):
    """A claim on a subsidy: what is asked for, under which agreement, and what proves it."""

    kind: Literal[Kind.CLAIM]
    agreement: Label
    period: Period | None = None
    lines: Annotated[tuple[Claimed, ...], Field(min_length=1)]
    total: Money
    evidence: tuple[Evidence, ...] = ()
    payment: PaymentMeans | None = None
    payment_reference: Label | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if sum((line.claimed for line in self.lines), start=Money.zero(self.currency)) != self.total:
            raise PydanticCustomError("sum", "the total is not the sum of what is claimed")
        return self
