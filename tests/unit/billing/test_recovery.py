"""The five formulas: ratios of sums, rounded once, null with a reason."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.recovery import FORMULAS, Component, measure

C = Component
SUMS = st.dictionaries(st.sampled_from(list(Component)), st.integers(0, 10**12))


def ratios(sums: dict[Component, int], *, overhead: bool = True) -> dict[str, str | None]:
    return {
        each.formula.code: None if each.ratio is None else str(each.ratio)
        for each in measure(sums, "USD", overhead_in_scope=overhead)
    }


def test_the_formulas_are_those_of_the_domain_reference() -> None:
    assert {formula.code: formula.text for formula in FORMULAS} == {
        "CR-1": "F / C_dir",
        "CR-2": "(F+P+G+B+D) / C_dir",
        "CR-3": "(F+P+G+B+D+K) / (C_dir+K)",
        "CR-4": "(F+P+G+B) / C_dir",
        "CR-5": "(F+P+G+B) / (C_dir+C_ovh)",
    }


def test_each_formula_on_one_set_of_sums() -> None:
    sums = {C.F: 100, C.P: 20, C.G: 30, C.B: 40, C.D: 50, C.I: 999, C.K: 60, C.C_DIR: 400, C.C_OVH: 360}
    assert ratios(sums) == {"CR-1": "0.2500", "CR-2": "0.6000", "CR-3": "0.6522", "CR-4": "0.4750", "CR-5": "0.2500"}


def test_peru_three_small_and_two_medium() -> None:
    found = ratios({C.F: 3_500_00, C.I: 6_500_00, C.C_DIR: 10_000_00})
    assert (found["CR-1"], found["CR-2"]) == ("0.3500", "0.3500")


def test_a_foreign_grant_is_recovery_for_the_ilo_and_nothing_for_independence() -> None:
    found = ratios({C.D: 500, C.C_DIR: 500})
    assert (found["CR-2"], found["CR-4"]) == ("1.0000", "0.0000")


def test_a_ratio_of_sums_is_not_a_mean_of_ratios() -> None:
    assert (
        ratios({C.F: 500 + 1_500, C.B: 1_500, C.C_DIR: 2_000 + 3_000})["CR-2"] == "0.7000"
    )  # the mean would be 62.5 %


def test_more_than_everything_is_shown_as_it_is() -> None:
    [first, *_] = measure({C.F: 3, C.C_DIR: 2}, "USD")
    assert (str(first.ratio), str(first.percent)) == ("1.5000", "150.00")


def test_without_cost_there_is_no_ratio_but_a_reason() -> None:
    for each in measure({C.F: 5}, "USD"):
        assert each.ratio is None
        assert each.percent is None
        assert each.reason == "there is no cost in this window and scope"
        assert not each.reaches(0)


def test_full_cost_has_no_ratio_where_overhead_cannot_be_told() -> None:
    found = ratios({C.F: 5, C.C_DIR: 5, C.C_OVH: 5}, overhead=False)
    assert found["CR-5"] is None
    assert found["CR-1"] == "1.0000"


@given(SUMS)
def test_a_ratio_is_rounded_once_and_half_up(sums: dict[Component, int]) -> None:
    for each in measure(sums, "USD"):
        if each.denominator.minor == 0:
            assert each.ratio is None
            continue
        exact = Fraction(each.numerator.minor, each.denominator.minor)
        shown = each.ratio
        assert shown is not None
        assert abs(Fraction(shown) - exact) <= Fraction(1, 20_000)
        assert Fraction(shown) - exact > Fraction(-1, 20_000)  # exactly half goes up
        assert each.percent == shown * 100
        assert each.reaches(1) == (exact >= 1)


@pytest.mark.parametrize("top", [12_345, 12_344, 99_995, 5, 15])
def test_rounding_is_that_of_decimal_half_up(top: int) -> None:
    [first, *_] = measure({C.F: top, C.C_DIR: 100_000}, "USD")
    assert first.ratio == (Decimal(top) / 100_000).quantize(Decimal("0.0001"), ROUND_HALF_UP)


@given(SUMS, SUMS)
def test_sums_of_two_scopes_make_the_ratio_of_both(one: dict[Component, int], other: dict[Component, int]) -> None:
    both = {c: one.get(c, 0) + other.get(c, 0) for c in Component}
    for left, right, together in zip(measure(one, "USD"), measure(other, "USD"), measure(both, "USD"), strict=True):
        assert together.numerator == left.numerator + right.numerator
        assert together.denominator == left.denominator + right.denominator
