"""Before and after: one KPI of one enterprise, compared exactly."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from services.assessment.domain.kpi import Measure
from shared.events.vocabulary import Direction, KpiStatus


class Verdict(StrEnum):
    """What a change means, by the KPI's direction."""

    IMPROVED = "improved"
    UNCHANGED = "unchanged"
    WORSE = "worse"


class Gap(StrEnum):
    """Why an assessed enterprise has no before/after of a KPI; the reasons are never merged."""

    NOT_TRACKED = "not-tracked"
    REFUSED = "refused"
    NOT_APPLICABLE = "not-applicable"
    NOT_ASKED = "not-asked"
    OTHER_DEFINITION = "other-definition"


_GAP_OF = {
    KpiStatus.NOT_TRACKED: Gap.NOT_TRACKED,
    KpiStatus.REFUSED: Gap.REFUSED,
    KpiStatus.NOT_APPLICABLE: Gap.NOT_APPLICABLE,
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A stored reading; `numerator` and `denominator` in ten-thousandths, as of `Quantity.units`, when measured."""

    measure: Measure
    status: KpiStatus
    numerator: int | None
    denominator: int | None


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """One KPI of one enterprise: the baseline's reading and the one it is compared with; None when not asked."""

    kpi: str
    before: Reading | None
    after: Reading | None


def gap(pair: BeforeAfter, measure: Measure) -> Gap | None:
    """Return why `pair` has no before/after in `measure`, the earlier reason first; None when it has both values."""
    for reading in (pair.before, pair.after):
        if reading is None:
            return Gap.NOT_ASKED
        if reading.status in _GAP_OF:
            return _GAP_OF[reading.status]
    measures = {reading.measure for reading in (pair.before, pair.after) if reading is not None}
    return None if measures == {measure} else Gap.OTHER_DEFINITION


def values(pair: BeforeAfter) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return (numerator, denominator) before and after of a pair without a gap."""
    both = []
    for reading in (pair.before, pair.after):
        if reading is None or reading.numerator is None or reading.denominator is None:
            raise ValueError(f"{pair.kpi} was not measured before and after")
        both.append((reading.numerator, reading.denominator))
    return both[0], both[1]


def verdict(direction: Direction, before: tuple[int, int], after: tuple[int, int]) -> Verdict:
    """Compare two values given as (numerator, denominator), exactly, by multiplying across; denominators are positive.

    Lower is better: a smaller value after is an improvement. Swapping the direction swaps improved and worse.
    """
    left, right = before[0] * after[1], after[0] * before[1]
    if left == right:
        return Verdict.UNCHANGED
    return Verdict.IMPROVED if (right > left) == (direction is Direction.HIGHER) else Verdict.WORSE


def scaled(scale: int, numerator: int, denominator: int) -> Fraction:
    """Return numerator / denominator x scale, in the KPI's unit, exact."""
    return Fraction(numerator * scale, denominator)
