"""Entries by hand and year closings."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from services.billing.domain.vouchers import VoucherKind
from services.billing.schemas.books import PostingOut
from services.billing.schemas.fields import PositiveMoney
from shared.days import Day
from shared.events.vocabulary import Code
from shared.text import Reason
from shared.web.access import Resource
from shared.web.body import RequestBody


class VoucherLine(RequestBody):
    """One line: a debit or a credit. An amount in another currency says what it is in the book's (`worth`)."""

    account: Code
    bank_account_id: UUID | None = None
    debit: PositiveMoney | None = None
    credit: PositiveMoney | None = None
    worth: PositiveMoney | None = None

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.debit is None) == (self.credit is None):
            raise ValueError("a line is either a debit or a credit")
        return self


class WriteVoucher(RequestBody):
    """Post an entry by hand."""

    kind: Literal["journal", "opening"] = "journal"
    effective_on: Day
    reason: Reason
    lines: Annotated[list[VoucherLine], Field(min_length=2, max_length=200)]


class CloseYear(RequestBody):
    """Move the results of a fiscal year to the accumulated result."""

    fiscal_year: Annotated[int, Field(ge=1990, le=2200)]
    reason: Reason


class ReverseVoucher(RequestBody):
    """Reverse a voucher's entry on a day."""

    reversed_on: Day
    reason: Reason


class VoucherOut(Resource):
    """An entry by hand or a year's closing, with its postings; the reversal is an entry of its own in the journal."""

    partner_id: UUID
    kind: VoucherKind
    effective_on: date
    fiscal_year: int | None
    reason: str
    written_by: str
    reversed_on: date | None
    reverse_reason: str | None
    entry_id: UUID
    postings: list[PostingOut]
