"""When a programme will pay for itself: the month in which its rolling ratio first reaches a target, with a band.

Method, all in whole numbers, so that the same sums give the same answer everywhere:

1. A month's surplus is its numerator less the target times its denominator. The ratio of sums over a rolling window
   reaches the target exactly when the surpluses of the window add up to nothing or more, so one series is enough.
2. A straight line is fitted to the surpluses of the last `history` whole months by least squares. Least squares is
   linear: it is the same as fitting numerator and denominator apart and taking the ratio of the two forecast sums.
3. What the line leaves unexplained is drawn again in blocks of months that follow each other (circular block bootstrap,
   residuals made larger by the degrees of freedom the line took), once for the past, to which the line is then fitted
   anew, and once for the months to come. Each such path gives one month of first crossing.
4. `earliest`, `central` and `latest` are the 10th, 50th and 90th percentile of these months: a band of 80 per cent.

The draws come from a fixed seed. No float is used: the fit is scaled to whole numbers, and the one square root is
rounded down to six decimals.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import accumulate
from math import isqrt
from typing import Final

from services.billing.domain.windows import Month

_ROOT_SCALE: Final = 10**6
_PERCENTILES: Final = (10, 50, 90)
FEWEST_MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class MonthSums:
    """Numerator and denominator of one calendar month, in minor units."""

    month: Month
    top: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Method:
    """What a forecast was made with, in months; stated with every answer.

    window: of the rolling ratio. history: how many months the line is fitted to at most. horizon: how far ahead it
    looks. block: months drawn together. replicates, seed: of the bootstrap.
    """

    window: int = 12
    history: int = 36
    horizon: int = 120
    block: int = 3
    replicates: int = 400
    seed: int = 2014

    @property
    def fewest(self) -> int:
        """How many whole months it takes at least."""
        return max(self.window, FEWEST_MONTHS)


class Outcome(StrEnum):
    """What a forecast says."""

    EXPECTED = "expected"
    ALREADY_REACHED = "already-reached"
    FALLING = "falling"
    NOT_WITHIN_HORIZON = "not-within-horizon"
    TOO_FEW_MONTHS = "too-few-months"
    NO_COST = "no-cost"
    OVERHEAD_NOT_IN_SCOPE = "overhead-not-in-scope"


@dataclass(frozen=True, slots=True)
class Forecast:
    """The answer. Of the band each end is None when it lies beyond the horizon.

    since: the first month of the unbroken run at or above the target, when it is reached already. used: the months the
    line was fitted to. within_horizon: how many of the replicates cross.
    """

    outcome: Outcome
    method: Method
    used: tuple[Month, Month] | None = None
    since: Month | None = None
    earliest: Month | None = None
    central: Month | None = None
    latest: Month | None = None
    within_horizon: int = 0


def forecast(months: Sequence[MonthSums], target: Fraction = Fraction(1), method: Method | None = None) -> Forecast:
    """Return when the rolling ratio of `months` (whole, consecutive, oldest first) reaches `target`."""
    method = method or Method()
    if len(months) < method.fewest:
        return Forecast(Outcome.TOO_FEW_MONTHS, method)
    reached = list(_reached(months, target, method.window))
    if reached[-1] is None:
        return Forecast(Outcome.NO_COST, method)
    if reached[-1]:
        run = next((back for back, was in enumerate(reversed(reached)) if not was), len(reached))
        return Forecast(Outcome.ALREADY_REACHED, method, since=months[-run].month)
    used = months[-method.history :]
    line = _Line([_surplus(each, target) for each in used])
    crossings = _crossings(line, method)
    earliest, central, latest = (_percentile(crossings, method.replicates, percent) for percent in _PERCENTILES)
    last = months[-1].month

    def ahead(offset: int | None) -> Month | None:
        return None if offset is None else last.plus(offset)

    outcome = Outcome.EXPECTED
    if central is None:
        outcome = Outcome.NOT_WITHIN_HORIZON if line.rises else Outcome.FALLING
    return Forecast(
        outcome,
        method,
        used=(used[0].month, last),
        earliest=ahead(earliest),
        central=ahead(central),
        latest=ahead(latest),
        within_horizon=len(crossings),
    )


def _surplus(sums: MonthSums, target: Fraction) -> int:
    # Times the target's denominator, so that it is a whole number; a factor that is the same for every month.
    return target.denominator * sums.top - target.numerator * sums.bottom


def _reached(months: Sequence[MonthSums], target: Fraction, window: int) -> Iterator[bool | None]:
    """Tell for each month that closes a whole window whether the ratio is at `target`; None where it has no cost."""
    tops = list(accumulate((each.top for each in months), initial=0))
    bottoms = list(accumulate((each.bottom for each in months), initial=0))
    for end in range(window, len(months) + 1):
        top, bottom = tops[end] - tops[end - window], bottoms[end] - bottoms[end - window]
        yield top >= target * bottom if bottom > 0 else None


class _Line:
    """A least-squares line through values at equal distances, scaled by `scale` so that it is whole everywhere."""

    def __init__(self, values: Sequence[int]) -> None:
        self.values = values
        self.size = len(values)
        # Twice the distance from the middle: whole numbers that add up to nothing.
        self.places = range(1 - self.size, self.size, 2)
        self.spread = sum(place * place for place in self.places)
        self.scale = self.size * self.spread
        self._level = self.spread * sum(values)
        self._slope = self.size * sum(place * value for place, value in zip(self.places, values, strict=True))

    @property
    def rises(self) -> bool:
        """Whether the values grow along the line."""
        return self._slope > 0

    def at(self, step: int) -> int:
        """Return the scaled line `step` places after the first value."""
        return self._level + self._slope * (1 - self.size + 2 * step)

    @property
    def residuals(self) -> list[int]:
        """What the line leaves, scaled; of two values fewer than there are, which it took to draw the line."""
        widened = isqrt(self.size * _ROOT_SCALE**2 // (self.size - 2))
        return [(self.scale * value - self.at(step)) * widened // _ROOT_SCALE for step, value in enumerate(self.values)]


def _crossings(line: _Line, method: Method) -> list[int]:
    """Return in how many months each path first reaches the target, in order; paths that never do are left out."""
    draw = random.Random(method.seed)  # noqa: S311 - a statistical draw that everybody can repeat
    residuals, size, window = line.residuals, line.size, method.window
    fitted = [line.at(step) for step in range(size)]
    factor = line.scale * line.scale
    past = [factor * value for value in line.values[-window:]]
    found = []
    for _ in range(method.replicates):
        again = _Line([base + off for base, off in zip(fitted, _drawn(draw, residuals, size, method), strict=True)])
        noise = _drawn(draw, residuals, method.horizon, method)
        recent = list(past)
        total = sum(recent)
        for ahead in range(method.horizon):
            value = again.at(size + ahead) + line.scale * noise[ahead]
            recent.append(value)
            total += value - recent[ahead]
            if total >= 0:
                found.append(ahead + 1)
                break
    return sorted(found)


def _drawn(draw: random.Random, residuals: Sequence[int], count: int, method: Method) -> list[int]:
    size = len(residuals)
    out: list[int] = []
    while len(out) < count:
        start = draw.randrange(size)
        out += [residuals[(start + offset) % size] for offset in range(method.block)]
    return out[:count]


def _percentile(crossings: Sequence[int], replicates: int, percent: int) -> int | None:
    place = (replicates * percent + 99) // 100 - 1
    return crossings[place] if place < len(crossings) else None


@dataclass(frozen=True, slots=True)
class Trial:
    """A forecast made from the past alone, and what came.

    actual: the month in which the ratio did reach the target, None while it has not. covered: whether the band holds
    it; None while that is still open.
    """

    made_after: Month
    earliest: Month | None
    central: Month | None
    latest: Month | None
    actual: Month | None
    covered: bool | None


def backtest(
    months: Sequence[MonthSums], target: Fraction = Fraction(1), method: Method | None = None, trials: int = 24
) -> list[Trial]:
    """Forecast from each of the last `trials` months at which the target was not reached yet, and compare."""
    method = method or Method()
    reached = list(_reached(months, target, method.window))
    results = []
    for known in range(max(method.fewest, len(months) - trials), len(months)):
        made = forecast(months[:known], target, method)
        if made.used is None:
            continue
        later = (at for at in range(known + 1, len(months) + 1) if reached[at - method.window])
        at = next(later, None)
        actual = None if at is None else months[at - 1].month
        results.append(
            Trial(
                months[known - 1].month,
                made.earliest,
                made.central,
                made.latest,
                actual,
                _covers(made, actual, months[-1].month),
            )
        )
    return results


def _covers(made: Forecast, actual: Month | None, last: Month) -> bool | None:
    if actual is not None:
        return made.earliest is not None and made.earliest <= actual and (made.latest is None or actual <= made.latest)
    # Not reached by now: wrong for certain once the band has passed.
    return False if made.latest is not None and made.latest <= last else None
