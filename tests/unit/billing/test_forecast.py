"""The forecast of self-sufficiency: explicit outcomes, a band that covers, and what must not change it."""

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing.domain.forecast import Method, MonthSums, Outcome, backtest, forecast
from services.billing.domain.windows import Month

START = Month(2014, 1)
QUICK = Method(replicates=60)


def series(tops: list[int], bottoms: list[int]) -> list[MonthSums]:
    return [
        MonthSums(START.plus(number), top, bottom)
        for number, (top, bottom) in enumerate(zip(tops, bottoms, strict=True))
    ]


def noisy(seed: int, months: int, noise: float = 8_000) -> list[MonthSums]:
    """Return sums whose rolling ratio grows from about 40 per cent to 100 after about five and a half years."""
    draw = random.Random(seed)
    return series(
        [int(40_000 + 1_000 * step + draw.gauss(0, noise)) for step in range(months)],
        [int(100_000 + 100 * step + draw.gauss(0, noise)) for step in range(months)],
    )


def test_a_line_without_noise_crosses_where_arithmetic_says() -> None:
    # Surplus of month i is 1000 i - 60000; twelve of them add up to nothing when their middle is month 60.
    months = series([40_000 + 1_000 * step for step in range(36)], [100_000] * 36)
    found = forecast(months)
    assert found.outcome is Outcome.EXPECTED
    assert found.earliest == found.central == found.latest == START.plus(66)
    assert found.used == (START, START.plus(35))
    assert found.within_horizon == found.method.replicates


def test_what_was_reached_says_since_when_without_a_break() -> None:
    tops = [50] * 20 + [200] * 20
    found = forecast(series(tops, [100] * 40))
    assert (found.outcome, found.since) == (Outcome.ALREADY_REACHED, START.plus(23))
    assert found.central is None


@pytest.mark.parametrize(
    ("tops", "bottoms", "outcome"),
    [
        ([50] * 11, [100] * 11, Outcome.TOO_FEW_MONTHS),
        ([], [], Outcome.TOO_FEW_MONTHS),
        ([50] * 24, [0] * 24, Outcome.NO_COST),
        ([50] * 24, [100] * 12 + [0] * 12, Outcome.NO_COST),
        ([90 - step for step in range(24)], [100] * 24, Outcome.FALLING),
        ([50] * 24, [100] * 24, Outcome.FALLING),
        ([5_000 + step for step in range(24)], [10_000] * 24, Outcome.NOT_WITHIN_HORIZON),
    ],
)
def test_what_cannot_be_dated_has_an_outcome_of_its_own(tops: list[int], bottoms: list[int], outcome: Outcome) -> None:
    found = forecast(series(tops, bottoms), method=QUICK)
    assert (found.outcome, found.central) == (outcome, None)


def test_growth_at_a_constant_ratio_promises_nothing() -> None:
    found = forecast(series([600 + 6 * step for step in range(36)], [1_000 + 10 * step for step in range(36)]))
    assert found.outcome is Outcome.FALLING


def test_months_without_cost_are_months_like_others() -> None:
    bottoms = [0 if step % 2 else 200_000 for step in range(36)]
    found = forecast(series([40_000 + 1_000 * step for step in range(36)], bottoms))
    assert found.outcome is Outcome.EXPECTED


def reached_after(months: list[MonthSums], known: int) -> Month | None:
    """Return the first month after so many whose last twelve sums reach 100 per cent, counted the long way."""
    for end in range(known + 1, len(months) + 1):
        last = months[end - 12 : end]
        if sum(each.top for each in last) >= sum(each.bottom for each in last):
            return last[-1].month
    return None


def test_the_band_covers_the_month_of_crossing_about_as_often_as_it_says() -> None:
    covered = []
    for seed in range(150):
        full = noisy(seed, 200)
        made, actual = forecast(full[:36], method=Method(replicates=150)), reached_after(full, 36)
        assert actual is not None
        covered.append(
            made.earliest is not None and made.earliest <= actual and (made.latest is None or actual <= made.latest)
        )
    assert Fraction(7, 10) <= Fraction(sum(covered), len(covered)) <= Fraction(9, 10)


def test_a_backtest_sets_what_was_said_beside_what_came() -> None:
    full = noisy(1, 80)
    trials = backtest(full, method=QUICK, trials=30)
    assert trials
    for trial in trials:
        known = trial.made_after.index - START.index + 1
        made = forecast(full[:known], method=QUICK)
        assert (trial.earliest, trial.latest) == (made.earliest, made.latest)
        assert trial.actual == reached_after(full, known)


def test_a_backtest_looks_at_nothing_that_came_later() -> None:
    months = noisy(7, 60)
    changed = months[:50] + [MonthSums(each.month, each.top * 3, each.bottom) for each in months[50:]]
    for one, other in zip(backtest(months, method=QUICK), backtest(changed, method=QUICK), strict=False):
        if one.made_after <= months[49].month:
            assert (one.earliest, one.central, one.latest) == (other.earliest, other.central, other.latest)


def test_a_trial_whose_band_has_passed_is_a_miss_and_one_that_runs_is_open() -> None:
    rising = series([40_000 + 1_000 * step for step in range(36)], [100_000] * 36)
    stalled = [MonthSums(START.plus(step), 75_000, 100_000) for step in range(36, 80)]
    trials = backtest(rising + stalled, method=QUICK, trials=44)
    assert trials[0].covered is False  # said month 66, and month 79 has not reached it
    assert backtest(rising, method=QUICK, trials=5)[0].covered is None


SUMS = st.lists(st.tuples(st.integers(0, 90_000), st.integers(50_000, 150_000)), min_size=12, max_size=40)
LEVELS = st.integers(0, 50_000)


def dates(months: list[MonthSums]) -> list[int]:
    found = forecast(months, method=QUICK)
    if found.outcome is Outcome.ALREADY_REACHED:
        return [0, 0, 0]
    never = 10**9
    return [never if each is None else each.index for each in (found.earliest, found.central, found.latest)]


@settings(max_examples=40)
@given(SUMS, st.integers(2, 10**6))
def test_scaling_both_sums_changes_nothing(pairs: list[tuple[int, int]], factor: int) -> None:
    one = series([top for top, _ in pairs], [bottom for _, bottom in pairs])
    other = [MonthSums(each.month, each.top * factor, each.bottom * factor) for each in one]
    assert forecast(one, method=QUICK) == forecast(other, method=QUICK)


@settings(max_examples=40)
@given(SUMS, LEVELS, st.integers(0, 2_000))
def test_more_cost_every_month_at_a_steady_or_growing_rate_never_brings_the_date_nearer(
    pairs: list[tuple[int, int]], level: int, growth: int
) -> None:
    one = series([top for top, _ in pairs], [bottom for _, bottom in pairs])
    other = [MonthSums(each.month, each.top, each.bottom + level + growth * number) for number, each in enumerate(one)]
    assert all(before <= after for before, after in zip(dates(one), dates(other), strict=True))


def test_the_same_sums_give_the_same_answer_again() -> None:
    assert forecast(noisy(3, 40)) == forecast(noisy(3, 40))
