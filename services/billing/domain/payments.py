"""Receipts: money that came in, and whose it is."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
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


def receipt_entry(payment_id: UUID, payer: Payer, amount: Money, method: Method, received_on: date) -> Entry | None:
    """Return the first of a receipt's two entries: Dr bank or cash, Cr 2120 suspense.

    Two entries rather than one, because a line of a bank statement is money before anybody knows whose; then only this
    one exists.
    """
    where = Account(Code.BANK if method is Method.BANK else Code.CASH)
    lines = (debit(where, amount, payer.dimensions), credit(Account(Code.SUSPENSE), amount, payer.dimensions))
    return entry(EntryKind.RECEIPT, received_on, Source("payment", payment_id), lines)


def identification_entry(payment_id: UUID, payer: Payer, amount: Money, identified_on: date) -> Entry | None:
    """Return the second: Dr 2120 suspense, Cr 2110 unapplied cash of the payer."""
    lines = (debit(Account(Code.SUSPENSE), amount, payer.dimensions), credit(payer.unapplied, amount, payer.dimensions))
    return entry(EntryKind.IDENTIFICATION, identified_on, Source("payment", payment_id), lines)
