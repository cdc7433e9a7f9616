"""Points of a series: which months each is made of."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.recovery import Component
from services.billing.domain.series import add_up, points
from services.billing.domain.windows import Month

START = Month(2015, 11)
MONTHS = st.dictionaries(
    st.integers(0, 40).map(START.plus),
    st.dictionaries(st.sampled_from([Component.F, Component.C_DIR]), st.integers(-1000, 1000)),
)


@pytest.mark.parametrize("until", [date(2016, 2, 29), date(2016, 2, 1)])
def test_there_is_a_point_for_every_month_and_the_last_may_be_in_part(until: date) -> None:
    made = list(points(START, until, 1))
    assert [str(point.month) for point in made] == ["2015-11", "2015-12", "2016-01", "2016-02"]
    assert [point.complete for point in made] == [True, True, True, until.day == 29]
    assert made[-1].until == until


@given(MONTHS, st.integers(1, 12))
def test_points_add_up_to_what_their_months_do(months: dict[Month, dict[Component, int]], width: int) -> None:
    last = START.plus(40)
    alone = [add_up(point.parts(months)) for point in points(START, last.last, 1)]
    since = [add_up(point.parts(months)) for point in points(START, last.last, None)]
    rolling = [add_up(point.parts(months)) for point in points(START, last.last, width)]
    for place in range(len(alone)):
        for component in (Component.F, Component.C_DIR):
            values = [each.get(component, 0) for each in alone]
            assert since[place].get(component, 0) == sum(values[: place + 1])
            assert rolling[place].get(component, 0) == sum(values[max(0, place + 1 - width) : place + 1])
