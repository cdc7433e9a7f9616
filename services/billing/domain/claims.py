"""Subsidy claims: what is asked of a funder, and what an approval posts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.billing.domain.accounts import SUBSIDY_INCOME, Account, Code
from services.billing.domain.posting import Dimensions, Entry, EntryKind, Posting, Source, credit, debit, entry
from shared.events.vocabulary import PayerClass
from shared.money import Money


class ClaimState(StrEnum):
    """Where a claim stands; whether it is paid is derived from allocations."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"


ALLOWED: dict[ClaimState, tuple[str, ...]] = {
    ClaimState.SUBMITTED: ("approve", "reject"),
    ClaimState.APPROVED: ("allocate",),
    ClaimState.REJECTED: (),
}


@dataclass(frozen=True, slots=True)
class ClaimItem:
    """One invoice share that is claimed."""

    share_id: UUID
    claimed: Money
    dimensions: Dimensions


@dataclass(frozen=True, slots=True)
class Approved:
    """One item with the part of it that the funder approved."""

    item: ClaimItem
    amount: Money


def approve(items: Sequence[ClaimItem], amount: Money) -> tuple[Approved, ...]:
    """Spread an approved amount over the items in proportion to what was claimed; sums exactly, never above a claim.

    Largest remainder; an item's part of a smaller total never rounds above the item itself.
    """
    parts = amount.split([item.claimed.minor for item in items])
    return tuple(Approved(item, part) for item, part in zip(items, parts, strict=True))


@dataclass(frozen=True, slots=True)
class Funder:
    """Who decides on a claim."""

    payer_class: PayerClass
    agreement_id: UUID

    def account(self, code: Code) -> Account:
        """Return this funder's sub-account."""
        return Account(code, agreement_id=self.agreement_id)

    def of(self, item: ClaimItem) -> Dimensions:
        """Return the dimensions of a posting about one item."""
        return replace(item.dimensions, payer_class=self.payer_class, agreement_id=self.agreement_id)


def approval_entry(claim_id: UUID, funder: Funder, approved: Sequence[Approved], approved_on: date) -> Entry | None:
    """Return what makes the approved part income: Dr 2140, Cr 4110, 4120, 4140 or 4190 by payer class."""
    lines: list[Posting] = []
    for each in approved:
        dimensions = funder.of(each.item)
        lines += [
            debit(funder.account(Code.DEFERRED_SUBSIDY), each.amount, dimensions),
            credit(funder.account(SUBSIDY_INCOME[funder.payer_class]), each.amount, dimensions),
        ]
    return entry(EntryKind.CLAIM_APPROVAL, approved_on, Source("claim", claim_id), lines)


def reduction_entry(claim_id: UUID, funder: Funder, approved: Sequence[Approved], approved_on: date) -> Entry | None:
    """Return what takes back the part not approved: Dr 2140, Cr 1120; None when all was approved."""
    lines: list[Posting] = []
    for each in approved:
        missing = each.item.claimed - each.amount
        dimensions = funder.of(each.item)
        lines += [
            debit(funder.account(Code.DEFERRED_SUBSIDY), missing, dimensions),
            credit(funder.account(Code.SUBSIDY_RECEIVABLE), missing, dimensions),
        ]
    return entry(EntryKind.CLAIM_REDUCTION, approved_on, Source("claim", claim_id), lines)
