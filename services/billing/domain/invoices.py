"""Invoices: their states, and what contracting, issuing, crediting and earning one posts.

Posting rules of reference: chart section 2d. A third party paying part of the price is not a price cut, so its share
has its own receivable and its own deferral and is never netted into the fee.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.billing.domain.accounts import Account, Code, payer_account
from services.billing.domain.posting import (
    Dimensions,
    Entry,
    EntryKind,
    Posting,
    Source,
    credit,
    debit,
    entry,
)
from services.billing.domain.shares import Share
from shared.events.vocabulary import PayerClass
from shared.money import Money


class InvoiceState(StrEnum):
    """Stored state of the document; whether it is paid is derived from allocations."""

    DRAFT = "draft"
    ISSUED = "issued"
    CANCELLED = "cancelled"
    CREDITED = "credited"
    VOID = "void"


ALLOWED: dict[InvoiceState, tuple[str, ...]] = {
    InvoiceState.DRAFT: ("issue", "cancel"),
    InvoiceState.ISSUED: ("credit", "allocate", "claim", "void"),
    InvoiceState.CANCELLED: (),
    InvoiceState.CREDITED: (),
    InvoiceState.VOID: (),
}
"""Steps that a state allows."""


@dataclass(frozen=True, slots=True)
class Billed:
    """An invoice as its entries need it: who owes what, for which training, and what of the fee was given up."""

    invoice_id: UUID
    enterprise_id: UUID
    shares: tuple[Share, ...]
    dimensions: Dimensions
    discount_minor: int = 0

    @property
    def source(self) -> Source:
        """The invoice as the source of an entry."""
        return Source("invoice", self.invoice_id)

    def of_share(self, share: Share) -> Dimensions:
        """Return the dimensions of a posting that concerns one share."""
        return replace(self.dimensions, payer_class=share.payer_class, agreement_id=share.agreement_id)


def contract_entry(billed: Billed, enrolled_on: date) -> Entry | None:
    """Return the memo entry of what each payer is bound to from the day of enrollment."""
    return entry(EntryKind.CONTRACT, enrolled_on, billed.source, _contract_lines(billed))


def _contract_lines(billed: Billed) -> Iterator[Posting]:
    for share in billed.shares:
        dimensions = billed.of_share(share)
        for code, line in ((Code.CONTRACTED, debit), (Code.CONTRACTED_CONTRA, credit)):
            account = payer_account(code, enterprise_id=billed.enterprise_id, agreement_id=share.agreement_id)
            yield line(account, share.net, dimensions)


def issue_entry(billed: Billed, issued_on: date) -> Entry | None:
    """Return the entry of an issued invoice: Dr 1110 and 1120, Cr 2130 and 2140, per payer; tax to 2210.

    Tax has lines of its own without payer class, so that cost recovery, which counts by payer class, leaves it out.
    """
    return entry(EntryKind.INVOICE, issued_on, billed.source, _issue_lines(billed))


def credit_entry(billed: Billed, credit_note_id: UUID, issued_on: date, reason: str) -> Entry | None:
    """Return the mirror of the issue entry, as a fact of the credit note."""
    mirrored = (replace(line, amount=-line.amount) for line in _issue_lines(billed))
    return entry(EntryKind.CREDIT_NOTE, issued_on, Source("credit-note", credit_note_id), mirrored, reason)


def _issue_lines(billed: Billed) -> Iterator[Posting]:
    for share in billed.shares:
        dimensions = billed.of_share(share)
        own = share.payer_class is PayerClass.ENTERPRISE
        receivable = Code.ENTERPRISE_RECEIVABLE if own else Code.SUBSIDY_RECEIVABLE
        deferred = Code.DEFERRED_INCOME if own else Code.DEFERRED_SUBSIDY
        for code, line in ((receivable, debit), (deferred, credit)):
            account = payer_account(code, enterprise_id=billed.enterprise_id, agreement_id=share.agreement_id)
            yield line(account, share.net, dimensions)
        yield debit(Account(Code.ENTERPRISE_RECEIVABLE, billed.enterprise_id), share.tax, billed.dimensions)
        yield credit(Account(Code.TAXES), share.tax, billed.dimensions)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What must have happened before a fee is earned; each date is None until then."""

    issued_on: date | None
    completed_on: date | None
    endline_on: date | None

    @property
    def earned_on(self) -> date | None:
        """The day on which the last of the three happened, or None while one is missing."""
        days = (self.issued_on, self.completed_on, self.endline_on)
        return None if None in days else max(day for day in days if day is not None)


def income_entry(billed: Billed, earned_on: date, *, first_module: bool) -> Entry | None:
    """Return the entry that makes the enterprise's share income: Dr 2130, Cr 4010 for the first module or 4011.

    What was given up is shown: the fee goes there as it was before the discount, Dr 4090 takes the discount off again.
    """
    code = Code.FEES_FIRST_MODULE if first_module else Code.FEES_FURTHER_MODULES
    lines: list[Posting] = []
    for share in billed.shares:
        if share.payer_class is PayerClass.ENTERPRISE:
            dimensions = billed.of_share(share)
            deferred = Account(Code.DEFERRED_INCOME, enterprise_id=billed.enterprise_id)
            discount = Money(billed.discount_minor, share.amount.currency)
            lines = [
                debit(deferred, share.net, dimensions),
                debit(Account(Code.DISCOUNTS), discount, dimensions),
                credit(Account(code), share.net + discount, dimensions),
            ]
    return entry(EntryKind.INCOME, earned_on, billed.source, lines)
