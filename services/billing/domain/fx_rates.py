"""Reporting in another currency: which exchange rate holds for a month, and rounding once at the end.

Figures are translated when they are reported; nothing is posted for it. Each month's sum is translated at that month's
rate. A rate says what one unit of `base` was worth in `quote`. Rates of one source are used at a time, and of several
for one pair and day the one recorded last holds, as it corrects the others. A month without a rate is refused, never
guessed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar
from uuid import UUID

from services.billing.domain.windows import Month

KeyT = TypeVar("KeyT")


class RateSource(StrEnum):
    """Who says what a currency was worth."""

    UN_OPERATIONAL = "un-operational"
    CENTRAL_BANK = "central-bank"
    CONTRACT = "contract"


class RateMethod(StrEnum):
    """Which rate a month's sum is translated at.

    MONTH_END: the last rate dated in the month. MONTH_AVERAGE: the mean of the rates dated in it, each day once.
    FIXED: one rate for everything, named by its id.
    """

    MONTH_END = "month-end"
    MONTH_AVERAGE = "month-average"
    FIXED = "fixed"


class Derivation(StrEnum):
    """How a rate was come by."""

    QUOTED = "quoted"
    INVERSE = "inverse"
    CROSS = "cross"


@dataclass(frozen=True, slots=True)
class Pair:
    """From one currency into another."""

    base: str
    quote: str

    @property
    def inverse(self) -> "Pair":
        """The other way round."""
        return Pair(self.quote, self.base)

    def __str__(self) -> str:
        """Write `BOB/USD`."""
        return f"{self.base}/{self.quote}"


@dataclass(frozen=True, slots=True)
class Quoted:
    """A rate as it was recorded."""

    id: UUID
    pair: Pair
    rate: Decimal
    on: date
    captured_at: datetime


@dataclass(frozen=True, slots=True)
class Rate:
    """The rate that holds for a month (None: for every month), and the recorded rates that it comes from."""

    month: Month | None
    pair: Pair
    value: Fraction
    derivation: Derivation
    sources: tuple[Quoted, ...]


class NoRate(ValueError):
    """There is no rate for a month and pair."""

    def __init__(self, month: Month, pair: Pair) -> None:
        super().__init__(f"{pair} has no rate in {month}")
        self.month = month
        self.pair = pair


def standing(quotes: Iterable[Quoted]) -> list[Quoted]:
    """Return the quotes that hold, by day: of each pair and day the one recorded last."""
    last: dict[tuple[Pair, date], Quoted] = {}
    for quote in sorted(quotes, key=lambda each: (each.captured_at, each.id)):
        last[quote.pair, quote.on] = quote
    return sorted(last.values(), key=lambda each: each.on)


def rate_of(month: Month, pair: Pair, quotes: Sequence[Quoted], method: RateMethod, via: str | None = None) -> Rate:
    """Return the rate of a month from the `standing` quotes of one source.

    The pair as quoted; else the inverse of the opposite pair; else, only where a currency to go `via` is named, the
    product of the two legs, each found by the first two rules. Raises NoRate.
    """
    direct = _direct(month, pair, quotes, method)
    if direct is not None:
        return direct
    if via is None or via in (pair.base, pair.quote):
        raise NoRate(month, pair)
    legs = []
    for leg in (Pair(pair.base, via), Pair(via, pair.quote)):
        found = _direct(month, leg, quotes, method)
        if found is None:
            raise NoRate(month, leg)
        legs.append(found)
    first, second = legs
    return Rate(month, pair, first.value * second.value, Derivation.CROSS, first.sources + second.sources)


def _direct(month: Month, pair: Pair, quotes: Sequence[Quoted], method: RateMethod) -> Rate | None:
    for wanted, derivation in ((pair, Derivation.QUOTED), (pair.inverse, Derivation.INVERSE)):
        dated = [quote for quote in quotes if quote.pair == wanted and Month.of(quote.on) == month]
        if dated:
            used = tuple(dated) if method is RateMethod.MONTH_AVERAGE else (dated[-1],)
            value = sum((Fraction(quote.rate) for quote in used), Fraction(0)) / len(used)
            return Rate(month, pair, value if derivation is Derivation.QUOTED else 1 / value, derivation, used)
    return None


def fixed_rate(pair: Pair, quote: Quoted) -> Rate | None:
    """Return one recorded rate as the rate of every month, or None when it is of other currencies."""
    if quote.pair == pair:
        return Rate(None, pair, Fraction(quote.rate), Derivation.QUOTED, (quote,))
    if quote.pair == pair.inverse:
        return Rate(None, pair, 1 / Fraction(quote.rate), Derivation.INVERSE, (quote,))
    return None


def translated(minor: int, rate: Rate, digits: tuple[int, int]) -> Fraction:
    """Return minor units of the pair's quote currency, exact; `digits` are the decimals of base and quote."""
    base, quote = digits
    return minor * rate.value * Fraction(10) ** (quote - base)


def round_half_up(exact: Fraction) -> int:
    """Round to a whole number, half away from zero."""
    size = (2 * abs(exact) + 1) // 2
    return int(size) if exact >= 0 else -int(size)


def apportion(exact: Mapping[KeyT, Fraction], total: int | None = None) -> dict[KeyT, int]:
    """Round every part so that together they make `total`, by default their own sum rounded half away from zero.

    Largest remainder first, earlier part first on a tie; a part is off by less than one unit, unless `total` lies
    further from the sum than the parts can take, which raises ValueError.
    """
    whole = {key: part.numerator // part.denominator for key, part in exact.items()}
    if total is None:
        total = round_half_up(sum(exact.values(), Fraction(0)))
    missing = total - sum(whole.values())
    if not 0 <= missing <= len(whole):
        raise ValueError(f"{len(whole)} parts cannot take {missing} units")
    order = sorted(whole, key=lambda key: whole[key] - exact[key])
    for key in order[:missing]:
        whole[key] += 1
    return whole
