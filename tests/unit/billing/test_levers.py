"""Levers: each answer, put back in, reaches the target, and one unit less does not."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.levers import Direction, LeverKind, Line, Volume, levers, solve
from services.billing.domain.recovery import FORMULAS, Component, Formula, measure

C = Component
BY_CODE = {formula.code: formula for formula in FORMULAS}
AMOUNT = st.integers(0, 10**10)
SUMS = st.dictionaries(st.sampled_from(list(Component)), AMOUNT)
TARGETS = st.fractions(Fraction(1, 100), Fraction(3))


@given(*[st.integers(-(10**6), 10**6)] * 2, *[st.integers(0, 10**6)] * 2, TARGETS)
def test_the_answer_reaches_the_target_and_the_next_unit_does_not(
    a: int, b: int, c: int, d: int, target: Fraction
) -> None:
    line = Line(a, b, c, d)
    answer = solve(line, target, "never")
    if answer.value is None:
        for x in (0, 1, 2, 10**4, 10**12):
            assert not line.reaches(x, target)
        return
    assert line.reaches(answer.value, target)
    if answer.direction is Direction.AT_LEAST:
        assert answer.value == 0 or not line.reaches(answer.value - 1, target)
        assert line.reaches(answer.value + 10**12, target)
    elif answer.direction is Direction.AT_MOST:
        assert not line.reaches(answer.value + 1, target)
        assert answer.value == 0 or line.reaches(max(answer.value - 1, 0 if c else 1), target)
    else:
        assert line.reaches(answer.value + 10**12, target)


@given(st.sampled_from(FORMULAS), SUMS, st.integers(0, 500), st.integers(0, 60), TARGETS)
def test_every_lever_put_back_into_the_formula_reaches_the_target_and_one_minor_unit_less_does_not(
    formula: Formula, sums: dict[Component, int], enrollments: int, trainings: int, target: Fraction
) -> None:
    for lever in levers(formula, sums, Volume(enrollments, trainings), target):
        value = lever.answer.value
        if value is None:
            assert lever.answer.reason
            continue

        def ratio(x: int, kind: LeverKind = lever.kind) -> Fraction | None:
            top, bottom = _put_back(formula, sums, kind, x, enrollments, trainings)
            return Fraction(top, bottom) if bottom > 0 else None

        there = ratio(value)
        assert there is not None
        assert there >= target
        if lever.answer.direction is Direction.AT_LEAST and value > 0:
            short = ratio(value - 1)
            assert short is None or short < target
        if lever.answer.direction is Direction.AT_MOST:
            over = ratio(value + 1)
            assert over is not None
            assert over < target


def _put_back(
    formula: Formula, sums: dict[Component, int], kind: LeverKind, x: int, enrollments: int, trainings: int
) -> tuple[Fraction, Fraction]:
    """Return both sums with the lever at x, written down anew from what the lever means."""
    moved = {component: Fraction(sums.get(component, 0)) for component in Component}
    if kind is LeverKind.FEE_TOTAL:
        moved[C.F] = Fraction(x)
    elif kind is LeverKind.FEE:
        moved[C.F] = Fraction(x * enrollments)
    elif kind is LeverKind.VOLUME:
        for component in Component:
            if component is not C.C_OVH:
                moved[component] *= Fraction(x, trainings)
    elif kind.value.startswith("subsidy-"):
        moved[Component(kind.value[-1])] = Fraction(x)
    else:
        moved[C.C_DIR if kind is LeverKind.DIRECT_COST else C.C_OVH] = Fraction(x)
    return (
        sum((moved[component] for component in formula.numerator), Fraction(0)),
        sum((moved[component] for component in formula.denominator), Fraction(0)),
    )


def answers(code: str, sums: dict[Component, int], volume: Volume) -> dict[LeverKind, int | str | None]:
    return {
        each.kind: each.answer.reason if each.answer.value is None else each.answer.value
        for each in levers(BY_CODE[code], sums, volume)
    }


def test_each_lever_of_full_cost_on_one_set_of_sums() -> None:
    sums = {C.F: 30_000, C.G: 10_000, C.I: 5_000, C.C_DIR: 32_000, C.C_OVH: 16_000}
    found = answers("CR-5", sums, Volume(enrollments=7, trainings=3))
    assert found == {
        LeverKind.FEE_TOTAL: 38_000,
        LeverKind.FEE: 5_429,  # 38 000 / 7 = 5 428.57
        LeverKind.VOLUME: 6,  # each brings 13 333 and costs 10 667; 48 000 / 8 000
        LeverKind.SUBSIDY_PARTNER: 8_000,
        LeverKind.SUBSIDY_GOVERNMENT: 18_000,
        LeverKind.SUBSIDY_BUYER: 8_000,
        LeverKind.SUBSIDY_DONOR: "CR-5 does not count D",
        LeverKind.SUBSIDY_ILO: "the ILO's money is in no numerator",
        LeverKind.DIRECT_COST: 24_000,
        LeverKind.OVERHEAD: 8_000,
    }


def test_what_no_value_of_a_lever_can_do_is_said_with_its_reason() -> None:
    poor = answers("CR-5", {C.F: 10, C.C_DIR: 30, C.C_OVH: 20}, Volume(1, 1))
    assert poor[LeverKind.VOLUME] == "a training does not even pay its own direct cost: more of them widen the gap"
    assert poor[LeverKind.DIRECT_COST] == "the rest of the cost alone is more than what is paid"
    direct = answers("CR-1", {C.F: 10, C.C_DIR: 30}, Volume(1, 1))
    assert isinstance(direct[LeverKind.VOLUME], str)
    assert direct[LeverKind.OVERHEAD] == "CR-1 does not count C_ovh"
    nothing = answers("CR-1", {}, Volume(0, 0))
    assert nothing[LeverKind.FEE_TOTAL] == "there is no cost in this window and scope"
    assert nothing[LeverKind.FEE] == "no enrollment was billed in this window and scope"


def test_above_the_target_a_lever_says_how_far_it_could_give_way() -> None:
    found = answers("CR-1", {C.F: 150, C.C_DIR: 100}, Volume(3, 1))
    assert (found[LeverKind.FEE_TOTAL], found[LeverKind.FEE], found[LeverKind.DIRECT_COST]) == (100, 34, 150)


@pytest.mark.parametrize("code", list(BY_CODE))
def test_levers_start_from_the_sums_of_the_formula(code: str) -> None:
    sums = {component: 100 * (number + 1) for number, component in enumerate(Component)}
    measured = next(each for each in measure(sums, "USD") if each.formula.code == code)
    for lever in levers(BY_CODE[code], sums, Volume(4, 2)):
        if lever.line is not None and lever.now is not None and lever.kind is not LeverKind.VOLUME:
            assert lever.line.a + lever.line.b * lever.now == measured.numerator.minor
            assert lever.line.c + lever.line.d * lever.now == measured.denominator.minor
