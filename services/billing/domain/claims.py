"""Subsidy claims: what is asked of a funder, its life, and what decisions on it post."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.billing.domain.accounts import SUBSIDY_INCOME, Account, Code
from services.billing.domain.posting import Dimensions, Entry, EntryKind, Posting, Source, credit, debit, entry
from shared.events.vocabulary import PayerClass
from shared.money import Money


class ClaimState(StrEnum):
    """Where a claim stands; whether it is paid is derived from allocations, whether reduced from its reductions."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class ClaimStep(StrEnum):
    """What happens to a claim."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    REVISED = "revised"
    APPROVED = "approved"
    REJECTED = "rejected"
    REDUCED = "reduced"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    REOPENED = "reopened"


ALLOWED: Final[dict[ClaimState, tuple[str, ...]]] = {
    ClaimState.DRAFT: ("revise", "submit", "withdraw"),
    ClaimState.SUBMITTED: ("approve", "reject", "return", "withdraw"),
    ClaimState.RETURNED: ("revise", "withdraw"),
    ClaimState.APPROVED: ("allocate", "reduce", "close"),
    ClaimState.REJECTED: (),
    ClaimState.WITHDRAWN: (),
    ClaimState.CLOSED: ("reopen",),
}
"""Steps that a state allows; `close` once nothing is open."""


@dataclass(frozen=True, slots=True)
class ClaimItem:
    """What is claimed: one invoice share, or one cost of an agreement over costs."""

    share_id: UUID | None
    claimed: Money
    dimensions: Dimensions
    cost_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Approved:
    """One item with a part of it: what the funder approved, or what it disallowed."""

    item: ClaimItem
    amount: Money


def approve(items: Sequence[ClaimItem], amount: Money) -> tuple[Approved, ...]:
    """Spread an approved amount over the items in proportion to what was claimed; sums exactly, never above a claim.

    Largest remainder; an item's part of a smaller total never rounds above the item itself.
    """
    parts = amount.split([item.claimed.minor for item in items])
    return tuple(Approved(item, part) for item, part in zip(items, parts, strict=True))


def disallow(open_items: Mapping[ClaimItem, Money], amount: Money) -> tuple[Approved, ...]:
    """Spread a reduction over the items in proportion to what is unpaid on each; `amount` is at most their sum.

    Items that lose nothing are left out.
    """
    parts = amount.split([left.minor for left in open_items.values()])
    return tuple(Approved(item, part) for item, part in zip(open_items, parts, strict=True) if part)


@dataclass(frozen=True, slots=True)
class Funder:
    """Who decides on a claim."""

    payer_class: PayerClass
    agreement_id: UUID

    def account(self, code: Code) -> Account:
        """Return this funder's sub-account."""
        return Account(code, agreement_id=self.agreement_id)

    @property
    def income(self) -> Account:
        """Where what it approves becomes income: 4110, 4120, 4140 or 4190 by payer class."""
        return self.account(SUBSIDY_INCOME[self.payer_class])

    def of(self, item: ClaimItem) -> Dimensions:
        """Return the dimensions of a posting about one item."""
        return replace(item.dimensions, payer_class=self.payer_class, agreement_id=self.agreement_id)


def approval_entry(claim_id: UUID, funder: Funder, approved: Sequence[Approved], approved_on: date) -> Entry | None:
    """Return what makes the approved part income: Dr 2140, Cr 4110, 4120, 4140 or 4190 by payer class.

    A cost was never invoiced, so nothing of it was deferred: its part is Dr 1120.
    """
    lines: list[Posting] = []
    for each in approved:
        dimensions = funder.of(each.item)
        code = Code.DEFERRED_SUBSIDY if each.item.cost_id is None else Code.SUBSIDY_RECEIVABLE
        lines += [
            debit(funder.account(code), each.amount, dimensions),
            credit(funder.income, each.amount, dimensions),
        ]
    return entry(EntryKind.CLAIM_APPROVAL, approved_on, Source("claim", claim_id), lines)


def funding_entry(claim_id: UUID, funder: Funder, approved: Sequence[Approved], approved_on: date) -> Entry | None:
    """Return the memo entry of the costs a funder is bound to by its approval: Dr 9110, Cr 9910.

    Invoice shares were contracted by their enrollment already.
    """
    lines: list[Posting] = []
    for each in approved:
        if each.item.cost_id is not None:
            dimensions = funder.of(each.item)
            lines += [
                debit(funder.account(Code.CONTRACTED), each.amount, dimensions),
                credit(funder.account(Code.CONTRACTED_CONTRA), each.amount, dimensions),
            ]
    return entry(EntryKind.CONTRACT, approved_on, Source("claim", claim_id), lines)


def reduction_entry(claim_id: UUID, funder: Funder, approved: Sequence[Approved], approved_on: date) -> Entry | None:
    """Return what takes back the part of invoice shares not approved: Dr 2140, Cr 1120; None when all was approved."""
    lines: list[Posting] = []
    for each in approved:
        if each.item.cost_id is None:
            missing = each.item.claimed - each.amount
            dimensions = funder.of(each.item)
            lines += [
                debit(funder.account(Code.DEFERRED_SUBSIDY), missing, dimensions),
                credit(funder.account(Code.SUBSIDY_RECEIVABLE), missing, dimensions),
            ]
    return entry(EntryKind.CLAIM_REDUCTION, approved_on, Source("claim", claim_id), lines)


def disallowance_entry(
    source: Source, funder: Funder, disallowed: Sequence[Approved], reduced_on: date, reason: str
) -> Entry | None:
    """Return what takes back approved income of the difference: Dr 41xx, Cr 1120.

    `source` carries a version of its own for every reduction of a claim.
    """
    lines: list[Posting] = []
    for each in disallowed:
        dimensions = funder.of(each.item)
        lines += [
            debit(funder.income, each.amount, dimensions),
            credit(funder.account(Code.SUBSIDY_RECEIVABLE), each.amount, dimensions),
        ]
    return entry(EntryKind.CLAIM_REDUCTION, reduced_on, source, lines, reason)
