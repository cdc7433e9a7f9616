"""Statements of account and ageing."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel, Field

from services.billing.domain.ageing import Age
from shared.events.vocabulary import PayerClass
from shared.money import Money


class StatementLine(BaseModel):
    """A document or a payment, as of its effective day.

    `charge` is what it adds to what the payer owes, `settlement` what it takes off; `balance` is what is owed after it,
    negative when the payer has more to its credit.
    """

    on: date
    document: str = Field(examples=["invoice"])
    document_id: UUID
    number: str | None
    reference: str | None
    charge: Money
    settlement: Money
    balance: Money


class StatementOut(BaseModel):
    """What one payer owed at the beginning, what happened, and what it owes at the end of the window.

    `receivable` less `credit` is the closing balance; `ageing` is the receivable by days past due, as of the last day.
    """

    programme: str
    partner_id: UUID
    enterprise_id: UUID | None
    agreement_id: UUID | None
    name: str
    since: date | None = Field(serialization_alias="from")
    until: date = Field(serialization_alias="to")
    currency: str
    opening: Money
    lines: list[StatementLine]
    closing: Money
    receivable: Money
    credit: Money
    ageing: dict[Age, Money]


class PayerAgeing(BaseModel):
    """What one payer owes by age, and what it has to its credit."""

    payer_class: PayerClass
    enterprise_id: UUID | None
    agreement_id: UUID | None
    name: str
    ages: dict[Age, Money]
    receivable: Money
    credit: Money
    balance: Money


class AgeingOut(BaseModel):
    """What every payer of a book owes by age as of a day, and the sums of it."""

    programme: str
    partner_id: UUID
    as_of: date
    currency: str
    payers: list[PayerAgeing]
    ages: dict[Age, Money]
    receivable: Money
    credit: Money
    balance: Money
