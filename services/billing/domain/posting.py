"""Entries and their postings, before the ledger has seen them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.billing.domain.accounts import Account
from shared.events.vocabulary import Delivery, PayerClass
from shared.money import Money


class EntryKind(StrEnum):
    """What an entry records; a reversal has the kind of what it reverses."""

    CONTRACT = "contract"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit-note"
    INCOME = "income"
    RECEIPT = "receipt"
    IDENTIFICATION = "identification"
    ALLOCATION = "allocation"
    CLAIM_APPROVAL = "claim-approval"
    CLAIM_REDUCTION = "claim-reduction"
    COST = "cost"
    IN_KIND = "in-kind"
    WRITE_OFF = "write-off"
    REFUND = "refund"
    BANK_CHARGE = "bank-charge"
    COST_PAYMENT = "cost-payment"
    TRANSFER = "transfer"
    JOURNAL = "journal"
    OPENING = "opening"
    CLOSING = "closing"
    REVALUATION = "revaluation"
    OFFSET = "offset"
    ALLOWANCE = "allowance"
    REMITTANCE = "remittance"


class UnbalancedEntry(ValueError):
    """A posting rule made an entry that does not balance: an error of ours, never the caller's."""


@dataclass(frozen=True, slots=True)
class Dimensions:
    """What a figure can be cut by; none of it changes a balance."""

    phase: str | None = None
    training_id: UUID | None = None
    module: str | None = None
    region: str | None = None
    delivery: Delivery | None = None
    payer_class: PayerClass | None = None
    agreement_id: UUID | None = None
    cost_kind: str | None = None
    is_in_kind: bool = False


@dataclass(frozen=True, slots=True)
class Posting:
    """One line: `amount` is positive for a debit, negative for a credit.

    `base` is the same in the book's currency, at the rate `fx_rate_id`; a line in that currency has none of its own.
    """

    account: Account
    amount: Money
    dimensions: Dimensions = field(default_factory=Dimensions)
    base: Money | None = None
    fx_rate_id: UUID | None = None

    @property
    def worth(self) -> Money:
        """The line in the book's currency."""
        return self.amount if self.base is None else self.base


def debit(account: Account, amount: Money, dimensions: Dimensions) -> Posting:
    """Return a debit of `amount`."""
    return Posting(account, amount, dimensions)


def credit(account: Account, amount: Money, dimensions: Dimensions) -> Posting:
    """Return a credit of `amount`."""
    return Posting(account, -amount, dimensions)


@dataclass(frozen=True, slots=True)
class Source:
    """The document an entry comes from; `version` counts entries of one kind from one document."""

    type: str
    id: UUID
    version: int = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A balanced set of postings for one fact on one day."""

    kind: EntryKind
    fact_on: date
    source: Source
    postings: tuple[Posting, ...]
    reason: str | None = None


def entry(
    kind: EntryKind, fact_on: date, source: Source, postings: Iterable[Posting], reason: str | None = None
) -> Entry | None:
    """Return the entry of `postings` without those of nothing, or None when nothing is left to book.

    Raises UnbalancedEntry unless the postings sum to zero in every currency and in the book's.
    """
    lines = tuple(posting for posting in postings if posting.amount or posting.worth)
    sums: dict[str, int] = {}
    worth: dict[str, int] = {}
    for line in lines:
        sums[line.amount.currency] = sums.get(line.amount.currency, 0) + line.amount.minor
        worth[line.worth.currency] = worth.get(line.worth.currency, 0) + line.worth.minor
    if any(sums.values()) or any(worth.values()) or len(worth) > 1:
        raise UnbalancedEntry(
            f"{kind} of {source.type} {source.id} is off by {sums}, in the book's currency by {worth}"
        )
    return Entry(kind, fact_on, source, lines, reason) if lines else None
