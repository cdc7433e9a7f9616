"""Cost recovery: the five formulas of domain/score.md 3.2, each a ratio of sums.

F enterprise fees, P national partner's own funds, G government, B lead buyer, D donor other than the ILO, I ILO,
K in kind, C_dir direct training cost, C_ovh overhead. Which posting makes which component on which basis is in
docs/cost-recovery.md and in the view `ledger.recovery_posting`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from shared.money import Money


class Component(StrEnum):
    """A sum that formulas are made of."""

    F = "F"
    P = "P"
    G = "G"
    B = "B"
    D = "D"
    I = "I"  # noqa: E741 - the letter of the formulas
    K = "K"
    C_DIR = "C_dir"
    C_OVH = "C_ovh"


@dataclass(frozen=True, slots=True)
class Formula:
    """One way to measure recovery."""

    code: str
    numerator: tuple[Component, ...]
    denominator: tuple[Component, ...]
    meaning: str

    @property
    def text(self) -> str:
        """The formula as people write it, for example `(F+P+G+B+D) / C_dir`."""
        return f"{_side(self.numerator)} / {_side(self.denominator)}"


def _side(components: tuple[Component, ...]) -> str:
    joined = "+".join(components)
    return joined if len(components) == 1 else f"({joined})"


_C = Component
FORMULAS: Final = (
    Formula("CR-1", (_C.F,), (_C.C_DIR,), "enterprise willingness to pay"),
    Formula("CR-2", (_C.F, _C.P, _C.G, _C.B, _C.D), (_C.C_DIR,), "the ILO's indicator: cost covered by non-ILO money"),
    Formula(
        "CR-3",
        (_C.F, _C.P, _C.G, _C.B, _C.D, _C.K),
        (_C.C_DIR, _C.K),
        "the same with contributions in kind, counted on both sides",
    ),
    Formula("CR-4", (_C.F, _C.P, _C.G, _C.B), (_C.C_DIR,), "independence of donors"),
    Formula("CR-5", (_C.F, _C.P, _C.G, _C.B), (_C.C_DIR, _C.C_OVH), "national self-sufficiency at full cost"),
)
FORMULA: Final = {formula.code: formula for formula in FORMULAS}
SELF_SUFFICIENCY: Final = "CR-5"
PAYERS: Final = (_C.F, _C.P, _C.G, _C.B, _C.D, _C.I)
"""Who pays in money."""
COSTS: Final = (_C.C_DIR, _C.C_OVH)


@dataclass(frozen=True, slots=True)
class Measured:
    """A formula with its two sums; `reason` says why there is no ratio."""

    formula: Formula
    numerator: Money
    denominator: Money
    reason: str | None = None

    @property
    def ratio(self) -> Decimal | None:
        """Numerator over denominator, rounded half away from zero to four decimals; None when `reason` is set."""
        if self.reason is not None:
            return None
        top, bottom = self.numerator.minor, self.denominator.minor
        sign = 1 if top >= 0 else -1
        ten_thousandths = (2 * abs(top) * 10_000 + bottom) // (2 * bottom)
        return Decimal(sign * ten_thousandths).scaleb(-4)

    @property
    def percent(self) -> Decimal | None:
        """The same ratio in per cent, two decimals."""
        ratio = self.ratio
        return None if ratio is None else ratio.scaleb(2)

    def reaches(self, target: int) -> bool:
        """Tell whether the unrounded ratio is at least `target`; without a ratio it reaches nothing."""
        return self.reason is None and self.numerator.minor >= target * self.denominator.minor


def measure(
    sums: Mapping[Component, int],
    currency: str,
    *,
    overhead_in_scope: bool = True,
    formulas: tuple[Formula, ...] = FORMULAS,
) -> tuple[Measured, ...]:
    """Return every one of `formulas` over `sums` (minor units of `currency`, nothing for a component that is missing).

    `overhead_in_scope` is false where the scope cuts by something overhead does not have (module, training, delivery):
    a full-cost ratio would then leave out cost, so it has none.
    """

    def add(components: tuple[Component, ...]) -> Money:
        return Money(sum(sums.get(component, 0) for component in components), currency)

    measured = []
    for formula in formulas:
        numerator, denominator = add(formula.numerator), add(formula.denominator)
        reason = None
        if Component.C_OVH in formula.denominator and not overhead_in_scope:
            reason = "overhead is not kept by module, training or delivery"
        elif denominator.minor <= 0:
            reason = "there is no cost in this window and scope"
        measured.append(Measured(formula, numerator, denominator, reason))
    return tuple(measured)
