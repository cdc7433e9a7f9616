"""Figures: ratio of sums, verdicts by direction, totals that reconcile, gaps that stay visible."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.assessment.domain.comparison import BeforeAfter, Gap, Reading, Verdict, gap, verdict
from services.assessment.domain.figures import KpiFigure, kpi_figures
from services.assessment.domain.kpi import Measure
from services.assessment.figures import change, sums
from shared.events.vocabulary import Direction, KpiStatus
from tests.unit.assessment.builders import DEFECTS, OUTPUT, missing, pair, reading

OTHER = replace(DEFECTS, unit="per-thousand", scale=1000)
SWAPPED = {Verdict.IMPROVED: Verdict.WORSE, Verdict.WORSE: Verdict.IMPROVED, Verdict.UNCHANGED: Verdict.UNCHANGED}

values = st.tuples(st.integers(0, 10**16 - 1), st.integers(1, 10**16 - 1))
small_values = st.tuples(st.integers(0, 3), st.integers(1, 3))


def readings(measure: Measure) -> st.SearchStrategy[Reading | None]:
    absences = st.sampled_from([status for status in KpiStatus if status is not KpiStatus.MEASURED])
    return st.one_of(
        st.none(),
        st.builds(lambda status: missing(measure, status), absences),
        st.builds(lambda value: reading(measure, *value), st.one_of(values, small_values)),
    )


def pairs(*measures: Measure) -> st.SearchStrategy[list[BeforeAfter]]:
    side = st.one_of(*(readings(measure) for measure in measures))
    one = st.builds(BeforeAfter, st.just(measures[0].code), side, side)
    return st.lists(one.filter(lambda each: each.before is not None or each.after is not None), max_size=12)


def only(figures: tuple[KpiFigure, ...]) -> KpiFigure:
    (figure,) = figures
    return figure


def relabelled(each: BeforeAfter, measure: Measure) -> BeforeAfter:
    sides = [None if side is None else replace(side, measure=measure) for side in (each.before, each.after)]
    return BeforeAfter(each.kpi, *sides)


def test_the_whole_is_the_ratio_of_sums_not_the_mean_of_ratios() -> None:
    # 10 of 100 and 90 of 900 before; 5 of 100 and 90 of 100 after: 95 of 200, though one firm halved its rate.
    figure = only(
        kpi_figures(
            [pair(DEFECTS, (10, 100), (5, 100)), pair(DEFECTS, (90, 900), (90, 100))],
            {"defect-rate": DEFECTS},
            assessed=2,
        )
    )
    assert (figure.before_numerator, figure.before_denominator) == (100, 1000)
    assert (figure.after_numerator, figure.after_denominator) == (95, 200)
    assert figure.verdicts == {Verdict.IMPROVED: 1, Verdict.UNCHANGED: 0, Verdict.WORSE: 1}
    assert figure.overall is Verdict.WORSE
    assert change(DEFECTS, (100, 1000), (95, 200)) == "37.5"


def test_a_result_that_got_worse_is_shown_with_its_sign() -> None:
    assert change(OUTPUT, (40, 10), (30, 10)) == "-1"
    assert change(DEFECTS, (5, 100), (4, 100)) == "-1"
    assert verdict(Direction.HIGHER, (40, 10), (30, 10)) is Verdict.WORSE
    assert verdict(Direction.LOWER, (5, 100), (4, 100)) is Verdict.IMPROVED


def test_equal_ratios_are_unchanged_whatever_their_parts() -> None:
    assert verdict(Direction.LOWER, (1, 3), (333_333_333, 999_999_999)) is Verdict.UNCHANGED
    assert verdict(Direction.LOWER, (1, 3), (333_333_333, 1_000_000_000)) is Verdict.IMPROVED


def test_values_are_decimal_strings_beside_exact_sums() -> None:
    shown = sums(DEFECTS, 1_260_000, 42_600_000)
    assert (shown.numerator, shown.denominator, shown.value) == ("126", "4260", "2.9577")
    assert sums(DEFECTS, 0, 0).value is None
    assert sums(OUTPUT, 10**17, 30_000).numerator == "10000000000000"


@given(values, values)
def test_swapping_the_direction_swaps_improved_and_worse(before: tuple[int, int], after: tuple[int, int]) -> None:
    assert verdict(Direction.LOWER, before, after) is SWAPPED[verdict(Direction.HIGHER, before, after)]


@given(values, values)
def test_swapping_before_and_after_swaps_improved_and_worse(before: tuple[int, int], after: tuple[int, int]) -> None:
    assert verdict(Direction.LOWER, after, before) is SWAPPED[verdict(Direction.LOWER, before, after)]


@given(pairs(DEFECTS), st.integers(0, 5))
def test_relabelling_the_direction_swaps_the_counts_and_leaves_the_sums(found: list[BeforeAfter], more: int) -> None:
    flipped = replace(DEFECTS, direction=Direction.HIGHER)
    assessed = len(found) + more
    lower = only(kpi_figures(found, {"defect-rate": DEFECTS}, assessed))
    higher = only(kpi_figures([relabelled(each, flipped) for each in found], {"defect-rate": flipped}, assessed))

    assert higher.verdicts == {SWAPPED[key]: count for key, count in lower.verdicts.items()}
    assert higher.gaps == lower.gaps
    assert (higher.before_numerator, higher.after_denominator) == (lower.before_numerator, lower.after_denominator)
    if lower.overall is not None:
        assert higher.overall is SWAPPED[lower.overall]


@given(pairs(DEFECTS, OTHER), st.integers(0, 5))
def test_in_every_measure_the_counts_add_up_to_the_enterprises_assessed(found: list[BeforeAfter], more: int) -> None:
    assessed = len(found) + more
    for figure in kpi_figures(found, {"defect-rate": DEFECTS}, assessed):
        assert figure.with_data + sum(figure.gaps.values()) == assessed
        assert figure.with_data == sum(figure.verdicts.values())
        paired = [each for each in found if gap(each, figure.measure) is None]
        assert figure.with_data == len(paired)
        assert figure.before_numerator == sum(each.before.numerator or 0 for each in paired if each.before)
        assert figure.after_denominator == sum(each.after.denominator or 0 for each in paired if each.after)


@given(pairs(DEFECTS, OTHER))
def test_every_pair_counts_in_one_measure_at_most(found: list[BeforeAfter]) -> None:
    figures = kpi_figures(found, {"defect-rate": DEFECTS}, len(found))
    comparable = [each for each in found if gap(each, DEFECTS) is None or gap(each, OTHER) is None]
    assert sum(figure.with_data for figure in figures) == len(comparable)
    assert len({figure.measure for figure in figures}) == len(figures)


@given(pairs(DEFECTS, OTHER), st.randoms(use_true_random=False))
def test_the_order_of_enterprises_changes_nothing(found: list[BeforeAfter], random: Random) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)
    catalogue = {"defect-rate": DEFECTS, "labour-productivity": OUTPUT}
    assert kpi_figures(shuffled, catalogue, len(found)) == kpi_figures(found, catalogue, len(found))


@given(pairs(DEFECTS))
def test_the_overall_verdict_agrees_with_the_values_shown_unless_rounding_hides_it(found: list[BeforeAfter]) -> None:
    figure = only(kpi_figures(found, {"defect-rate": DEFECTS}, len(found)))
    if figure.overall is None:
        return
    before = sums(DEFECTS, figure.before_numerator, figure.before_denominator).value
    after = sums(DEFECTS, figure.after_numerator, figure.after_denominator).value
    assert before is not None
    assert after is not None
    if Decimal(after) != Decimal(before):
        assert figure.overall is (Verdict.IMPROVED if Decimal(after) < Decimal(before) else Verdict.WORSE)


def test_every_reason_for_a_gap_is_counted_apart_the_earlier_one_first() -> None:
    measured = reading(DEFECTS, 1, 2)
    found = [
        BeforeAfter("defect-rate", missing(DEFECTS, KpiStatus.NOT_TRACKED), measured),
        BeforeAfter("defect-rate", measured, missing(DEFECTS, KpiStatus.REFUSED)),
        BeforeAfter("defect-rate", missing(DEFECTS, KpiStatus.NOT_APPLICABLE), missing(DEFECTS, KpiStatus.REFUSED)),
        BeforeAfter("defect-rate", measured, None),
        BeforeAfter("defect-rate", measured, reading(OTHER, 1, 2)),
        BeforeAfter("defect-rate", measured, measured),
    ]
    figure = only(kpi_figures(found, {"defect-rate": DEFECTS}, assessed=8))
    assert Counter(figure.gaps) == {
        Gap.NOT_TRACKED: 1,
        Gap.REFUSED: 1,
        Gap.NOT_APPLICABLE: 1,
        Gap.NOT_ASKED: 3,
        Gap.OTHER_DEFINITION: 1,
    }
    assert figure.verdicts[Verdict.UNCHANGED] == 1


def test_a_kpi_nobody_measured_is_still_shown() -> None:
    figures = kpi_figures([], {"defect-rate": DEFECTS, "labour-productivity": OUTPUT}, assessed=3)
    assert [figure.measure for figure in figures] == [DEFECTS, OUTPUT]
    assert {figure.gaps[Gap.NOT_ASKED] for figure in figures} == {3}
    assert {figure.overall for figure in figures} == {None}


def test_values_of_two_definitions_are_never_added() -> None:
    found = [pair(DEFECTS, (1, 10), (1, 20)), pair(OTHER, (1, 10), (1, 5))]
    current, earlier = kpi_figures(found, {"defect-rate": DEFECTS}, assessed=2)
    assert (current.measure, current.before_denominator, current.gaps[Gap.OTHER_DEFINITION]) == (DEFECTS, 10, 1)
    assert (earlier.measure, earlier.after_denominator, earlier.gaps[Gap.OTHER_DEFINITION]) == (OTHER, 5, 1)
    assert (current.overall, earlier.overall) == (Verdict.IMPROVED, Verdict.WORSE)
