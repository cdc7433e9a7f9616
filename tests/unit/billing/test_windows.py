"""Windows of cost recovery, with what happens at the ends of months."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.programme import Phase
from services.billing.domain.windows import (
    Month,
    WindowKind,
    cumulative,
    last_whole_month,
    months_of,
    of_phase,
    of_year,
    rolling,
    span,
)

DAYS = st.dates(date(1991, 1, 1), date(2190, 12, 31))


@pytest.mark.parametrize(
    ("until", "since", "last"),
    [
        (date(2016, 2, 28), date(2015, 2, 1), date(2016, 1, 31)),
        (date(2016, 2, 29), date(2015, 3, 1), date(2016, 2, 29)),
        (date(2015, 2, 28), date(2014, 3, 1), date(2015, 2, 28)),
        (date(2016, 12, 30), date(2015, 12, 1), date(2016, 11, 30)),
        (date(2016, 12, 31), date(2016, 1, 1), date(2016, 12, 31)),
        (date(2017, 1, 1), date(2016, 1, 1), date(2016, 12, 31)),
    ],
)
def test_rolling_counts_whole_months_that_have_ended(until: date, since: date, last: date) -> None:
    window = rolling(12, until)
    assert (window.since, window.until) == (since, last)


@given(DAYS, st.integers(1, 120))
def test_a_rolling_window_is_so_many_whole_months_and_ends_at_most_a_month_before(until: date, months: int) -> None:
    window = rolling(months, until)
    assert window.since is not None
    assert window.until is not None
    first, last = Month.of(window.since), Month.of(window.until)
    assert len(list(months_of(first, last))) == months
    assert (window.since, window.until) == (first.first, last.last)
    assert window.until <= until
    assert (until - window.until).days < 31
    assert last == last_whole_month(until)


@given(DAYS, st.integers(-500, 500))
def test_months_are_counted_without_gaps(day: date, months: int) -> None:
    month = Month.of(day)
    if 1 < month.plus(months).year < 9999:
        assert month.plus(months).index - month.index == months
        assert month.plus(months).plus(-months) == month


def test_a_phase_that_is_over_ends_on_its_last_day_and_one_that_runs_where_we_are() -> None:
    phase = Phase("II", date(2014, 1, 1), date(2016, 12, 31))
    over = of_phase(phase, date(2020, 1, 1))
    assert (over.since, over.until, over.complete) == (date(2014, 1, 1), date(2016, 12, 31), True)
    running = of_phase(phase, date(2015, 5, 5))
    assert (running.until, running.complete) == (date(2015, 5, 5), False)
    assert running.text == "phase II, 2014-01-01 to 2015-05-05, still running"
    endless = of_phase(Phase("III", date(2017, 1, 1), None), date(2020, 1, 1))
    assert (endless.until, endless.complete) == (date(2020, 1, 1), False)


def test_a_calendar_year_is_whole_or_up_to_a_day() -> None:
    assert of_year(2016, date(2026, 1, 1)).text == "calendar year 2016"
    assert of_year(2016, date(2016, 7, 1)).until == date(2016, 7, 1)
    assert not of_year(2016, date(2016, 7, 1)).complete


def test_a_span_and_the_cumulative_window_say_what_they_are() -> None:
    assert span(None, None).text == "everything"
    assert span(date(2016, 1, 1), None).text == "from 2016-01-01"
    assert span(None, date(2016, 1, 1)).text == "everything to 2016-01-01"
    assert (cumulative(date(2016, 1, 1)).since, cumulative(date(2016, 1, 1)).kind) == (None, WindowKind.CUMULATIVE)
