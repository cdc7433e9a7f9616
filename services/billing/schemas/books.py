"""Books, accounts, entries, periods."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from shared.money import Money
from shared.web.access import Resource


class BookOut(Resource):
    """A partner's book; its id is the partner's."""

    partner_name: str
    currency: str
    period_length: str


class AccountOut(Resource):
    """An account with its balance as of the days asked for; positive on its normal side."""

    partner_id: UUID
    code: str
    name: str
    type: str
    normal_side: Literal["debit", "credit"]
    enterprise_id: UUID | None
    agreement_id: UUID | None
    may_be_negative: bool
    balance: Money


class PostingOut(BaseModel):
    """One line of an entry; `amount` is positive for a debit."""

    line: int
    account_code: str
    account_id: UUID
    enterprise_id: UUID | None
    amount: Money
    phase: str | None
    training_id: UUID | None
    module: str | None
    region: str | None
    delivery: str | None
    payer_class: str | None
    agreement_id: UUID | None
    cost_kind: str | None
    is_in_kind: bool


class EntryOut(Resource):
    """A journal entry with its postings and the document it comes from."""

    partner_id: UUID
    kind: str
    effective_on: date
    fact_on: date
    recorded_at: datetime
    source_type: str
    source_id: UUID
    reverses: UUID | None
    actor: str
    reason: str | None
    postings: list[PostingOut]


class TrialBalanceLine(BaseModel):
    """All sub-accounts of one code together."""

    code: str
    name: str
    debit: Money
    credit: Money


class TrialBalance(BaseModel):
    """Debits and credits of a book as of a point on both time axes; the two totals are equal."""

    partner_id: UUID
    programme: str
    as_of: date | None
    recorded_at: datetime | None
    lines: list[TrialBalanceLine]
    total_debit: Money
    total_credit: Money
