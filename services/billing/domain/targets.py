"""Targets of cost recovery: how a programme's policy names them, and what is missing to reach them."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from services.billing.domain.recovery import FORMULA, Component, Measured
from shared.events.vocabulary import Basis, Delivery


@dataclass(frozen=True, slots=True)
class TargetKey:
    """What a target is of: a formula on a basis, for all modules or a group of them, both kinds of delivery or one."""

    formula: str
    basis: Basis = Basis.RECEIVED
    module_group: str | None = None
    delivery: Delivery | None = None

    @property
    def is_measurable(self) -> bool:
        """Whether there can be a ratio: overhead is not kept by module or delivery."""
        return Component.C_OVH not in FORMULA[self.formula].denominator or (self.module_group, self.delivery) == (
            None,
            None,
        )


def read_indicator(indicator: str) -> TargetKey | None:
    """Return what an indicator of the policy is a target of, or None when it names no formula.

    `CR-2`, and after full stops, in any order and each kind once, a basis, a group of modules and a delivery:
    `CR-2.invoiced`, `CR-1.further`, `CR-4.received.first.direct`. Without a basis it is received money. What cannot be
    measured, full cost of a part that overhead is not kept by, is no target either.
    """
    formula, *words = indicator.split(".")
    if formula not in FORMULA:
        return None
    basis, group, delivery = None, None, None
    for word in words:
        if word in list(Basis) and basis is None:
            basis = Basis(word)
        elif word in ("first", "further") and group is None:
            group = word
        elif word in list(Delivery) and delivery is None:
            delivery = Delivery(word)
        else:
            return None
    key = TargetKey(formula, basis or Basis.RECEIVED, group, delivery)
    return key if key.is_measurable else None


@dataclass(frozen=True, slots=True)
class Missing:
    """What lacks to a target: percentage points (None without a ratio), and money of the numerator.

    Negative where the target is exceeded. Money is rounded up, so that so much more does reach it.
    """

    points: Decimal | None
    to_target: int
    to_full: int


def missing(measured: Measured, percent: Decimal) -> Missing:
    """Return what is missing from `measured` to `percent`."""
    top, bottom = measured.numerator.minor, measured.denominator.minor
    wanted = Fraction(percent) / 100 * bottom
    needed = -(-wanted.numerator // wanted.denominator)
    points = None if measured.percent is None else percent - measured.percent
    return Missing(points, needed - top, bottom - top)
