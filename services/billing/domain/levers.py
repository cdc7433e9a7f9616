"""What one thing alone must become for cost recovery to reach a target, all else as it was in the window.

Numerator and denominator are straight lines of the lever, N(x) = a + b x and D(x) = c + d x, and the question is which
whole x >= 0 make N(x) >= target * D(x) with D(x) > 0. Everything is whole numbers and fractions; the answer is rounded
in the direction that still reaches the target.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from services.billing.domain.recovery import Component, Formula


class Direction(StrEnum):
    """From which side the answer reaches the target."""

    AT_LEAST = "at-least"
    AT_MOST = "at-most"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Line:
    """N(x) = a + b x over D(x) = c + d x, with whole coefficients."""

    a: int
    b: int
    c: int
    d: int

    def reaches(self, x: int, target: Fraction) -> bool:
        """Tell whether the ratio at `x` is at least `target`; without cost there is no ratio and it reaches nothing."""
        top, bottom = self.a + self.b * x, self.c + self.d * x
        return bottom > 0 and top >= target * bottom


@dataclass(frozen=True, slots=True)
class Answer:
    """The limit of a lever; `value` is None when no value of it reaches the target, and `reason` says why."""

    value: int | None
    direction: Direction | None
    reason: str | None = None


def solve(line: Line, target: Fraction, why_not: str) -> Answer:
    """Return the smallest or largest whole x >= 0 that reaches `target`; `why_not` is the reason when there is none.

    The ratio must rise or fall with x throughout, which holds where no coefficient of D is negative.
    """
    if line.c < 0 or line.d < 0:
        return Answer(None, None, "the other cost of this window is negative")
    first = 0 if line.c > 0 else 1  # D(0) = 0 is no ratio
    if line.c == line.d == 0:
        return Answer(None, None, "there is no cost in this window and scope")
    level, slope = line.a - target * line.c, line.b - target * line.d
    if slope == 0:
        return Answer(first, Direction.ANY) if level >= 0 else Answer(None, None, why_not)
    limit = -level / slope
    if slope > 0:
        return Answer(max(first, -(-limit.numerator // limit.denominator)), Direction.AT_LEAST)
    most = limit.numerator // limit.denominator
    return Answer(most, Direction.AT_MOST) if most >= first else Answer(None, None, why_not)


class LeverKind(StrEnum):
    """What is moved."""

    FEE_TOTAL = "fee-total"
    FEE = "fee-per-enrollment"
    VOLUME = "trainings"
    SUBSIDY_PARTNER = "subsidy-P"
    SUBSIDY_GOVERNMENT = "subsidy-G"
    SUBSIDY_BUYER = "subsidy-B"
    SUBSIDY_DONOR = "subsidy-D"
    SUBSIDY_ILO = "subsidy-I"
    DIRECT_COST = "direct-cost"
    OVERHEAD = "overhead"


SUBSIDIES: Final = {
    LeverKind.SUBSIDY_PARTNER: Component.P,
    LeverKind.SUBSIDY_GOVERNMENT: Component.G,
    LeverKind.SUBSIDY_BUYER: Component.B,
    LeverKind.SUBSIDY_DONOR: Component.D,
    LeverKind.SUBSIDY_ILO: Component.I,
}
COSTS: Final = {LeverKind.DIRECT_COST: Component.C_DIR, LeverKind.OVERHEAD: Component.C_OVH}


@dataclass(frozen=True, slots=True)
class Volume:
    """How much was delivered in the window: enrollments that were billed, and trainings that had fees or cost."""

    enrollments: int
    trainings: int


@dataclass(frozen=True, slots=True)
class Lever:
    """One lever: what it is now, the line it moves along, and its answer.

    `now` and the answer's value are minor units, or trainings for the volume. `now` is exact: the fee per enrollment
    is a mean.
    """

    kind: LeverKind
    now: Fraction | None
    line: Line | None
    answer: Answer


def levers(
    formula: Formula, sums: Mapping[Component, int], volume: Volume, target: Fraction = Fraction(1)
) -> tuple[Lever, ...]:
    """Return every lever of `formula` over `sums`, each alone.

    The volume moves whole trainings: each brings the fees, subsidies, gifts in kind and direct cost of the mean
    training of the window; overhead stays. Without overhead in the formula the volume moves nothing.
    """

    def total(components: tuple[Component, ...]) -> int:
        return sum(sums.get(component, 0) for component in components)

    top, bottom = total(formula.numerator), total(formula.denominator)

    def counted(component: Component) -> Line:
        return Line(top - sums.get(component, 0), 1, bottom, 0)

    found = [_of(LeverKind.FEE_TOTAL, sums.get(Component.F, 0), counted(Component.F), target, "")]
    found.append(_fee(counted(Component.F), sums.get(Component.F, 0), volume, target))
    found.append(_volume(formula, sums, volume, target))
    for kind, component in SUBSIDIES.items():
        now = sums.get(component, 0)
        if component in formula.numerator:
            found.append(_of(kind, now, counted(component), target, ""))
        else:
            reason = f"{formula.code} does not count {component}"
            if component is Component.I:
                reason = "the ILO's money is in no numerator"
            found.append(Lever(kind, Fraction(now), None, Answer(None, None, reason)))
    for kind, component in COSTS.items():
        now = sums.get(component, 0)
        if component in formula.denominator:
            line = Line(top, 0, bottom - now, 1)
            found.append(_of(kind, now, line, target, "the rest of the cost alone is more than what is paid"))
        else:
            found.append(
                Lever(kind, Fraction(now), None, Answer(None, None, f"{formula.code} does not count {component}"))
            )
    return tuple(found)


def _of(kind: LeverKind, now: int, line: Line, target: Fraction, why_not: str) -> Lever:
    return Lever(kind, Fraction(now), line, solve(line, target, why_not))


def _fee(total: Line, now: int, volume: Volume, target: Fraction) -> Lever:
    if volume.enrollments <= 0:
        reason = "no enrollment was billed in this window and scope"
        return Lever(LeverKind.FEE, None, None, Answer(None, None, reason))
    line = Line(total.a, volume.enrollments, total.c, total.d)
    return Lever(LeverKind.FEE, Fraction(now, volume.enrollments), line, solve(line, target, ""))


def _volume(formula: Formula, sums: Mapping[Component, int], volume: Volume, target: Fraction) -> Lever:
    if volume.trainings <= 0:
        reason = "no training had fees or cost in this window and scope"
        return Lever(LeverKind.VOLUME, None, None, Answer(None, None, reason))
    now = Fraction(volume.trainings)
    if Component.C_OVH not in formula.denominator:
        reason = "fees and direct cost grow alike with the number of trainings: the ratio stays as it is"
        return Lever(LeverKind.VOLUME, now, None, Answer(None, None, reason))
    overhead = sums.get(Component.C_OVH, 0)
    paid = sum(sums.get(component, 0) for component in formula.numerator)
    direct = sum(sums.get(component, 0) for component in formula.denominator) - overhead
    # Both sides times the trainings of the window, which changes no ratio and keeps the coefficients whole.
    line = Line(0, paid, overhead * volume.trainings, direct)
    why_not = "a training does not even pay its own direct cost: more of them widen the gap"
    return Lever(LeverKind.VOLUME, now, line, solve(line, target, why_not))
