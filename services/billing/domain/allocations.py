"""Setting money against what is owed: in which order, how much to each, and what it posts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.billing.domain.payments import Payer
from services.billing.domain.posting import Dimensions, Entry, EntryKind, Posting, Source, credit, debit, entry
from services.billing.domain.tax import UNTAXED_SHARE, TaxOwed
from shared.money import Money


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An invoice or a claim that is not fully paid; `names` are the words by which a payer may mean it."""

    id: UUID
    due_on: date
    number: str
    names: tuple[str, ...]
    open: Money


def is_named(reference: str, names: Sequence[str]) -> bool:
    """Tell whether a payer's reference contains one of `names` as a word of its own, in any case of letters."""
    return any(
        re.search(rf"(?<![0-9a-z]){re.escape(name.casefold())}(?![0-9a-z])", reference.casefold()) for name in names
    )


def plan(available: Money, items: Sequence[OpenItem], reference: str) -> tuple[tuple[OpenItem, Money], ...]:
    """Decide what `available` pays: the items that the reference names, else all, oldest due first.

    Where the payer named something, what is left over stays with the payer and goes to nothing else.
    """
    named = [item for item in items if is_named(reference, item.names)]
    planned: list[tuple[OpenItem, Money]] = []
    for item in sorted(named or items, key=lambda each: (each.due_on, each.number)):
        amount = min(available, item.open)
        if amount:
            planned.append((item, amount))
            available = available - amount
    return tuple(planned)


@dataclass(frozen=True, slots=True)
class OpenShare:
    """An invoice share, or a cost a funder granted, with what is still owed on it, its dimensions and the tax in it."""

    share_id: UUID | None
    open: Money
    dimensions: Dimensions
    tax: TaxOwed = UNTAXED_SHARE
    cost_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What one share gets of an allocation."""

    share: OpenShare
    amount: Money

    @property
    def tax(self) -> Money:
        """How much of it is tax."""
        return Money(self.share.tax.of_payment(self.amount.minor), self.amount.currency)


def fill(amount: Money, shares: Sequence[OpenShare]) -> tuple[Part, ...]:
    """Pay `shares` in the order given until `amount` is used up; raises ValueError when they owe less than that."""
    parts: list[Part] = []
    for share in shares:
        paid = min(amount, share.open)
        if paid:
            parts.append(Part(share, paid))
            amount = amount - paid
    if amount:
        raise ValueError("an allocation exceeds what is owed")
    return tuple(parts)


def allocation_entry(allocation_id: UUID, payer: Payer, parts: Sequence[Part], allocated_on: date) -> Entry | None:
    """Return the entry of an allocation: Dr 2110 of the payer, Cr 1110 (class F) or 1120, per share.

    What of it is tax is credited in a line without payer class, as the issue debited it.
    """
    lines: list[Posting] = []
    for part in parts:
        dimensions = replace(part.share.dimensions, payer_class=payer.payer_class, agreement_id=payer.agreement_id)
        lines += [
            debit(payer.unapplied, part.amount, dimensions),
            credit(payer.receivable, part.amount - part.tax, dimensions),
            credit(payer.receivable, part.tax, part.share.dimensions),
        ]
    return entry(EntryKind.ALLOCATION, allocated_on, Source("allocation", allocation_id), lines)
