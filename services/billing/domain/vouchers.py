"""Entries that come from no document of another kind: by hand, and the closing of a year."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.billing.domain.accounts import Account, Code
from services.billing.domain.posting import Entry, EntryKind, Posting, Source, entry
from shared.money import Money


class VoucherKind(StrEnum):
    """What a voucher is for; each has an entry of the same kind."""

    JOURNAL = "journal"
    OPENING = "opening"
    CLOSING = "closing"


BY_HAND: Final = frozenset({"1010", "1020", "1130", "2210", "2310", "3010", "3020", "7210", "7910", "7930"})
"""Accounts that people post to. Every other one follows from documents, claims, payments and costs, and the checks
compare it with them; an amount written there by hand would be an error without a document."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What stands on an account, debit positive, in its own currency and in the book's."""

    account: Account
    amount: Money
    base: Money


def _total(amounts: Iterable[Money], currency: str) -> Money:
    return Money(sum(amount.minor for amount in amounts), currency)


def through_trading(postings: Iterable[Posting], functional: str) -> tuple[Posting, ...]:
    """Return `postings` with those on 7940 that make every currency sum to zero on its own.

    What is exchanged leaves one currency and enters another; 7940 takes both sides, each at its worth in `functional`.
    """
    lines = list(postings)
    if len({line.amount.currency for line in lines}) < 2:
        return tuple(lines)
    for currency in sorted({line.amount.currency for line in lines}):
        own = [line for line in lines if line.amount.currency == currency]
        amount = _total((line.amount for line in own), currency)
        worth = _total((line.worth for line in own), functional)
        if amount or worth:
            lines.append(Posting(Account(Code.TRADING), -amount, base=None if currency == functional else -worth))
    return tuple(lines)


def voucher_entry(
    kind: VoucherKind, voucher_id: UUID, on: date, postings: Sequence[Posting], functional: str, reason: str
) -> Entry | None:
    """Return the entry of a voucher; raises UnbalancedEntry when its lines differ in the book's currency."""
    lines = through_trading(postings, functional)
    return entry(EntryKind(kind.value), on, Source("voucher", voucher_id), lines, reason)


def difference(postings: Iterable[Posting], functional: str) -> Money:
    """Return by how much debits exceed credits, in the book's currency."""
    return _total((posting.worth for posting in postings), functional)


def closing_postings(results: Iterable[Balance], functional: str) -> tuple[Posting, ...]:
    """Return what moves the balances of income and expense accounts to the accumulated result, 3020.

    Amounts of other currencies are not there: results are kept in the book's currency.
    """
    lines = [Posting(each.account, -each.amount) for each in results if each.amount]
    total = _total((line.amount for line in lines), functional)
    return (*lines, Posting(Account(Code.ACCUMULATED_RESULT), -total)) if lines else ()
