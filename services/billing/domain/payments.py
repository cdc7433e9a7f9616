"""Receipts: money that came in, whose it is, and how it goes back."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.billing.domain.accounts import Account, Code, payer_account
from services.billing.domain.posting import Dimensions, Entry, EntryKind, Source, credit, debit, entry
from shared.events.vocabulary import PayerClass
from shared.money import Money


class Method(StrEnum):
    """How money came."""

    BANK = "bank"
    CASH = "cash"
    MOBILE_MONEY = "mobile-money"


class PaymentState(StrEnum):
    """Where a payment stands; derived, as is what of it is allocated or refunded."""

    RECORDED = "recorded"
    IDENTIFIED = "identified"
    REVERSED = "reversed"


ALLOWED: Final[dict[PaymentState, tuple[str, ...]]] = {
    PaymentState.RECORDED: ("identify", "reverse"),
    PaymentState.IDENTIFIED: ("allocate", "refund", "reverse"),
    PaymentState.REVERSED: (),
}
"""Steps that a state allows."""


@dataclass(frozen=True, slots=True)
class Payer:
    """Who paid: an enterprise (class F) or the payer of an agreement."""

    payer_class: PayerClass
    enterprise_id: UUID | None
    agreement_id: UUID | None

    @property
    def unapplied(self) -> Account:
        """Where this payer's money waits until it is set against something; never negative."""
        return payer_account(Code.UNAPPLIED, enterprise_id=self.enterprise_id, agreement_id=self.agreement_id)

    @property
    def receivable(self) -> Account:
        """Where what this payer owes is kept."""
        code = Code.ENTERPRISE_RECEIVABLE if self.agreement_id is None else Code.SUBSIDY_RECEIVABLE
        return payer_account(code, enterprise_id=self.enterprise_id, agreement_id=self.agreement_id)

    @property
    def dimensions(self) -> Dimensions:
        """The dimensions of money that is not yet for anything."""
        return Dimensions(payer_class=self.payer_class, agreement_id=self.agreement_id)


def till(method: Method, bank_account_id: UUID | None) -> Account:
    """Return where money of a method is: the bank, by its account where it has one, or cash in transit."""
    if method is not Method.BANK:
        return Account(Code.CASH)
    return Account(Code.BANK, bank_account_id=bank_account_id)


def receipt_entry(
    payment_id: UUID, payer: Payer | None, amount: Money, where: Account, received_on: date
) -> Entry | None:
    """Return the first of a receipt's two entries: Dr bank or cash, Cr 2120 suspense.

    Two entries rather than one, because money is there before anybody knows whose; then only this one exists.
    """
    dimensions = Dimensions() if payer is None else payer.dimensions
    lines = (debit(where, amount, dimensions), credit(Account(Code.SUSPENSE), amount, dimensions))
    return entry(EntryKind.RECEIPT, received_on, Source("payment", payment_id), lines)


def identification_entry(
    payment_id: UUID, payer: Payer, amount: Money, identified_on: date, version: int = 1
) -> Entry | None:
    """Return the second: Dr 2120 suspense, Cr 2110 unapplied cash of the payer."""
    lines = (debit(Account(Code.SUSPENSE), amount, payer.dimensions), credit(payer.unapplied, amount, payer.dimensions))
    return entry(EntryKind.IDENTIFICATION, identified_on, Source("payment", payment_id, version), lines)


def refund_entry(refund_id: UUID, payer: Payer, amount: Money, where: Account, refunded_on: date) -> Entry | None:
    """Return what a payer gets back: Dr 2110, Cr bank or cash; 2120 where a line of a statement is in it already."""
    lines = (debit(payer.unapplied, amount, payer.dimensions), credit(where, amount, payer.dimensions))
    return entry(EntryKind.REFUND, refunded_on, Source("refund", refund_id), lines)


def return_entry(reversal_id: UUID, amount: Money, where: Account, returned_on: date) -> Entry | None:
    """Return the bank's taking back of money that a statement has shown: Dr 2120, Cr bank.

    The receipt of a line stands, since the bank shows both movements.
    """
    lines = (debit(Account(Code.SUSPENSE), amount, Dimensions()), credit(where, amount, Dimensions()))
    return entry(EntryKind.RECEIPT, returned_on, Source("payment-reversal", reversal_id), lines)
