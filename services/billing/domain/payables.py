"""Paying costs: what is owed for them, the entries of payments, and how old what is open is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.billing.domain.accounts import Account, Code
from services.billing.domain.payments import Method, till
from services.billing.domain.posting import Dimensions, Entry, EntryKind, Source, credit, debit, entry
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Part:
    """What a payment gives for one cost; `dimensions` are those of the cost."""

    cost_id: UUID
    amount: Money
    dimensions: Dimensions


def payment_entry(
    payment_id: UUID,
    parts: Sequence[Part],
    method: Method | None,
    paid_on: date,
    bank_account_id: UUID | None = None,
) -> Entry | None:
    """Return the entry of a payment: Dr 2010 for each cost, Cr 1010 bank or 1020 cash, or 1210 without a method.

    Without a method a prepayment is used up.
    """
    source = Account(Code.PREPAID) if method is None else till(method, bank_account_id)
    total = parts[0].amount
    for part in parts[1:]:
        total += part.amount
    lines = [debit(Account(Code.PAYABLE), part.amount, part.dimensions) for part in parts]
    lines.append(credit(source, total, Dimensions()))
    return entry(EntryKind.COST_PAYMENT, paid_on, Source("cost-payment", payment_id), lines)


def prepayment_entry(
    prepayment_id: UUID,
    amount: Money,
    method: Method,
    paid_on: date,
    dimensions: Dimensions,
    bank_account_id: UUID | None = None,
) -> Entry | None:
    """Return the entry of money paid before the cost: Dr 1210, Cr 1010 bank or 1020 cash."""
    lines = (
        debit(Account(Code.PREPAID), amount, dimensions),
        credit(till(method, bank_account_id), amount, dimensions),
    )
    return entry(EntryKind.COST_PAYMENT, paid_on, Source("prepayment", prepayment_id), lines)


class Age(StrEnum):
    """How long something has been open, in days since its document, or since the cost where there is none."""

    UP_TO_30 = "up_to_30"
    UP_TO_60 = "up_to_60"
    UP_TO_90 = "up_to_90"
    OLDER = "older"


_LAST_DAYS: Final = ((30, Age.UP_TO_30), (60, Age.UP_TO_60), (90, Age.UP_TO_90))


def age(since: date, as_of: date) -> Age:
    """Return the bucket of something open since a day; what is dated later than `as_of` is the youngest."""
    days = (as_of - since).days
    return next((bucket for last, bucket in _LAST_DAYS if days <= last), Age.OLDER)
