"""Debts given up: who may, how much, and what it posts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.billing.domain.accounts import Account, Code
from services.billing.domain.agreements import WHOLE
from services.billing.domain.allocations import Part
from services.billing.domain.payments import Payer
from services.billing.domain.posting import Entry, EntryKind, Posting, Source, credit, debit, entry
from shared.money import Money


class Cause(StrEnum):
    """Why a debt is given up."""

    BAD_DEBT = "bad-debt"
    DISALLOWED = "disallowed"
    BANK_CHARGE = "bank-charge"


LOSS: Final[dict[Cause, Code]] = {
    Cause.BAD_DEBT: Code.BAD_DEBT,
    Cause.DISALLOWED: Code.BAD_DEBT,
    Cause.BANK_CHARGE: Code.BANK_CHARGES,
}
"""Where the loss goes. None of these accounts is a cost of training, so a write-off is in no denominator."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Up to what one person may give up a difference: an amount, and hundredths of a per cent of what was owed."""

    amount: Money
    share: int

    def allows(self, difference: Money, owed: Money) -> bool:
        """Tell whether `difference` is within both limits."""
        return difference <= self.amount and difference.minor * WHOLE <= owed.minor * self.share


def needs_second_person(
    difference: Money, owed: Money, tolerance: Tolerance, recorders: Collection[str], who: str
) -> bool:
    """Tell whether `who` must leave this write-off to somebody else.

    Above the tolerance, whoever recorded a payment of the debt may not also give up the rest of it.
    """
    return who in recorders and not tolerance.allows(difference, owed)


def write_off_entry(
    write_off_id: UUID, payer: Payer, cause: Cause, parts: Sequence[Part], written_on: date, reason: str
) -> Entry | None:
    """Return the entry of a write-off: Dr 7110 or 7210, Cr 1110 (class F) or 1120, per share.

    The tax in it is lost with the rest: whether it can be claimed back is a country's rule, and a journal of its own.
    """
    lines: list[Posting] = []
    for part in parts:
        dimensions = replace(part.share.dimensions, payer_class=payer.payer_class, agreement_id=payer.agreement_id)
        lines += [
            debit(Account(LOSS[cause]), part.amount, dimensions),
            credit(payer.receivable, part.amount - part.tax, dimensions),
            credit(payer.receivable, part.tax, part.share.dimensions),
        ]
    return entry(EntryKind.WRITE_OFF, written_on, Source("write-off", write_off_id), lines, reason)
