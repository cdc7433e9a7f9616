"""The allowance for doubtful receivables: what it should be by age, and the journal that brings it there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.billing.domain.accounts import Account, Code
from services.billing.domain.ageing import Age
from services.billing.domain.agreements import WHOLE
from services.billing.domain.posting import Dimensions, Entry, EntryKind, Source, credit, debit, entry
from shared.money import Money


@dataclass(frozen=True, slots=True)
class Doubt:
    """How much of what is open at one age is doubted: `share` in hundredths of a per cent, `part` rounded half up."""

    open: Money
    share: int

    @property
    def part(self) -> Money:
        """The doubted part."""
        return Money((2 * self.open.minor * self.share + WHOLE) // (2 * WHOLE), self.open.currency)


def doubts(open_by_age: Mapping[Age, Money], shares: Mapping[Age, int]) -> dict[Age, Doubt]:
    """Return the doubt of every age; an age without a share is not doubted."""
    return {age: Doubt(open_, shares.get(age, 0)) for age, open_ in open_by_age.items()}


def allowance_entry(allowance_id: UUID, difference: Money, as_of: date, reason: str) -> Entry | None:
    """Return what books the difference to the allowance there is: Dr 7110, Cr 1190, or the opposite when it falls."""
    lines = (
        debit(Account(Code.BAD_DEBT), difference, Dimensions()),
        credit(Account(Code.ALLOWANCE), difference, Dimensions()),
    )
    return entry(EntryKind.ALLOWANCE, as_of, Source("allowance", allowance_id), lines, reason)
