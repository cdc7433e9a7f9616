"""How a policy names targets of cost recovery, and what is missing to reach one."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.recovery import FORMULA, Component, measure
from services.billing.domain.targets import TargetKey, missing, read_indicator
from shared.events.vocabulary import Basis, Delivery


@pytest.mark.parametrize(
    ("indicator", "key"),
    [
        ("CR-2", TargetKey("CR-2", Basis.RECEIVED)),
        ("CR-5.invoiced", TargetKey("CR-5", Basis.INVOICED)),
        ("CR-1.further.contracted", TargetKey("CR-1", Basis.CONTRACTED, "further")),
        ("CR-4.received.first.direct", TargetKey("CR-4", Basis.RECEIVED, "first", Delivery.DIRECT)),
        ("CR-6", None),
        ("cost_recovery_pct", None),
        ("CR-2.", None),
        ("CR-2.M1", None),
        ("CR-2.first.further", None),
        ("CR-2.invoiced.received", None),
        ("CR-2.direct.indirect", None),
        ("CR-5.first", None),
        ("CR-5.direct", None),
        ("cr-2", None),
    ],
)
def test_an_indicator_names_a_formula_a_basis_a_group_and_a_delivery_or_nothing(
    indicator: str, key: TargetKey | None
) -> None:
    assert read_indicator(indicator) == key


@given(
    st.sampled_from(sorted(FORMULA)),
    st.dictionaries(st.sampled_from(list(Component)), st.integers(-(10**9), 10**9)),
    st.decimals(0, 1000, places=2),
)
def test_what_is_missing_just_reaches_the_target(code: str, sums: dict[Component, int], percent: Decimal) -> None:
    measured = next(each for each in measure(sums, "USD") if each.formula.code == code)
    top, bottom = measured.numerator.minor, measured.denominator.minor
    lacks = missing(measured, percent)
    assert lacks.to_full == bottom - top
    wanted = Fraction(percent) / 100 * bottom
    assert top + lacks.to_target >= wanted > top + lacks.to_target - 1
    assert (lacks.points is None) == (bottom <= 0)
