"""What a bank line probably is: suggestions, each with its reasons and a score from 0 to 100.

A suggestion decides nothing. It is a wish that a person may make with one step, and everything it asks for is checked
again when it is posted.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import combinations
from typing import Final
from uuid import UUID

from services.billing.domain.allocations import OpenItem
from services.billing.domain.banking import MatchKind
from shared.money import Money

MOST: Final = 5
"""Suggestions kept for a line."""
_LOWEST: Final = 30
_TOLERANCE_PERCENT: Final = 2
_DAYS_BY_HAND: Final = 10
_DAYS_IN_TRANSIT: Final = 5
_DAYS_TO_BOUNCE: Final = 90
_MOST_SUMMED: Final = 12
_MOST_TOGETHER: Final = 4
_CHARGES: Final = ("comision", "comisión", "commission", "charge", "charges", "fee", "fees", "cargo", "itf", "frais")


class Why(StrEnum):
    """Reasons, with what each adds to the score in `POINTS`."""

    NAMED = "reference-names-it"
    EXACT = "exact-open-amount"
    ONLY_ONE = "no-other-of-this-amount"
    SEVERAL = "sum-of-several"
    TOLERANCE = "within-tolerance"
    ACCOUNT_SEEN = "payer-account-seen-before"
    NAME = "payer-name"
    BY_HAND = "recorded-by-hand"
    SAME_DAY = "same-day"
    SAME_REFERENCE = "same-reference"
    OWN_ACCOUNT = "own-account"
    REVERSAL = "bank-says-reversal"
    SAME_AMOUNT = "same-amount"
    CHARGE_WORD = "says-charge"


POINTS: Final[Mapping[Why, int]] = {
    Why.NAMED: 50,
    Why.EXACT: 30,
    Why.ONLY_ONE: 10,
    Why.SEVERAL: 10,
    Why.TOLERANCE: 15,
    Why.ACCOUNT_SEEN: 35,
    Why.NAME: 25,
    Why.BY_HAND: 60,
    Why.SAME_DAY: 15,
    Why.SAME_REFERENCE: 25,
    Why.OWN_ACCOUNT: 60,
    Why.REVERSAL: 40,
    Why.SAME_AMOUNT: 20,
    Why.CHARGE_WORD: 45,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A line as suggestions look at it; `said` is everything the bank passed on in words."""

    amount: Money
    booked_on: date
    said: str
    party_name: str
    party_account: str
    is_reversal: bool


@dataclass(frozen=True, slots=True)
class Debtor:
    """Who may have paid, with all that it owes; `accounts` are those it paid from before."""

    enterprise_id: UUID | None
    agreement_id: UUID | None
    name: str
    accounts: frozenset[str]
    items: tuple[OpenItem, ...]


@dataclass(frozen=True, slots=True)
class ByHand:
    """An entry on the bank that no statement has shown: what it moved and what its payment's reference says."""

    entry_id: UUID
    amount: Money
    on: date
    reference: str


@dataclass(frozen=True, slots=True)
class PaidBefore:
    """A payment that may bounce or be refunded; `names`: words by which a line may mean it."""

    payment_id: UUID
    amount: Money
    left: Money
    received_on: date
    names: tuple[str, ...]
    account: str
    payer: str


@dataclass(frozen=True, slots=True)
class OtherLine:
    """An unexplained line of another account of the same book."""

    line_id: UUID
    amount: Money
    booked_on: date


@dataclass(frozen=True, slots=True)
class Known:
    """What a book knows when it looks at a line."""

    debtors: Sequence[Debtor]
    by_hand: Sequence[ByHand]
    payments: Sequence[PaidBefore]
    lines: Sequence[OtherLine]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a line may be. `targets`: items and what each would get."""

    kind: MatchKind
    reasons: tuple[Why, ...]
    enterprise_id: UUID | None = None
    agreement_id: UUID | None = None
    targets: tuple[tuple[OpenItem, Money], ...] = ()
    payment_id: UUID | None = None
    entry_id: UUID | None = None
    counter_line_id: UUID | None = None

    @property
    def score(self) -> int:
        """How sure it is, at most 100."""
        return min(100, sum(POINTS[why] for why in self.reasons))


def suggest(line: Seen, known: Known) -> tuple[Suggestion, ...]:
    """Return the likeliest suggestions, best first; none where nothing speaks for any."""
    found = [*_by_hand(line, known.by_hand), *_transfers(line, known.lines)]
    found += _paid(line, known.debtors) if line.amount.minor > 0 else _gone(line, known.payments)
    likely = [each for each in found if each.score >= _LOWEST]
    return tuple(sorted(likely, key=lambda each: -each.score)[:MOST])


def _by_hand(line: Seen, entries: Iterable[ByHand]) -> Iterator[Suggestion]:
    for one in entries:
        if one.amount != line.amount or abs((one.on - line.booked_on).days) > _DAYS_BY_HAND:
            continue
        reasons = [Why.BY_HAND]
        if one.on == line.booked_on:
            reasons.append(Why.SAME_DAY)
        if one.reference and mentions(line.said, (one.reference,)):
            reasons.append(Why.SAME_REFERENCE)
        yield Suggestion(MatchKind.LINK, tuple(reasons), entry_id=one.entry_id)


def _transfers(line: Seen, others: Iterable[OtherLine]) -> Iterator[Suggestion]:
    for other in others:
        if other.amount == -line.amount and abs((other.booked_on - line.booked_on).days) <= _DAYS_IN_TRANSIT:
            same_day = (Why.SAME_DAY,) if other.booked_on == line.booked_on else ()
            yield Suggestion(MatchKind.TRANSFER, (Why.OWN_ACCOUNT, *same_day), counter_line_id=other.line_id)


def _paid(line: Seen, debtors: Sequence[Debtor]) -> Iterator[Suggestion]:
    of_amount = sum(item.open == line.amount for debtor in debtors for item in debtor.items)
    for debtor in debtors:
        who: list[Why] = []
        if line.party_account and line.party_account in debtor.accounts:
            who.append(Why.ACCOUNT_SEEN)
        if _same_name(line.party_name, debtor.name):
            who.append(Why.NAME)
        named = [item for item in debtor.items if mentions(line.said, item.names)]
        chosen, why = _choose(line.amount, named, debtor.items, is_known=bool(who), is_unique=of_amount == 1)
        if not (who or why):
            continue
        yield Suggestion(
            MatchKind.PAYMENT,
            (*why, *who),
            enterprise_id=debtor.enterprise_id,
            agreement_id=debtor.agreement_id,
            targets=_spread(line.amount, chosen),
        )


def _choose(
    amount: Money, named: Sequence[OpenItem], items: Sequence[OpenItem], *, is_known: bool, is_unique: bool
) -> tuple[Sequence[OpenItem], tuple[Why, ...]]:
    """Return which items an amount is for, and why: those named, else one of that amount, else several of that sum."""
    if named:
        total = sum(item.open.minor for item in named)
        several = (Why.SEVERAL,) if len(named) > 1 else ()
        if total == amount.minor:
            return named, (Why.NAMED, Why.EXACT, *several)
        if 0 < total - amount.minor <= total * _TOLERANCE_PERCENT // 100:
            return named, (Why.NAMED, Why.TOLERANCE, *several)
        return named, (Why.NAMED,)
    oldest = sorted(items, key=lambda item: (item.due_on, item.number))
    exact = [item for item in oldest if item.open == amount]
    if exact and (is_known or is_unique):
        return exact[:1], (Why.EXACT, Why.ONLY_ONE) if is_unique else (Why.EXACT,)
    if is_known:
        for size in range(2, _MOST_TOGETHER + 1):
            for together in combinations(oldest[:_MOST_SUMMED], size):
                if sum(item.open.minor for item in together) == amount.minor:
                    return together, (Why.EXACT, Why.SEVERAL)
        near = [
            item for item in oldest if 0 < item.open.minor - amount.minor <= item.open.minor * _TOLERANCE_PERCENT // 100
        ]
        if near:
            return near[:1], (Why.TOLERANCE,)
        return oldest, ()
    return (), ()


def _spread(amount: Money, items: Sequence[OpenItem]) -> tuple[tuple[OpenItem, Money], ...]:
    """Return what each item gets of an amount, oldest due first; what is too much stays with the payer."""
    targets = []
    for item in sorted(items, key=lambda each: (each.due_on, each.number)):
        part = min(amount, item.open)
        if part:
            targets.append((item, part))
            amount = amount - part
    return tuple(targets)


def _gone(line: Seen, payments: Sequence[PaidBefore]) -> Iterator[Suggestion]:
    out = -line.amount
    for paid in payments:
        who: list[Why] = []
        if line.party_account and line.party_account == paid.account:
            who.append(Why.ACCOUNT_SEEN)
        if _same_name(line.party_name, paid.payer):
            who.append(Why.NAME)
        if mentions(line.said, paid.names):
            who.append(Why.NAMED)
        age = (line.booked_on - paid.received_on).days
        if paid.amount == out and 0 <= age <= _DAYS_TO_BOUNCE and (who or line.is_reversal):
            reversal = (Why.REVERSAL,) if line.is_reversal else ()
            yield Suggestion(MatchKind.BOUNCE, (Why.SAME_AMOUNT, *reversal, *who), payment_id=paid.payment_id)
        if out <= paid.left and age >= 0 and who and not line.is_reversal:
            exact = (Why.EXACT,) if paid.left == out else ()
            yield Suggestion(MatchKind.REFUND, (*exact, *who), payment_id=paid.payment_id)
    if mentions(line.said, _CHARGES):
        yield Suggestion(MatchKind.BANK_CHARGE, (Why.CHARGE_WORD,))


def mentions(said: str, names: Iterable[str]) -> bool:
    """Tell whether a line says one of `names`, however it is separated: `INV 2016 00012` is `INV-2016-00012`.

    Looser than what allocation by rule asks of a payment's reference (`is_named`), since a person decides here.
    """
    squeezed = _squeeze(said)
    # The letters alone first: most names are nowhere in most lines, and a pattern takes far longer to say so.
    return any(_squeeze(name) in squeezed and _pattern(name).search(said.casefold()) for name in names)


@lru_cache(maxsize=65536)
def _squeeze(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


@lru_cache(maxsize=4096)
def _pattern(name: str) -> re.Pattern[str]:
    parts = r"[\W_]{0,3}".join(re.escape(part) for part in re.findall(r"[^\W_]+", name.casefold()))
    return re.compile(rf"(?<![^\W_]){parts}(?![^\W_])" if parts else r"(?!)")


def _same_name(one: str, other: str) -> bool:
    """Tell whether two names are the same but for case, order and punctuation; one word alone says too little."""
    mine, theirs = _words(one), _words(other)
    return len(mine) > 1 and len(theirs) > 1 and (mine <= theirs or theirs <= mine)


def _words(name: str) -> frozenset[str]:
    cleaned = "".join(letter if letter.isalnum() else " " for letter in name.casefold())
    return frozenset(cleaned.split())
