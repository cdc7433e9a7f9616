"""Lines of bank statements: their steps, what they can be, and what each posts.

A line is booked against suspense (2120) the moment its import is confirmed, whatever it is: the bank account in the
ledger is then the bank's own balance. What somebody says a line is clears suspense; the bank account stays as it is.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.billing.domain.accounts import Account, Code
from services.billing.domain.posting import Dimensions, Entry, EntryKind, Posting, Source, entry
from shared.money import Money

SUSPENSE: Final = Account(Code.SUSPENSE)
BANK_CHARGES: Final = Account("7210")


class LineState(StrEnum):
    """How far a line is explained."""

    IMPORTED = "imported"
    SUGGESTED = "suggested"
    MATCHED = "matched"
    POSTED = "posted"
    IGNORED = "ignored"


STEPS: Final[dict[LineState, tuple[str, ...]]] = {
    LineState.IMPORTED: ("match", "post", "ignore"),
    LineState.SUGGESTED: ("match", "post", "ignore"),
    LineState.MATCHED: ("post", "unmatch"),
    LineState.POSTED: ("undo",),
    LineState.IGNORED: ("undo",),
}
"""Steps that a state allows."""

OPEN: Final = (LineState.IMPORTED, LineState.SUGGESTED, LineState.MATCHED)
"""States in which a line is in suspense."""


class MatchKind(StrEnum):
    """What a line is: a payment, an entry made by hand, a refund, a bounce, a charge, one half of a transfer."""

    PAYMENT = "payment"
    LINK = "link"
    REFUND = "refund"
    BOUNCE = "bounce"
    BANK_CHARGE = "bank-charge"
    TRANSFER = "transfer"
    IGNORE = "ignore"


ONLY_IN: Final = frozenset({MatchKind.PAYMENT})
"""What only money that came in can be."""
ONLY_OUT: Final = frozenset({MatchKind.REFUND, MatchKind.BOUNCE})
"""What only money that went out can be."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A line as its entries need it: `amount` is positive for money that came in."""

    line_id: UUID
    bank_account_id: UUID
    amount: Money

    @property
    def bank(self) -> Account:
        """The sub-account of 1010."""
        return Account(Code.BANK, bank_account_id=self.bank_account_id)


def opening_entry(
    account: Account, opening: Money, taken_over: Money, bank_account_id: UUID, opened_on: date
) -> Entry | None:
    """Return what a bank account begins with: Dr 1010 of it; Cr 1010 for what the book kept there, the rest 3010."""
    nothing = Dimensions()
    lines = (
        Posting(account, opening, nothing),
        Posting(Account(Code.BANK), -taken_over, nothing),
        Posting(Account("3010"), taken_over - opening, nothing),
    )
    return entry(EntryKind.OPENING, opened_on, Source("bank-account", bank_account_id), lines)


def line_entry(moved: Moved, booked_on: date, version: int) -> Entry | None:
    """Return the entry of a line against suspense: Dr 1010 / Cr 2120 for money in, the opposite for money out."""
    lines = (Posting(moved.bank, moved.amount), Posting(SUSPENSE, -moved.amount))
    return entry(EntryKind.RECEIPT, booked_on, Source("bank-line", moved.line_id, version), lines)


def charge_entry(match_id: UUID, moved: Moved, on: date) -> Entry | None:
    """Return a bank charge: Dr 7210 / Cr 2120; one that the bank gives back, the opposite."""
    lines = (Posting(BANK_CHARGES, -moved.amount), Posting(SUSPENSE, moved.amount))
    return entry(EntryKind.BANK_CHARGE, on, Source("bank-match", match_id), lines)


def placing_entry(match_id: UUID, moved: Moved, on: date) -> Entry | None:
    """Return what puts an entry made before its bank account was known onto that account: within 1010."""
    lines = (Posting(moved.bank, moved.amount), Posting(Account(Code.BANK), -moved.amount))
    return entry(EntryKind.TRANSFER, on, Source("bank-match", match_id), lines)
